/* The loop of each level (fma_loop.c), timed on all threads at once. */
#include "fma_peak.h"
#include "bench.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

typedef double fma_loop(long rounds, float *result);

fma_loop bc_fma_loop_portable;
#ifdef BC_X86_LEVELS
fma_loop bc_fma_loop_avx2, bc_fma_loop_avx512;
#endif

static fma_loop *loop_of(const char *level) {
#ifdef BC_X86_LEVELS
    if (strcmp(level, "avx2") == 0)
        return bc_fma_loop_avx2;
    if (strcmp(level, "avx512") == 0)
        return bc_fma_loop_avx512;
#endif
    (void)level;
    return bc_fma_loop_portable;
}

enum { RUNS = 9 };

typedef struct peak {
    fma_loop *loop;
    bc_pool *pool;
    double rates[BC_THREADS_LIMIT];
} peak;

static void run_loop(void *context, unsigned worker) {
    enum { ROUNDS = 20000 };
    const double long_enough = 0.01;
    peak *p = context;
    volatile float sink;
    float result;
    double done = 0, seconds;
    bc_pool_barrier(p->pool);
    const double start = bc_clock_seconds();
    do {
        done += p->loop(ROUNDS, &result);
        sink = result;
        seconds = bc_clock_seconds() - start;
    } while (seconds < long_enough);
    (void)sink;
    p->rates[worker] = done / seconds;
}

double bc_fma_peak(const char *level, bc_pool *pool) {
    peak p = {.loop = loop_of(level), .pool = pool};
    double runs[RUNS];
    for (int run = 0; run < RUNS; run++) {
        bc_pool_run(pool, run_loop, &p);
        runs[run] = 0;
        for (unsigned worker = 0; worker < bc_pool_threads(pool); worker++)
            runs[run] += p.rates[worker];
    }
    return bench_median(runs, RUNS);
}
