/*
 * Time that only moves forward, for speeds and progress.
 */
#ifndef BC_BASE_CLOCK_H
#define BC_BASE_CLOCK_H

double bc_clock_seconds(void);

#endif
