/*
 * Time that only moves forward, for speeds and progress: where the system keeps its promise of that.
 */
#ifndef BC_BASE_CLOCK_H
#define BC_BASE_CLOCK_H

double bc_clock_seconds(void);

/* Seconds since then, at least 0 even where the clock went back. */
double bc_clock_since(double start);

#endif
