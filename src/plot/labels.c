/* Tries places around the spots and takes the best. */
#include "plot/labels.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

enum { CELL_WIDTH = 2, CELL_HEIGHT = 4 };

bc_status bc_labels_start(bc_labels *labels, const bc_box *plot, bool cells, bc_error *err) {
    void *block;
    *labels = (bc_labels){.plot = *plot, .unit = cells ? 1 : 2, .cells = cells};
    labels->columns = (size_t)fmax(1, ceil((plot->right - plot->left) / labels->unit));
    labels->rows = (size_t)fmax(1, ceil((plot->bottom - plot->top) / labels->unit));
    bc_status status = bc_alloc(&block, (labels->columns + 1) * (labels->rows + 1), sizeof *labels->ink, err);
    labels->ink = block;
    return status;
}

void bc_labels_free(bc_labels *labels) {
    free(labels->ink);
    free(labels->taken);
    *labels = (bc_labels){0};
}

/* ---- ink ---- */

/* Within 0 ... count - 1. */
static size_t square_of(double distance, double unit, size_t count) {
    double square = floor(distance / unit);
    return !(square > 0) ? 0 : square < (double)count ? (size_t)square : count - 1;
}

/* The squares are stored from index 1 on, for the sums. */
static uint32_t *ink_at(const bc_labels *labels, size_t column, size_t row) {
    return &labels->ink[row * (labels->columns + 1) + column];
}

void bc_labels_ink_line(bc_labels *labels, bc_spot from, bc_spot to) {
    double length = fmax(fabs(to.x - from.x), fabs(to.y - from.y));
    size_t steps = (size_t)fmin(length / labels->unit, (double)(labels->columns + labels->rows)) + 1;
    for (size_t i = 0; i <= steps; i++) {
        double part = (double)i / (double)steps;
        double x = from.x + part * (to.x - from.x), y = from.y + part * (to.y - from.y);
        *ink_at(labels, square_of(x - labels->plot.left, labels->unit, labels->columns) + 1,
                square_of(y - labels->plot.top, labels->unit, labels->rows) + 1) = 1;
    }
}

void bc_labels_ink_box(bc_labels *labels, const bc_box *box) {
    size_t left = square_of(box->left - labels->plot.left, labels->unit, labels->columns);
    size_t right = square_of(box->right - labels->plot.left, labels->unit, labels->columns);
    size_t top = square_of(box->top - labels->plot.top, labels->unit, labels->rows);
    size_t bottom = square_of(box->bottom - labels->plot.top, labels->unit, labels->rows);
    for (size_t row = top; row <= bottom; row++) {
        for (size_t column = left; column <= right; column++)
            *ink_at(labels, column + 1, row + 1) = 1;
    }
}

void bc_labels_settle(bc_labels *labels) {
    for (size_t row = 1; row <= labels->rows; row++) {
        for (size_t column = 1; column <= labels->columns; column++)
            *ink_at(labels, column, row) += *ink_at(labels, column - 1, row) +
                                            *ink_at(labels, column, row - 1) -
                                            *ink_at(labels, column - 1, row - 1);
    }
}

/* How much ink is in the box, a line across its height being 1. */
static double ink_within(const bc_labels *labels, const bc_box *box) {
    size_t left = square_of(box->left - labels->plot.left, labels->unit, labels->columns);
    size_t right = square_of(box->right - labels->plot.left, labels->unit, labels->columns) + 1;
    size_t top = square_of(box->top - labels->plot.top, labels->unit, labels->rows);
    size_t bottom = square_of(box->bottom - labels->plot.top, labels->unit, labels->rows) + 1;
    uint32_t ink = *ink_at(labels, right, bottom) - *ink_at(labels, left, bottom) -
                   *ink_at(labels, right, top) + *ink_at(labels, left, top);
    return (double)ink / (double)(bottom - top);
}

/* ---- places ---- */

bc_status bc_labels_take(bc_labels *labels, const bc_box *box, bc_error *err) {
    void *block = labels->taken;
    bc_status status = bc_grow(&block, &labels->capacity, labels->count + 1, sizeof *labels->taken, err);
    labels->taken = block;
    if (status == BC_OK)
        labels->taken[labels->count++] = *box;
    return status;
}

static bool is_free(const bc_labels *labels, const bc_box *box) {
    for (size_t i = 0; i < labels->count; i++) {
        const bc_box *other = &labels->taken[i];
        if (box->left < other->right && other->left < box->right && box->top < other->bottom &&
            other->top < box->bottom)
            return false;
    }
    return box->left >= labels->plot.left && box->right <= labels->plot.right &&
           box->top >= labels->plot.top && box->bottom <= labels->plot.bottom;
}

static double snap(double value, double size) {
    return floor(value / size + 0.5) * size;
}

/* A label's size, and what counts for its place. */
typedef struct search {
    double width, height;
    bool right;
    bool found;
    double cost;
    bc_box best;
} search;

/* Looks at the box whose middle lies there; away: how far that is from what it is about. */
static void try_place(search *to, const bc_labels *labels, double x, double y, double away) {
    const double ink_cost = 4, near_ink_cost = 0.25, right_cost = 6;
    const double margin = labels->cells ? CELL_WIDTH : to->height / 3;
    double left = x - to->width / 2, top = y - to->height / 2;
    if (labels->cells) {
        left = snap(left, CELL_WIDTH);
        top = snap(top, CELL_HEIGHT);
    }
    const bc_box box = {left, top, left + to->width, top + to->height};
    if (!is_free(labels, &box))
        return;
    const bc_box around = {box.left - margin, box.top - margin, box.right + margin, box.bottom + margin};
    double cost =
        ink_cost * ink_within(labels, &box) + near_ink_cost * ink_within(labels, &around) + away / to->height;
    if (to->right)
        cost += right_cost * (labels->plot.right - box.right) / (labels->plot.right - labels->plot.left);
    if (to->found && cost >= to->cost)
        return;
    to->found = true;
    to->cost = cost;
    to->best = box;
}

/* Above, below, beside and at the corners, `away` from the spot. */
static void try_around(search *to, const bc_labels *labels, bc_spot spot, double away) {
    static const double sides[][2] = {{1, -1}, {-1, -1}, {1, 1}, {-1, 1}, {0, -1}, {0, 1}, {1, 0}, {-1, 0}};
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        double x = spot.x + sides[i][0] * (to->width / 2 + away);
        double y = spot.y + sides[i][1] * (to->height / 2 + away);
        try_place(to, labels, x, y, away);
    }
}

bc_status bc_labels_place(bool *found, bc_box *place, bc_labels *labels, double width, double height,
                          const bc_spot *spots, size_t count, bool right, bc_error *err) {
    const double distances[] = {0.3, 0.7, 1.2, 2, 3, 4.5, 7, 10, 15}; /* in heights */
    search to = {.width = width, .height = height, .right = right};
    for (size_t k = 0; k < sizeof distances / sizeof distances[0]; k++) {
        for (size_t i = 0; i < count; i++)
            try_around(&to, labels, spots[i], distances[k] * height);
    }
    *found = to.found;
    *place = to.best;
    if (!to.found)
        return BC_OK;
    const double gap = labels->cells ? CELL_WIDTH : 0; /* else two would read as one */
    return bc_labels_take(
        labels, &(bc_box){to.best.left - gap, to.best.top, to.best.right + gap, to.best.bottom}, err);
}
