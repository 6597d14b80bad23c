/*
 * Whether rows are there more than once: in a file that was joined with itself, or on both sides of a split.
 * On such rows intervals and promises look surer than they are, and a test is none. Rows are told by value
 * and label.
 */
#ifndef BCLASS_REPEATS_H
#define BCLASS_REPEATS_H

#include <bclass/curve.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How many times all rows are there: the greatest number that divides how often each value has each label. 1
 * where fewer than 20 values could do so by chance. Seldom more than O(1). */
size_t bc_repeats_within(const bc_curve *curve);

/* How many rows of a test are also among the rows chosen on. 0 where that is less than half of them, or could
 * be chance: of fewer than 20 rows, or where one in ten shares its value with others of its own set. O(1)
 * when nothing is found, O(n log n) else. */
size_t bc_repeats_between(const bc_curve *test, const bc_curve *chosen);

#ifdef __cplusplus
}
#endif

#endif
