/*
 * What the benchmark programs share: their command line, and medians.
 */
#ifndef BC_BENCH_H
#define BC_BENCH_H

#include "cli/options.h"

/* Option rows of those that read pictures, as in cli/rows.h. */
#define BENCH_ROW_POSITIVE(at)                                                                               \
    .name = "positive", .kind = BC_OPTION_TEXT, .offset = (at), .value_name = "NAME",                        \
    .help = "the class to find"

#define BENCH_ROW_SIDE(at)                                                                                   \
    .name = "side", .kind = BC_OPTION_INTEGER, .offset = (at), .value_name = "N", .least = 0, .most = 1024,  \
    .help = "pixels that pictures are brought to; 0: their median, at most 64"

typedef struct bench_program {
    const char *name, *usage; /* usage: the words after the name */
    const bc_option *table;
    /* Prints a line of JSON. */
    bc_status (*run)(const void *settings, const bc_arguments *arguments, bc_error *err);
} bench_program;

/* Reads the command line into settings, which hold the defaults, and runs, or prints the help. Returns the
 * exit code. */
int bench_main(const bench_program *program, void *settings, int argc, char **argv);

/* Of at least one value, the upper of two middle ones; sorts them. */
double bench_median(double *values, size_t count);

#endif
