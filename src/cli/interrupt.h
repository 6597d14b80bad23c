/*
 * Ctrl-C: the first asks the program to finish what it does and keep it, the second ends it at once.
 */
#ifndef BC_CLI_INTERRUPT_H
#define BC_CLI_INTERRUPT_H

#include <stdbool.h>

/* From here on SIGINT and SIGTERM are only noted, once; the second ends the process with exit code 130. */
void bc_interrupt_watch(void);

bool bc_interrupt_seen(void);

#endif
