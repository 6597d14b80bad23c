/* Learning rate schedules. */
#include "schedule.h"

#include <math.h>

const char *const bc_schedule_names[] = {"one-cycle", "cosine", "constant", NULL};

static const double pi = 3.14159265358979323846;
static const double rising_share = 0.25, start_factor = 0.04, end_factor = 0.002;

/* From a to b along half a cosine. */
static double glide(double a, double b, double position) {
    return b + (a - b) * (1 + cos(pi * position)) / 2;
}

double bc_schedule_factor(bc_schedule schedule, size_t step, size_t steps) {
    double position = ((double)step + 0.5) / (double)steps;
    switch (schedule) {
    case BC_ONE_CYCLE:
        return position < rising_share ? glide(start_factor, 1, position / rising_share)
                                       : glide(1, end_factor, (position - rising_share) / (1 - rising_share));
    case BC_COSINE:
        return glide(1, end_factor, position);
    default:
        return 1;
    }
}
