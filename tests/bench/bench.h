/*
 * What the benchmark programs share: their command line, and medians.
 */
#ifndef BC_BENCH_H
#define BC_BENCH_H

#include "cli/options.h"

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
