/* The list of commands. */
#include "command.h"

const bc_command *const bc_commands[] = {
#ifndef BC_SCORES_ONLY
    &bc_command_check,
    &bc_command_train,
    &bc_command_predict,
#endif
    &bc_command_sweep,
    &bc_command_calibrate,
#ifndef BC_SCORES_ONLY
    &bc_command_report,
#endif
    NULL, /* ends the list */
};

const char *const bc_commands_purpose =
#ifndef BC_SCORES_ONLY
    "bclass trains a binary image classifier and chooses its cutoff.";
#else
    "bclass chooses the cutoff of a binary classifier and calibrates its scores.";
#endif
