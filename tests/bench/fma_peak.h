/*
 * What the arithmetic of a thread can reach at a level: independent multiply-adds in registers.
 */
#ifndef BC_BENCH_FMA_PEAK_H
#define BC_BENCH_FMA_PEAK_H

#include "base/threads.h"

/* Floating-point operations a second (a multiply-add counts as two) of all the pool's threads together: the
 * median of a few short runs. level: the name of one that this CPU has. */
double bc_fma_peak(const char *level, bc_pool *pool);

#endif
