/* A pool of POSIX threads. At a barrier a thread looks out for the others for a moment, as they mostly are
 * about to come and it takes longer than that to be woken; then it leaves its CPU to others. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "base/threads.h"

#include "base/clock.h"
#include "base/memory.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct bc_worker {
    bc_pool *pool;
    unsigned index;
    pthread_t thread;
} bc_worker;

struct bc_pool {
    unsigned threads; /* with the caller's */
    unsigned started; /* helpers that run */
    bc_worker *workers;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    unsigned waiting;        /* at the barrier */
    atomic_ulong generation; /* of the barrier: counts how often it has opened; changed under the mutex */
    bc_pool_task *task;      /* NULL asks the helpers to end */
    void *context;
};

static unsigned from_affinity(void) {
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return (unsigned)CPU_COUNT(&set);
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (unsigned)online : 1;
}

/* cgroup v2's cpu.max holds "QUOTA PERIOD" or "max PERIOD" in microseconds. */
static unsigned from_quota(void) {
    unsigned cpus = BC_THREADS_LIMIT;
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "r");
    if (file == NULL)
        return cpus;
    long quota, period;
    if (fscanf(file, "%ld %ld", &quota, &period) == 2 && quota > 0 && period > 0 && quota / period < cpus)
        cpus = (unsigned)((quota + period - 1) / period);
    fclose(file);
    return cpus;
}

unsigned bc_threads_available(void) {
    unsigned cpus = from_affinity(), quota = from_quota();
    cpus = cpus < quota ? cpus : quota;
    return cpus < BC_THREADS_LIMIT ? cpus : BC_THREADS_LIMIT;
}

/* So little that it costs next to nothing where the others come late, as they do when a CPU is taken away. */
static const double watch_seconds = 20e-6;

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Whether the barrier opened within a moment. */
static bool watch_barrier(const bc_pool *pool, unsigned long generation) {
    const double end = bc_clock_seconds() + watch_seconds;
    do {
        for (int i = 0; i < 8; i++) {
            if (atomic_load_explicit(&pool->generation, memory_order_acquire) != generation)
                return true;
            pause_briefly();
        }
    } while (bc_clock_seconds() < end);
    return false;
}

static void sleep_at_barrier(bc_pool *pool, unsigned long generation) {
    pthread_mutex_lock(&pool->mutex);
    while (generation == atomic_load_explicit(&pool->generation, memory_order_relaxed))
        pthread_cond_wait(&pool->changed, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

void bc_pool_barrier(bc_pool *pool) {
    if (bc_pool_threads(pool) == 1)
        return;
    pthread_mutex_lock(&pool->mutex);
    const unsigned long generation = atomic_load_explicit(&pool->generation, memory_order_relaxed);
    const bool is_last = ++pool->waiting == pool->threads;
    if (is_last) {
        pool->waiting = 0;
        atomic_store_explicit(&pool->generation, generation + 1, memory_order_release);
        pthread_cond_broadcast(&pool->changed);
    }
    pthread_mutex_unlock(&pool->mutex);
    if (!is_last && !watch_barrier(pool, generation))
        sleep_at_barrier(pool, generation);
}

static void *help(void *argument) {
    bc_worker *self = argument;
    bc_pool *pool = self->pool;
    for (;;) {
        bc_pool_barrier(pool); /* a task has been set */
        if (pool->task == NULL)
            return NULL;
        pool->task(pool->context, self->index);
        bc_pool_barrier(pool); /* it is done */
    }
}

static bc_status start_helpers(bc_pool *pool, bc_error *err) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int code = 0;
    while (code == 0 && pool->started + 1 < pool->threads) {
        bc_worker *next = &pool->workers[pool->started];
        *next = (bc_worker){.pool = pool, .index = pool->started + 1};
        code = pthread_create(&next->thread, NULL, help, next);
        pool->started += code == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code == 0 ? BC_OK
                     : bc_fail(err, BC_ERROR_MEMORY, "cannot start thread %u of %u", pool->started + 2,
                               pool->threads);
}

bc_status bc_pool_create(bc_pool **pool, unsigned threads, bc_error *err) {
    void *block, *workers;
    *pool = NULL;
    threads = threads > 0 ? threads : bc_threads_available();
    if (threads > BC_THREADS_LIMIT)
        return bc_fail(err, BC_ERROR_USAGE, "%u threads are more than the limit of %d", threads,
                       BC_THREADS_LIMIT);
    bc_status status = bc_alloc(&block, 1, sizeof **pool, err);
    if (status != BC_OK)
        return status;
    bc_pool *made = block;
    status = bc_alloc(&workers, threads, sizeof *made->workers, err);
    if (status != BC_OK) {
        free(made);
        return status;
    }
    made->workers = workers;
    made->threads = threads;
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->changed, NULL);
    status = start_helpers(made, err);
    if (status != BC_OK) {
        pthread_mutex_lock(&made->mutex);
        made->threads = made->started + 1; /* so that the barrier still opens, to end those that run */
        pthread_mutex_unlock(&made->mutex);
        bc_pool_free(made);
        return status;
    }
    *pool = made;
    return BC_OK;
}

void bc_pool_free(bc_pool *pool) {
    if (pool == NULL)
        return;
    pool->task = NULL;
    bc_pool_barrier(pool);
    for (unsigned i = 0; i < pool->started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->workers);
    free(pool);
}

unsigned bc_pool_threads(const bc_pool *pool) {
    return pool != NULL ? pool->threads : 1;
}

void bc_pool_run(bc_pool *pool, bc_pool_task *task, void *context) {
    if (pool == NULL) {
        task(context, 0);
        return;
    }
    pool->task = task;
    pool->context = context;
    bc_pool_barrier(pool);
    task(context, 0);
    bc_pool_barrier(pool);
}

void bc_pool_range(const bc_pool *pool, unsigned worker, size_t count, size_t *first, size_t *last) {
    const size_t threads = bc_pool_threads(pool);
    *first = bc_size_part(count, worker, threads);
    *last = bc_size_part(count, (size_t)worker + 1, threads);
}
