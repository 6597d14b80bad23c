/* The monotonic clock. */
#include "base/clock.h"

#include <time.h>

double bc_clock_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double bc_clock_since(double start) {
    const double seconds = bc_clock_seconds() - start;
    return seconds > 0 ? seconds : 0;
}
