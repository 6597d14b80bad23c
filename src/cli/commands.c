/* The list of commands. */
#include "command.h"

const bc_command *const bc_commands[] = {
    &bc_command_sweep, NULL, /* ends the list */
};
