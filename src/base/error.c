/* Fills bc_error. */
#include <bclass/error.h>

#include "base/text.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

bc_status bc_error_set(bc_error *err, bc_status status, const char *file, int line, const char *format, ...) {
    if (err == NULL)
        return status;
    err->status = status;
    err->file = file;
    err->line = line;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    bc_text_one_line(err->message);
    return status;
}
