/*
 * Progress on standard error: one redrawn line on a terminal; elsewhere only whole lines, kept.
 */
#ifndef BC_CLI_PROGRESS_H
#define BC_CLI_PROGRESS_H

#include <stdbool.h>

enum { BC_PROGRESS_DURATION_SIZE = 32 };

typedef struct bc_progress {
    bool quiet;    /* nothing at all */
    bool redraws;  /* standard error is a terminal that can */
    bool colours;  /* and may show colours */
    bool has_line; /* a line that is to be redrawn stands there */
    double drawn;  /* when, in bc_clock_seconds */
} bc_progress;

bc_progress bc_progress_start(bool quiet);

/* The same beside rows on standard output: no line is redrawn where these go to a terminal too. */
bc_progress bc_progress_beside_output(bool quiet);

/* Redraws the line, at most ten times a second. Does nothing where it cannot be redrawn. Two blanks part
 * fields, the most important first; those that a narrow terminal has no room for are left out. */
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

/* The length that line, of fields as above, is cut to so that it fits so many columns. */
unsigned bc_progress_fit(const char *line, unsigned columns);

/* "45 s", "3 min 5 s", "2 h 10 min"; "?" where it is not known. */
void bc_progress_duration(char words[BC_PROGRESS_DURATION_SIZE], double seconds);

#endif
