/*
 * Stopwatches, one a thread: each lap adds the time since the thread's last one to a sum. NULL is a profile
 * that measures nothing.
 */
#ifndef BC_NET_PROFILE_H
#define BC_NET_PROFILE_H

#include <bclass/error.h>

#include <stddef.h>

typedef struct bc_profile bc_profile;

bc_status bc_profile_create(bc_profile **profile, unsigned threads, size_t sums, bc_error *err);
void bc_profile_free(bc_profile *profile);

/* By the thread whose index is worker; threads do not disturb each other. */
void bc_profile_begin(bc_profile *profile, unsigned worker);
void bc_profile_lap(bc_profile *profile, unsigned worker, size_t sum);

/* Over all threads, while none of them measures. */
double bc_profile_seconds(const bc_profile *profile, size_t sum);

#endif
