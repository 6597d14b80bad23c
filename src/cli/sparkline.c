/* Averages, scales, and looks up characters. */
#include "sparkline.h"

#include <math.h>

enum { HEIGHTS = 8 };

static double mean(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

void bc_sparkline(bc_text *text, const double *values, size_t count, size_t columns, bool utf8) {
    static const char *const blocks[HEIGHTS] = {"\u2581", "\u2582", "\u2583", "\u2584",
                                                "\u2585", "\u2586", "\u2587", "\u2588"};
    static const char *const marks[HEIGHTS] = {"_", ".", "-", "=", "+", "*", "%", "#"};
    const size_t each = (count + columns - 1) / columns;
    double least = INFINITY, greatest = -INFINITY;
    for (size_t i = 0; i < count; i += each) {
        const double value = mean(values + i, i + each < count ? each : count - i);
        least = fmin(least, value);
        greatest = fmax(greatest, value);
    }
    for (size_t i = 0; i < count; i += each) {
        const double value = mean(values + i, i + each < count ? each : count - i);
        const double share = greatest > least ? (value - least) / (greatest - least) : 0;
        const int height = (int)fmin(share * HEIGHTS, HEIGHTS - 1);
        bc_text_string(text, utf8 ? blocks[height] : marks[height]);
    }
}
