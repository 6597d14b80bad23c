/*
 * What a command says: data on standard output, remarks on standard error.
 */
#ifndef BC_CLI_PRINT_H
#define BC_CLI_PRINT_H

#include "base/text.h"

#include <bclass/error.h>

/* Writes the whole text to standard output and tells a failed write (a full disk). */
bc_status bc_print(const bc_text *text, bc_error *err);

/* One line "bclass: ..." on standard error, whatever the arguments hold, for what is worth knowing but no
 * failure. */
void bc_remark(const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 1, 2)))
#endif
    ;

#endif
