/* Turns labels round, one at a time, and chooses again. */
#include <bclass/pins.h>

#include "base/memory.h"
#include "threshold/part.h"

#include <stdlib.h>

typedef struct search {
    const bc_curve *curve;
    const bc_pick *pick;
    size_t which, most;
    bc_chooser *choose;
    const void *context;
    bc_curve turned; /* room for one item more in each class */
    bc_pick *picks;
    bc_pins *pins;
    size_t capacity;
} search;

static void put(bc_curve_class *to, double value, double weight, double square) {
    size_t at = to->count++;
    to->values[at] = value;
    if (to->sums == NULL)
        return;
    to->sums[at + 1] = to->sums[at] + weight;
    to->square_sums[at + 1] = to->square_sums[at] + square;
}

/* The class with an item of another class in its place among the values. */
static void copy_with(bc_curve_class *to, const bc_curve_class *of, const bc_curve_class *other,
                      size_t item) {
    bool done = false;
    for (size_t i = 0; i < of->count; i++) {
        if (!done && of->values[i] < other->values[item]) {
            put(to, other->values[item], bc_item_weight(other, item), bc_item_square(other, item));
            done = true;
        }
        put(to, of->values[i], bc_item_weight(of, i), bc_item_square(of, i));
    }
    if (!done)
        put(to, other->values[item], bc_item_weight(other, item), bc_item_square(other, item));
}

static void copy_without(bc_curve_class *to, const bc_curve_class *of, size_t item) {
    for (size_t i = 0; i < of->count; i++) {
        if (i != item)
            put(to, of->values[i], bc_item_weight(of, i), bc_item_square(of, i));
    }
}

/* The item's label turned round; whether the rule then chooses another cutoff. The values stay as they are,
 * so a plateau is the same when its upper end is. */
static bool is_moved(bc_pick *moved, search *in, bool positive, size_t item) {
    const bc_curve *curve = in->curve;
    bc_part_start(&in->turned, curve);
    if (positive) {
        copy_without(&in->turned.positive, &curve->positive, item);
        copy_with(&in->turned.negative, &curve->negative, &curve->positive, item);
    } else {
        copy_with(&in->turned.positive, &curve->positive, &curve->negative, item);
        copy_without(&in->turned.negative, &curve->negative, item);
    }
    in->choose(in->picks, &in->turned, in->context);
    *moved = in->picks[in->which];
    in->pins->tried++;
    return !moved->met || moved->upper != in->pick->upper;
}

/* The items [first, last) of one class, all of one value. */
static bc_status try_items(search *in, bool positive, bool called, size_t first, size_t last, bc_error *err) {
    const bc_curve_class *of = positive ? &in->curve->positive : &in->curve->negative;
    bc_status status = BC_OK;
    for (size_t i = first, next; status == BC_OK && i < last; i = next) {
        bc_pin pin = {of->values[i], bc_item_weight(of, i), positive, called, 0, {0}};
        for (next = i + 1; next < last && bc_item_weight(of, next) == pin.weight;)
            next++;
        pin.rows = next - i;
        if (!is_moved(&pin.moved, in, positive, i))
            continue;
        void *items = in->pins->items;
        status = bc_grow(&items, &in->capacity, in->pins->count + 1, sizeof pin, err);
        in->pins->items = items;
        if (status == BC_OK)
            in->pins->items[in->pins->count++] = pin;
        in->pins->rows += pin.rows;
    }
    return status;
}

/* The points at either end of a group of equal values; false when there is none. */
static bool group_above(bc_curve_point *top, const bc_curve *curve, bc_curve_point bottom) {
    double value = bc_curve_upper(curve, bottom);
    *top = bottom;
    while (top->positives > 0 && curve->positive.values[top->positives - 1] == value)
        top->positives--;
    while (top->negatives > 0 && curve->negative.values[top->negatives - 1] == value)
        top->negatives--;
    return bottom.positives + bottom.negatives > 0;
}

static bc_status try_group(search *in, bc_curve_point top, bc_curve_point bottom, bool called,
                           bc_error *err) {
    bc_status status = try_items(in, true, called, top.positives, bottom.positives, err);
    if (status == BC_OK)
        status = try_items(in, false, called, top.negatives, bottom.negatives, err);
    return status;
}

static bc_status walk_outwards(search *in, bc_error *err) {
    bc_curve_point above = bc_pick_apply(in->pick, in->curve), below = above;
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < in->most && in->pins->rows < in->most; i++) {
        bc_curve_point next;
        if (group_above(&next, in->curve, above))
            status = try_group(in, next, above, true, err);
        above = next;
        next = below;
        if (status == BC_OK && in->pins->rows < in->most && bc_curve_next(&next, in->curve))
            status = try_group(in, below, next, false, err);
        below = next;
    }
    return status;
}

bc_status bc_pins_find(bc_pins *pins, const bc_pick *pick, size_t which, size_t count, size_t most,
                       const bc_curve *curve, bc_chooser *choose, const void *context, bc_error *err) {
    search in = {.curve = curve,
                 .pick = pick,
                 .which = which,
                 .most = most,
                 .choose = choose,
                 .context = context,
                 .pins = pins};
    void *picks = NULL;
    *pins = (bc_pins){0};
    if (!pick->met)
        return BC_OK;
    bc_curve room = *curve;
    room.positive.count++;
    room.negative.count++;
    bc_status status = bc_part_create(&in.turned, &room, bc_curve_is_weighted(curve), err);
    if (status == BC_OK)
        status = bc_alloc(&picks, count, sizeof *in.picks, err);
    in.picks = picks;
    if (status == BC_OK)
        status = walk_outwards(&in, err);
    free(picks);
    bc_curve_free(&in.turned);
    return status;
}

void bc_pins_free(bc_pins *pins) {
    if (pins == NULL)
        return;
    free(pins->items);
    *pins = (bc_pins){0};
}
