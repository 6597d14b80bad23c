/*
 * Progress on standard error: one redrawn line on a terminal; elsewhere only whole lines, kept.
 */
#ifndef BC_CLI_PROGRESS_H
#define BC_CLI_PROGRESS_H

#include <stdbool.h>

typedef struct bc_progress {
    bool quiet;    /* nothing at all */
    bool redraws;  /* standard error is a terminal that can */
    bool has_line; /* a line that is to be redrawn stands there */
    double drawn;  /* when, in bc_clock_seconds */
} bc_progress;

bc_progress bc_progress_start(bool quiet);

/* Redraws the line, at most ten times a second. Does nothing where it cannot be redrawn. */
void bc_progress_line(bc_progress *progress, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Prints a line that stays. */
void bc_progress_keep(bc_progress *progress, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Takes the redrawn line away. */
void bc_progress_clear(bc_progress *progress);

#endif
