/* One line that is drawn again and again. */
#define _DEFAULT_SOURCE /* struct winsize */
#include "progress.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int terminal_width(void) {
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bc_progress bc_progress_start(bool quiet) {
    const char *term = getenv("TERM");
    bool dumb = term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0;
    return (bc_progress){.quiet = quiet, .redraws = !quiet && !dumb && isatty(STDERR_FILENO)};
}

void bc_progress_clear(bc_progress *progress) {
    if (progress->has_line)
        fputs("\r\033[K", stderr);
    progress->has_line = false;
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
    fprintf(stderr, "\r%.*s\033[K", terminal_width() - 1, line); /* a full line would wrap */
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
