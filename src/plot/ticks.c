/* Round numbers along an axis. */
#include "plot/ticks.h"

#include <math.h>

bc_ticks bc_ticks_choose(double low, double high, size_t most, bool whole) {
    static const double factors[] = {1, 2, 5, 10};
    const double slack = 1e-9; /* what rounding may add */
    double least = (high - low) / (double)most;
    double exponent = floor(log10(least));
    double step = 0;
    for (size_t i = 0; i < sizeof factors / sizeof factors[0] && step < least * (1 - slack); i++)
        step = factors[i] * pow(10, exponent);
    if (whole && step < 1)
        step = 1;
    double from = ceil(low / step - slack), to = floor(high / step + slack);
    int decimals = (int)-floor(log10(step) + slack);
    return (bc_ticks){.step = step,
                      .first = from * step,
                      .count = to < from ? 0 : (size_t)(to - from) + 1,
                      .decimals = decimals > 0 ? decimals : 0};
}

double bc_ticks_value(const bc_ticks *ticks, size_t index) {
    return (round(ticks->first / ticks->step) + (double)index) * ticks->step;
}

void bc_ticks_print(char text[BC_NUMBER_SIZE], const bc_ticks *ticks, double value) {
    const double largest = 1e6; /* that is told without an exponent */
    const int most = 6;
    if (fabs(value) < ticks->step / 2)
        value = 0; /* neither -0 nor what rounding left */
    if (fabs(value) > largest || ticks->decimals > most)
        bc_number_print(text, value, most);
    else
        bc_number_print_fixed(text, value, ticks->decimals);
}
