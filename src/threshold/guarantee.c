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

/* The first position that has at least so many positives. */
static size_t position_with(const bc_curve *curve, uint64_t hits) {
    size_t below = 0, reached = curve->groups;
    while (reached - below > 1) {
        size_t middle = below + (reached - below) / 2;
        if (curve->tp[middle - 1] >= hits)
            reached = middle;
        else
            below = middle;
    }
    return reached;
}

/* The first position that promises the recall; false when there is none. */
static bool find_recall(size_t *position, bc_guarantee *to, const bc_curve *curve, double risk) {
    to->best_recall = curve->positives > 0 ? pow(risk, 1 / (double)curve->positives) : NAN;
    to->rank = bc_guarantee_rank(curve->positives, to->recall, risk);
    if (to->rank == 0) {
        to->lack = BC_LACK_POSITIVES;
        return false;
    }
    *position = position_with(curve, curve->positives - to->rank + 1);
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

static uint64_t items_above(const bc_curve *curve, size_t position) {
    return position > 0 ? curve->tp[position - 1] + curve->fp[position - 1] : 0;
}

/* The number of groups that lie wholly within the highest so many items. */
static size_t position_within(const bc_curve *curve, uint64_t items) {
    size_t within = 0, beyond = curve->groups + 1;
    while (beyond - within > 1) {
        size_t middle = within + (beyond - within) / 2;
        if (items_above(curve, middle) <= items)
            within = middle;
        else
            beyond = middle;
    }
    return within;
}

static void note_first(bc_guarantee *to, const bc_curve *curve, size_t position, double risk) {
    to->first_items = items_above(curve, position);
    to->first_hits = curve->tp[position - 1];
    to->first_needed = hits_needed(to->first_items, to->precision, risk);
}

/* What the walk of tests came to. */
typedef struct passed {
    size_t last;  /* the last position that passed; 0: none */
    size_t first; /* the first one from the least on; 0: none */
} passed;

/* A tenth more; all items are the last count. */
static uint64_t next_count(uint64_t items, uint64_t all) {
    uint64_t next = items + items / 10 + 1;
    return next > all && items < all ? all : next;
}

static passed test_precision(bc_guarantee *to, const bc_curve *curve, size_t least, double risk) {
    uint64_t all = curve->positives + curve->negatives,
             least_items = bc_guarantee_needed(to->precision, risk),
             start = least_items <= all ? 2 * least_items : UINT64_MAX;
    passed found = {0, 0};
    size_t tested = 0;
    for (uint64_t items = start; items <= all; items = next_count(items, all)) {
        size_t position = position_within(curve, items);
        uint64_t called = items_above(curve, position);
        if (position == tested || called < start)
            continue;
        if (tested == 0)
            note_first(to, curve, position, risk);
        tested = position;
        if (bc_binomial_at_least(curve->tp[position - 1], called, to->precision) > risk)
            break;
        found.last = position;
        if (found.first == 0 && position >= least)
            found.first = position;
    }
    return found;
}

static bool find_precision(size_t *position, bc_guarantee *to, const bc_curve *curve, double risk) {
    bool alone = to->recall <= 0;
    passed found = test_precision(to, curve, *position, risk);
    if (found.last == 0)
        to->lack = to->first_items == 0 ? BC_LACK_ITEMS : BC_LACK_PRECISION;
    else if (!alone && found.first == 0)
        to->lack = BC_LACK_BOTH;
    *position = alone ? found.last : found.first;
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
    size_t position = 0;
    *guarantee =
        (bc_guarantee){.confidence = rule->confidence, .positives = curve->positives, .best_recall = NAN};
    if (both || rule->kind == BC_RULE_MIN_RECALL)
        guarantee->recall = both ? rule->floors[BC_FLOOR_RECALL] : rule->target;
    if (both || rule->kind == BC_RULE_MIN_PRECISION)
        guarantee->precision = both ? rule->floors[BC_FLOOR_PRECISION] : rule->target;
    guarantee->needed = count_needed(guarantee, risk);
    guarantee->held = (guarantee->recall <= 0 || find_recall(&position, guarantee, curve, risk)) &&
                      (guarantee->precision <= 0 || find_precision(&position, guarantee, curve, risk));
    if (guarantee->held)
        bc_pick_set(pick, curve, position);
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
