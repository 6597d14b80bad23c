/* Promises: order statistics of the positives for recall, tests in a fixed order for precision. */
#include <bclass/guarantee.h>

#include "threshold/special.h"

#include <math.h>

/* ---- recall ---- */

uint64_t bc_guarantee_rank(uint64_t positives, double recall, double risk) {
    uint64_t good = 0, bad = positives + 1; /* good can be promised, bad cannot */
    while (bad - good > 1) {
        uint64_t rank = good + (bad - good) / 2;
        if (bc_binomial_at_most(rank - 1, positives, 1 - recall) <= risk)
            good = rank;
        else
            bad = rank;
    }
    return good;
}

uint64_t bc_guarantee_needed(double recall, double risk) {
    double count = ceil(log(risk) / log(recall));
    if (!(count < 0x1p63))
        return UINT64_MAX;
    uint64_t needed = count > 1 ? (uint64_t)count : 1;
    while (needed > 1 && pow(recall, (double)(needed - 1)) <= risk)
        needed--;
    while (pow(recall, (double)needed) > risk)
        needed++;
    return needed;
}

/* The first point that promises the recall; false when there is none. */
static bool find_recall(bc_curve_point *point, bc_guarantee *to, const bc_curve *curve, double risk) {
    const bc_curve_class *positive = &curve->positive;
    to->best_recall = positive->count > 0 ? pow(risk, 1 / (double)positive->count) : NAN;
    to->rank = bc_guarantee_rank(positive->count, to->recall, risk);
    if (to->rank == 0) {
        to->lack = BC_LACK_POSITIVES;
        return false;
    }
    *point = bc_curve_at(curve, positive->values[positive->count - to->rank]);
    return true;
}

/* ---- precision ---- */

/* The least number of positives among so many items that shows the precision; items + 1 when none does. */
static uint64_t hits_needed(uint64_t items, double precision, double risk) {
    uint64_t few = 0, enough = items + 1;
    while (enough - few > 1) {
        uint64_t hits = few + (enough - few) / 2;
        if (bc_binomial_at_least(hits, items, precision) <= risk)
            enough = hits;
        else
            few = hits;
    }
    return enough;
}

static uint64_t items_above(bc_curve_point point) {
    return (uint64_t)point.positives + point.negatives;
}

/* Goes on to the last point with at most so many items above it. */
static void walk_within(bc_curve_point *point, const bc_curve *curve, uint64_t items) {
    bc_curve_point next = *point;
    while (bc_curve_next(&next, curve) && items_above(next) <= items)
        *point = next;
}

static void note_first(bc_guarantee *to, bc_curve_point point, double risk) {
    to->first_items = items_above(point);
    to->first_hits = point.positives;
    to->first_needed = hits_needed(to->first_items, to->precision, risk);
}

/* What the walk of tests came to; points with no items where there is none. */
typedef struct passed {
    bc_curve_point last;  /* the last that passed */
    bc_curve_point first; /* the first one from the least on */
} passed;

/* A tenth more; all items are the last count. */
static uint64_t next_count(uint64_t items, uint64_t all) {
    uint64_t next = items + items / 10 + 1;
    return next > all && items < all ? all : next;
}

static passed test_precision(bc_guarantee *to, const bc_curve *curve, bc_curve_point least, double risk) {
    uint64_t all = items_above(bc_curve_all(curve)), least_items = bc_guarantee_needed(to->precision, risk),
             start = least_items <= all ? 2 * least_items : UINT64_MAX, tested = 0;
    bc_curve_point point = bc_curve_none();
    passed found = {point, point};
    for (uint64_t items = start; items <= all; items = next_count(items, all)) {
        walk_within(&point, curve, items);
        uint64_t called = items_above(point);
        if (called == tested || called < start)
            continue;
        if (tested == 0)
            note_first(to, point, risk);
        tested = called;
        if (bc_binomial_at_least(point.positives, called, to->precision) > risk)
            break;
        found.last = point;
        if (items_above(found.first) == 0 && called >= items_above(least))
            found.first = point;
    }
    return found;
}

static bool find_precision(bc_curve_point *point, bc_guarantee *to, const bc_curve *curve, double risk) {
    bool alone = to->recall <= 0;
    passed found = test_precision(to, curve, *point, risk);
    if (items_above(found.last) == 0)
        to->lack = to->first_items == 0 ? BC_LACK_ITEMS : BC_LACK_PRECISION;
    else if (!alone && items_above(found.first) == 0)
        to->lack = BC_LACK_BOTH;
    *point = alone ? found.last : found.first;
    return to->lack == BC_LACK_NONE;
}

/* ---- both ---- */

/* Positives needed for both floors. */
static uint64_t count_needed(const bc_guarantee *of, double risk) {
    uint64_t needed = of->recall > 0 ? bc_guarantee_needed(of->recall, risk) : 0;
    if (of->precision > 0) {
        uint64_t start = bc_guarantee_needed(of->precision, risk);
        uint64_t hits = start < UINT64_MAX / 2 ? hits_needed(2 * start, of->precision, risk) : UINT64_MAX;
        needed = hits > needed ? hits : needed;
    }
    return needed;
}

void bc_guarantee_choose(bc_guarantee *guarantee, bc_pick *pick, const bc_curve *curve, const bc_rule *rule) {
    bool both = rule->kind == BC_RULE_FLOORS;
    double risk = (1 - rule->confidence) / (both ? 2 : 1);
    bc_curve_point point = bc_curve_none();
    *guarantee = (bc_guarantee){
        .confidence = rule->confidence, .positives = curve->positive.count, .best_recall = NAN};
    if (both || rule->kind == BC_RULE_MIN_RECALL)
        guarantee->recall = both ? rule->floors[BC_FLOOR_RECALL] : rule->target;
    if (both || rule->kind == BC_RULE_MIN_PRECISION)
        guarantee->precision = both ? rule->floors[BC_FLOOR_PRECISION] : rule->target;
    guarantee->needed = count_needed(guarantee, risk);
    if (bc_curve_is_weighted(curve))
        guarantee->lack = BC_LACK_EQUALITY;
    else if (guarantee->precision > 0 ? curve->items_cluster : curve->positives_cluster)
        guarantee->lack = BC_LACK_INDEPENDENCE;
    guarantee->held = guarantee->lack == BC_LACK_NONE &&
                      (guarantee->recall <= 0 || find_recall(&point, guarantee, curve, risk)) &&
                      (guarantee->precision <= 0 || find_precision(&point, guarantee, curve, risk));
    if (guarantee->held)
        bc_pick_set(pick, curve, point);
    else
        *pick = bc_pick_none;
}

/* ---- forecast ---- */

/* Sums the probabilities of 0, 1, ... misses, in logarithms: of none it is prod (b + i) / (a + b + i). */
uint64_t bc_guarantee_misses(uint64_t rank, uint64_t positives, uint64_t next, double confidence) {
    double a = (double)rank, b = (double)(positives - rank) + 1, m = (double)next, log_term = 0;
    for (uint64_t i = 0; i < next; i++)
        log_term -= log1p(a / (b + (double)i));
    double sum = exp(log_term);
    uint64_t misses = 0;
    while (misses < next && sum < confidence) {
        double j = (double)misses;
        log_term += log((m - j) * (a + j) / ((j + 1) * (b + m - j - 1)));
        sum += exp(log_term);
        misses++;
    }
    return misses;
}
