/*
 * Which label of a score file about several a command is for.
 */
#ifndef BC_CLI_TARGET_CHOICE_H
#define BC_CLI_TARGET_CHOICE_H

#include <bclass/error.h>
#include <bclass/scores.h>

#include <stdbool.h>
#include <stdint.h>

/* *target is the index of the label of this name, -1 where name is NULL. Errors: BC_ERROR_USAGE where no row
 * is about it, and where it is needed, because there are several, and name is NULL. why, "a calibration is
 * for one", and file stand in the messages. */
bc_status bc_target_find(int32_t *target, const bc_scores *scores, const char *name, bool needed,
                         const char *why, const char *file, bc_error *err);

/* *part lends the rows about the target, or all where it is -1. Puts the rows in another order. */
bc_status bc_target_take(bc_scores *part, bc_scores *scores, int32_t target, bc_error *err);

#endif
