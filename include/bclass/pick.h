/*
 * Choosing a cutoff by a rule. Every distinct value is a candidate, and so are "all" and "none". An item is
 * called positive when its value >= the cutoff.
 */
#ifndef BCLASS_PICK_H
#define BCLASS_PICK_H

#include <bclass/curve.h>
#include <bclass/metrics.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bc_rule_kind {
    BC_RULE_AT,              /* the cutoff is target, a score within [0, 1] */
    BC_RULE_AT_LOGIT,        /* the cutoff is target, a logit */
    BC_RULE_MIN_RECALL,      /* greatest precision with recall >= target */
    BC_RULE_MIN_PRECISION,   /* greatest recall with precision >= target */
    BC_RULE_MIN_SPECIFICITY, /* greatest recall with specificity >= target */
    BC_RULE_FLOORS,          /* greatest F1 where every floor is kept */
    BC_RULE_MAX,             /* greatest value of the metric */
    BC_RULE_COST,            /* least total cost of the errors */
    BC_RULE_BUDGET           /* greatest recall with at most target items called positive */
} bc_rule_kind;

/* The shares that can have a floor. */
typedef enum bc_floor { BC_FLOOR_RECALL, BC_FLOOR_PRECISION, BC_FLOOR_SPECIFICITY, BC_FLOOR_COUNT } bc_floor;

typedef struct bc_rule {
    bc_rule_kind kind;
    double target;
    bool percent;                  /* of BC_RULE_BUDGET: target is in per cent of all items */
    double floors[BC_FLOOR_COUNT]; /* of BC_RULE_FLOORS; 0: none */
    bc_metric metric;              /* of BC_RULE_MAX */
    double cost_fn, cost_fp;       /* of BC_RULE_COST: of one miss, of one false alarm; >= 0 */
    double confidence; /* of floors of recall and precision: with which they are promised for items to come;
                          0: they are kept by the items at hand only */
} bc_rule;

enum { BC_RULE_NAME_SIZE = 192 };

/* "at 0.25", "at logit -2", "recall >= 0.95", "recall >= 0.95 and precision >= 0.9", "max f2",
 * "max fbeta=0.5", "cost fn=10,fp=1", "flagged <= 20", "flagged <= 5%", "recall >= 0.95 with confidence 0.95"
 */
void bc_rule_name(char name[BC_RULE_NAME_SIZE], const bc_rule *rule);

/* The floors that a rule of any kind sets; NaN where it sets none. */
void bc_rule_floors(double floors[BC_FLOOR_COUNT], const bc_rule *rule);

/* What the errors cost by a BC_RULE_COST; NaN by another rule. */
double bc_rule_cost(const bc_rule *rule, const bc_confusion *counts);

typedef struct bc_pick {
    bool met;            /* the rule's demand is met; else this is the best attainable */
    double lower, upper; /* every cutoff within (lower, upper] decides the same about these items */
    double value;        /* the cutoff on the curve's scale; NaN when nothing can be said at all */
    double score, logit; /* the same as score and as logit */
    bc_confusion counts, squares;
} bc_pick;

/* Not met, and every number NaN. */
extern const bc_pick bc_pick_none;

/* The pick at a point of the curve. */
void bc_pick_set(bc_pick *pick, const bc_curve *curve, bc_curve_point point);

/* Of equally good candidates the one with the higher recall is taken, then the one with fewer false alarms.
 * The cutoff is the middle of (lower, upper], or where an end is infinite the finite end (for "none" the next
 * number above all values). A rule that no candidate meets leaves met false: the pick
 * is then the nearest there is, with the least shortfall of any floor or the fewest called positive. A rule's
 * confidence is not looked at: see guarantee.h. */
void bc_pick_choose(bc_pick *pick, const bc_curve *curve, const bc_rule *rule);

/* Where the pick's cutoff lies on another curve of the same scale. */
bc_curve_point bc_pick_apply(const bc_pick *pick, const bc_curve *curve);

#ifdef __cplusplus
}
#endif

#endif
