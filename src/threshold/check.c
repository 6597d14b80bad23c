/* Floors judged on new items: by the binomial where they were promised, else by the beta-binomial. */
#include <bclass/check.h>
#include <bclass/guarantee.h>

#include "threshold/special.h"

#include <math.h>

typedef struct share {
    uint64_t trials, failures;
} share;

static share get_share(bc_floor floor, const bc_confusion *counts) {
    double right = floor == BC_FLOOR_SPECIFICITY ? counts->tn : counts->tp;
    double wrong = floor == BC_FLOOR_RECALL ? counts->fn : counts->fp;
    return (share){(uint64_t)(right + wrong), (uint64_t)wrong};
}

/* The most failures that come with a probability above the risk. */
static uint64_t allowed_by_promise(uint64_t trials, double target, double risk) {
    uint64_t good = 0, bad = trials + 1;
    while (bad - good > 1) {
        uint64_t failures = good + (bad - good) / 2;
        if (bc_binomial_at_least(failures, trials, 1 - target) > risk)
            good = failures;
        else
            bad = failures;
    }
    return good;
}

/* The most failures that keep the floor. */
static uint64_t most_failures(uint64_t trials, double target) {
    double n = (double)trials, failures = floor(n * (1 - target));
    while (failures < n && (n - failures - 1) / n >= target)
        failures++;
    return (uint64_t)failures;
}

/* By the floor, not by the failures that there happened to be: these were chosen with the cutoff. */
static uint64_t allowed_by_choice(uint64_t trials, double target, share chosen, double risk) {
    uint64_t kept = most_failures(chosen.trials, target);
    uint64_t rank = (kept > chosen.failures ? kept : chosen.failures) + 1;
    return rank > chosen.trials ? trials : bc_guarantee_misses(rank, chosen.trials, trials, 1 - risk);
}

void bc_floor_check_make(bc_floor_check *check, bc_floor floor, double target, bool promised,
                         const bc_confusion *chosen, const bc_confusion *here, double risk) {
    share of = get_share(floor, here);
    double trials = (double)of.trials;
    *check = (bc_floor_check){
        .floor = floor, .target = target, .value = NAN, .trials = of.trials, .failures = of.failures};
    check->verdict = BC_VERDICT_UNKNOWN;
    if (of.trials == 0)
        return;
    check->value = (trials - (double)of.failures) / trials;
    check->allowed = promised ? allowed_by_promise(of.trials, target, risk)
                              : allowed_by_choice(of.trials, target, get_share(floor, chosen), risk);
    check->verdict = check->value >= target              ? BC_VERDICT_HOLDS
                     : check->failures <= check->allowed ? BC_VERDICT_IN_DOUBT
                                                         : BC_VERDICT_BROKEN;
}
