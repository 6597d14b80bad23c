/* Counts how often values stand side by side, and looks those of one curve up in another. */
#include <bclass/repeats.h>

#include <stdbool.h>

enum { LEAST = 20, SAMPLES = 64 };

static size_t greatest_divisor(size_t a, size_t b) {
    while (b > 0) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Behind the last item with the value of the first. */
static size_t end_of_run(const bc_curve_class *of, size_t first) {
    size_t end = first + 1;
    while (end < of->count && of->values[end] == of->values[first])
        end++;
    return end;
}

/* Takes the runs of a class into what divides the lengths of all so far; stops at 1. */
static void divide_runs(size_t *divisor, size_t *runs, const bc_curve_class *of) {
    for (size_t first = 0, end; first < of->count && *divisor != 1; first = end) {
        end = end_of_run(of, first);
        *divisor = greatest_divisor(end - first, *divisor);
        ++*runs;
    }
}

size_t bc_repeats_within(const bc_curve *curve) {
    size_t divisor = 0, runs = 0;
    divide_runs(&divisor, &runs, &curve->positive);
    divide_runs(&divisor, &runs, &curve->negative);
    return divisor > 1 && runs >= LEAST ? divisor : 1;
}

static bool holds(const bc_curve_class *of, double value) {
    size_t before = 0, behind = of->count;
    while (before < behind) {
        size_t middle = before + (behind - before) / 2;
        if (of->values[middle] > value)
            before = middle + 1;
        else
            behind = middle;
    }
    return before < of->count && of->values[before] == value;
}

/* Every step-th item of one class that the other set has too; *tried is how many were looked up. */
static size_t count_held(size_t *tried, const bc_curve_class *test, const bc_curve_class *chosen,
                         size_t step) {
    size_t found = 0;
    for (size_t i = 0; i < test->count; i += step) {
        found += holds(chosen, test->values[i]);
        ++*tried;
    }
    return found;
}

static size_t count_shared(size_t *tried, const bc_curve *test, const bc_curve *chosen, size_t step) {
    *tried = 0;
    size_t positives = count_held(tried, &test->positive, &chosen->positive, step);
    return positives + count_held(tried, &test->negative, &chosen->negative, step);
}

static bool is_mostly_single(const bc_curve *curve) {
    const bc_curve_class *const classes[] = {&curve->positive, &curve->negative};
    size_t runs = 0;
    for (size_t i = 0; i < 2; i++) {
        for (size_t first = 0; first < classes[i]->count; first = end_of_run(classes[i], first))
            runs++;
    }
    const size_t items = curve->positive.count + curve->negative.count;
    return items - runs <= items / 10;
}

size_t bc_repeats_between(const bc_curve *test, const bc_curve *chosen) {
    const size_t items = test->positive.count + test->negative.count;
    size_t tried, shared = count_shared(&tried, test, chosen, items / SAMPLES + 1);
    if (items < LEAST || 2 * shared < tried || !is_mostly_single(test) || !is_mostly_single(chosen))
        return 0;
    shared = count_shared(&tried, test, chosen, 1);
    return shared >= items - items / 2 ? shared : 0;
}
