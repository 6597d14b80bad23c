/*
 * Where the ticks of an axis stand.
 */
#ifndef BC_PLOT_TICKS_H
#define BC_PLOT_TICKS_H

#include "base/number.h"

#include <stdbool.h>
#include <stddef.h>

/* Steps of 1, 2 or 5 times a power of 10. */
typedef struct bc_ticks {
    double step;
    double first; /* the least multiple of the step that is within the axis */
    size_t count;
    int decimals;
} bc_ticks;

/* At most so many steps of the axis from low to high, low < high; whole: of whole numbers. */
bc_ticks bc_ticks_choose(double low, double high, size_t most, bool whole);

double bc_ticks_value(const bc_ticks *ticks, size_t index);

/* With as many decimals as the step needs. */
void bc_ticks_print(char text[BC_NUMBER_SIZE], const bc_ticks *ticks, double value);

#endif
