/*
 * Names of files to write, before anything is read: none may take the place of what the command reads.
 */
#ifndef BC_CLI_OUTPUT_NAMES_H
#define BC_CLI_OUTPUT_NAMES_H

#include <bclass/error.h>

/* option: "-o", "--sheet", ...; path: its value, NULL where it was not given. "-" is a standard stream and
 * no file. All errors: BC_ERROR_USAGE. */

/* Not the empty word. */
bc_status bc_output_name_check(const char *option, const char *path, bc_error *err);

/* Not the same file as the input; NULL or "-": there is none. */
bc_status bc_output_name_spare(const char *option, const char *path, const char *input, bc_error *err);

/* Not the same file as that of another option. */
bc_status bc_output_name_differ(const char *option, const char *path, const char *other_option,
                                const char *other, bc_error *err);

#endif
