/* Sorts rows by value. */
#include "report/order.h"

#include "base/memory.h"

#include <stdlib.h>

typedef struct entry {
    double value;
    size_t row;
} entry;

static int compare(const void *a, const void *b) {
    const entry *left = a, *right = b;
    if (left->value != right->value)
        return left->value < right->value ? -1 : 1;
    return left->row < right->row ? -1 : 1;
}

bc_status bc_order_make(bc_order *order, const bc_scores *scores, unsigned splits, bc_error *err) {
    void *block = NULL, *rows = NULL;
    size_t count = 0;
    *order = (bc_order){0};
    for (size_t i = 0; i < scores->count; i++)
        count += bc_scores_is_labelled(scores, i, splits);
    bc_status status = bc_alloc(&block, count, sizeof(entry), err);
    if (status == BC_OK)
        status = bc_alloc(&rows, count, sizeof *order->rows, err);
    order->rows = rows;
    entry *entries = block;
    for (size_t i = 0; status == BC_OK && i < scores->count; i++) {
        if (bc_scores_is_labelled(scores, i, splits))
            entries[order->count++] = (entry){scores->values[i], i};
    }
    if (status == BC_OK && count > 0)
        qsort(entries, count, sizeof *entries, compare);
    for (size_t i = 0; i < order->count; i++)
        order->rows[i] = entries[i].row;
    free(block);
    return status;
}

void bc_order_free(bc_order *order) {
    free(order->rows);
    *order = (bc_order){0};
}

size_t bc_order_below(const bc_order *order, const bc_scores *scores, double value) {
    size_t below = 0, end = order->count; /* rows before `below` lie below, those from `end` on do not */
    while (below < end) {
        const size_t middle = below + (end - below) / 2;
        if (scores->values[order->rows[middle]] < value)
            below = middle + 1;
        else
            end = middle;
    }
    return below;
}

size_t bc_order_worst(size_t *worst, const bc_order *order, const bc_scores *scores, bool positives,
                      size_t most) {
    size_t count = 0;
    for (size_t i = 0; i < order->count && count < most; i++) {
        const size_t row = order->rows[positives ? i : order->count - 1 - i];
        if ((scores->labels[row] == 1) == positives)
            worst[count++] = row;
    }
    return count;
}
