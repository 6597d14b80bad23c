/*
 * What a standard stream can show.
 */
#ifndef BC_CLI_TERMINAL_H
#define BC_CLI_TERMINAL_H

#include <stdbool.h>

/* Whether fd is a terminal that can move its cursor: TERM is set, and not to "dumb". */
bool bc_terminal_redraws(int fd);

/* The same, and NO_COLOR is not set, or empty (no-color.org). */
bool bc_terminal_has_colour(int fd);

/* Characters in a line, as the terminal is now; 80 where fd is none. */
unsigned bc_terminal_columns(int fd);

/* Whether the locale that the environment asks for is one of UTF-8. */
bool bc_terminal_has_utf8(void);

#endif
