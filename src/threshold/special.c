/* The incomplete beta function as a continued fraction, times a binomial probability in Loader's form. */
#include "threshold/special.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

enum { MOST_TERMS = 10000000, MOST_STEPS = 200 };

static const double half_log_two_pi = 0.918938533204672741780329736406;

/* log(n!) less Stirling's n log n - n + log(2 pi n) / 2. The series' next term is below 1e-17 from n = 16 on.
 */
static double stirling_error(double n) {
    double n2 = n * n;
    if (n < 16)
        return lgamma(n + 1) - (n + 0.5) * log(n) + n - half_log_two_pi;
    return (1.0 / 12 -
            (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - (1.0 / 1188 - 691.0 / 360360 / n2) / n2) / n2) / n2) /
                n2) /
           n;
}

/* n log(n / mean) + mean - n, which is 0 at n = mean, without cancellation near it. */
static double deviance(double n, double mean) {
    double off = n - mean, sum = n + mean;
    if (fabs(off) >= 0.1 * sum)
        return n * log(n / mean) - off;
    double v = off / sum, term = 2 * n * v, total = off * v;
    for (int k = 3;; k += 2) {
        term *= v * v;
        double next = total + term / k;
        if (next == total)
            return total;
        total = next;
    }
}

/* n! / (a! b!) x^a y^b with n = a + b, y = 1 - x, a and b > 0 (Loader 2000, "Fast and accurate computation of
 * binomial probabilities"): no great numbers are subtracted, so that counts of 1e9 lose no digits. */
static double binomial_density(double a, double b, double x, double y) {
    double n = a + b;
    double log_density =
        stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) - deviance(b, n * y);
    return exp(log_density) * sqrt(n / a / b) * exp(-half_log_two_pi);
}

/* The continued fraction of I_x(a, b) (DLMF 8.17.22) by Lentz's method as Thompson and Barnett (1986) changed
 * it; it converges fast for x < (a + 1) / (a + b + 2). */
static double fraction(double a, double b, double x) {
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int m = 1; m <= MOST_TERMS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double step = 1;
        for (int half = 0; half < 2; half++) {
            double term = half == 0 ? even : odd;
            d = 1 + term * d;
            c = 1 + term / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            step = c * d;
            value *= step;
        }
        if (fabs(step - 1) <= 2 * DBL_EPSILON)
            return value;
    }
    return NAN;
}

/* I_x(a, b) and its complement, y being 1 - x: the smaller one is computed, so that neither loses digits. */
static void both_tails(double *below, double *above, double a, double b, double x, double y) {
    if (x <= 0 || y <= 0) {
        *below = x <= 0 ? 0 : 1;
        *above = 1 - *below;
    } else if (x < (a + 1) / (a + b + 2)) {
        *below = binomial_density(a, b, x, y) * b / (a + b) * fraction(a, b, x);
        *above = 1 - *below;
    } else {
        *above = binomial_density(a, b, x, y) * a / (a + b) * fraction(b, a, y);
        *below = 1 - *above;
    }
}

double bc_beta_tail(double a, double b, double x) {
    double below, above;
    both_tails(&below, &above, a, b, x, 1 - x);
    return below;
}

/* Newton's steps, halving the bracket instead wherever they leave it. */
static double solve(double tail, double a, double b, bool upper) {
    double low = 0, high = 1, x = a / (a + b);
    for (int i = 0; i < MOST_STEPS; i++) {
        double below, above, y = 1 - x;
        both_tails(&below, &above, a, b, x, y);
        double excess = upper ? tail - above : below - tail;
        if (excess > 0)
            high = x;
        else
            low = x;
        double slope = binomial_density(a, b, x, y) * a * b / ((a + b) * x * y);
        double next = x - excess / slope;
        if (!(next > low && next < high))
            next = low + (high - low) / 2;
        if (fabs(next - x) <= 4 * DBL_EPSILON * x || next == low || next == high)
            return next;
        x = next;
    }
    return x;
}

double bc_beta_quantile(double tail, double a, double b) {
    return solve(tail, a, b, false);
}

double bc_beta_upper_quantile(double tail, double a, double b) {
    return solve(tail, a, b, true);
}

double bc_binomial_at_most(uint64_t successes, uint64_t trials, double p) {
    double below, above;
    if (successes >= trials)
        return 1;
    both_tails(&below, &above, (double)successes + 1, (double)(trials - successes), p, 1 - p);
    return above;
}

double bc_binomial_at_least(uint64_t successes, uint64_t trials, double p) {
    return successes > 0 ? bc_beta_tail((double)successes, (double)(trials - successes) + 1, p) : 1;
}
