/* The list of commands. */
#include "command.h"

const bc_command *const bc_commands[] = {
    NULL, /* ends the list */
};
