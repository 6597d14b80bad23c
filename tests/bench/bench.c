/* The command line of a benchmark program, and medians. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

static void print_help(const bench_program *program) {
    bc_text text = {0};
    bc_text_format(&text, "Usage: %s %s\n\n", program->name, program->usage);
    bc_options_help(&text, program->table);
    fputs(text.data != NULL ? text.data : "", stdout);
    bc_text_free(&text);
}

int bench_main(const bench_program *program, void *settings, int argc, char **argv) {
    bc_error err = {0};
    bc_arguments arguments = {0};
    bc_status status = bc_options_parse(settings, &arguments, program->table, argc - 1, argv + 1, &err);
    if (status == BC_OK && arguments.help)
        print_help(program);
    else if (status == BC_OK)
        status = program->run(settings, &arguments, &err);
    bc_arguments_free(&arguments);
    if (status != BC_OK)
        fprintf(stderr, "%s: %s\n", program->name, err.message);
    return status == BC_OK ? 0 : 1;
}

static int by_value(const void *a, const void *b) {
    const double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

double bench_median(double *values, size_t count) {
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}
