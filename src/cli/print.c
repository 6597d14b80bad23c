/* Output of the commands. */
#include "print.h"

#include "base/output.h"

#include <stdarg.h>
#include <stdio.h>

bc_status bc_print(const bc_text *text, bc_error *err) {
    bc_output *output;
    bc_status status = bc_text_check(text, err);
    if (status != BC_OK)
        return status;
    status = bc_output_standard(&output, err);
    if (status != BC_OK)
        return status;
    status = bc_output_write(output, text->data, text->length, err);
    if (status == BC_OK)
        status = bc_output_commit(output, err);
    bc_output_free(output);
    return status;
}

void bc_remark(const char *format, ...) {
    char line[2 * BC_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    bc_text_one_line(line);
    fprintf(stderr, "bclass: %s\n", line);
}
