/* One line that is drawn again and again. */
#include "progress.h"

#include "terminal.h"

#include "base/clock.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bc_progress bc_progress_start(bool quiet) {
    return (bc_progress){.quiet = quiet,
                         .redraws = !quiet && bc_terminal_redraws(STDERR_FILENO),
                         .colours = !quiet && bc_terminal_has_colour(STDERR_FILENO)};
}

bc_progress bc_progress_beside_output(bool quiet) {
    return bc_progress_start(quiet || isatty(STDOUT_FILENO));
}

void bc_progress_clear(bc_progress *progress) {
    if (progress->has_line)
        fputs("\r\033[K", stderr);
    progress->has_line = false;
}

unsigned bc_progress_fit(const char *line, unsigned columns) {
    const size_t length = strlen(line);
    if (length <= columns)
        return (unsigned)length;
    for (unsigned i = columns; i > 0; i--) {
        if (strncmp(line + i, "  ", 2) == 0)
            return i;
    }
    return columns;
}

void bc_progress_line(bc_progress *progress, const char *format, ...) {
    enum { REDRAWS_A_SECOND = 10 };
    double now = bc_clock_seconds();
    if (!progress->redraws || (progress->has_line && now - progress->drawn < 1.0 / REDRAWS_A_SECOND))
        return;
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    const unsigned columns = bc_terminal_columns(STDERR_FILENO) - 1; /* a full line would wrap */
    fprintf(stderr, "\r%.*s\033[K", (int)bc_progress_fit(line, columns), line);
    progress->has_line = true;
    progress->drawn = now;
}

void bc_progress_keep(bc_progress *progress, const char *format, ...) {
    if (progress->quiet)
        return;
    va_list arguments;
    bc_progress_clear(progress);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void bc_progress_duration(char words[BC_PROGRESS_DURATION_SIZE], double seconds) {
    enum { MINUTE = 60, HOUR = 3600 };
    if (!(seconds >= 0 && seconds < 1e9)) {
        snprintf(words, BC_PROGRESS_DURATION_SIZE, "?");
        return;
    }
    const unsigned long whole = (unsigned long)lround(seconds);
    if (whole < MINUTE)
        snprintf(words, BC_PROGRESS_DURATION_SIZE, "%lu s", whole);
    else if (whole < HOUR)
        snprintf(words, BC_PROGRESS_DURATION_SIZE, "%lu min %lu s", whole / MINUTE, whole % MINUTE);
    else
        snprintf(words, BC_PROGRESS_DURATION_SIZE, "%lu h %lu min", whole / HOUR, whole % HOUR / MINUTE);
}
