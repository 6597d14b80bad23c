/*
 * A pool of threads that all run the same task, for work cut into parts beforehand. What is computed must not
 * depend on how many threads there are: cut the work by its own size, then hand the parts out with
 * bc_pool_range.
 */
#ifndef BC_BASE_THREADS_H
#define BC_BASE_THREADS_H

#include <bclass/error.h>

#include <stddef.h>

typedef struct bc_pool bc_pool;

enum { BC_THREADS_LIMIT = 256 };

/* The CPUs this process may really use: its affinity mask, and its cgroup's quota rounded up. At least 1. */
unsigned bc_threads_available(void);

/* threads counts the calling one; 0 means bc_threads_available(). The others block all signals. */
bc_status bc_pool_create(bc_pool **pool, unsigned threads, bc_error *err);
void bc_pool_free(bc_pool *pool);

/* Here and below, NULL is a pool of the calling thread alone. */
unsigned bc_pool_threads(const bc_pool *pool);

/* Runs task(context, worker) once on every thread, worker 0 being the caller, and returns when all are done.
 */
typedef void bc_pool_task(void *context, unsigned worker);
void bc_pool_run(bc_pool *pool, bc_pool_task *task, void *context);

/* Inside a task: waits until every thread of the pool has come here. */
void bc_pool_barrier(bc_pool *pool);

/* The part [*first, *last) of count items that is worker's, in order and as even as can be. */
void bc_pool_range(const bc_pool *pool, unsigned worker, size_t count, size_t *first, size_t *last);

#endif
