/* Chooses the rows by their splits. */
#include "split_choice.h"

#include <stddef.h>

const char *const bc_split_wanted_names[] = {"auto", "val", "test", "oof", "train", "all", NULL};

static bool has(unsigned splits, bc_split split) {
    return (splits >> split & 1) != 0;
}

/* All rows that were not learned from; *name is that of the split when they are of one. */
static unsigned held_out(const char **name, unsigned there) {
    const unsigned present = there & ~(1u << BC_SPLIT_TRAIN);
    *name = "all";
    for (int i = BC_SPLIT_NONE + 1; i < BC_SPLIT_COUNT; i++) {
        if (present == 1u << i)
            *name = bc_split_name((bc_split)i);
    }
    return present;
}

bc_split_choice bc_split_choose(const bc_scores *scores, bc_split_wanted wanted) {
    static const bc_split splits[] = {[BC_WANTED_VAL] = BC_SPLIT_VAL,
                                      [BC_WANTED_TEST] = BC_SPLIT_TEST,
                                      [BC_WANTED_OOF] = BC_SPLIT_OOF,
                                      [BC_WANTED_TRAIN] = BC_SPLIT_TRAIN};
    bc_split_choice choice = {0};
    const unsigned there = bc_scores_labelled_splits(scores);
    bool test = has(there, BC_SPLIT_TEST);
    if (wanted == BC_WANTED_AUTO && test && has(there, BC_SPLIT_VAL))
        wanted = BC_WANTED_VAL;
    else if (wanted == BC_WANTED_AUTO && test && has(there, BC_SPLIT_OOF))
        wanted = BC_WANTED_OOF;
    if (wanted == BC_WANTED_AUTO) {
        choice.splits = held_out(&choice.name, there);
        if (choice.splits != 0)
            return choice;
        wanted = BC_WANTED_TRAIN;
    }
    choice.name = bc_split_wanted_names[wanted];
    choice.has_test = test && wanted != BC_WANTED_TEST && wanted != BC_WANTED_ALL;
    choice.splits = wanted == BC_WANTED_ALL ? (1u << BC_SPLIT_COUNT) - 1 : 1u << splits[wanted];
    return choice;
}

static bool takes_train(const bc_split_choice *choice, const bc_scores *scores) {
    return has(choice->splits & bc_scores_labelled_splits(scores), BC_SPLIT_TRAIN);
}

bc_status bc_split_check_promise(const bc_split_choice *choice, const bc_scores *scores, const char *file,
                                 bc_error *err) {
    if (!takes_train(choice, scores))
        return BC_OK;
    return bc_fail(
        err, BC_ERROR_USAGE,
        "%s: --confidence promises what holds for rows to come, which rows marked train cannot tell; "
        "choose on held-out rows",
        file);
}

bc_status bc_split_check_held_out(const bc_split_choice *choice, const bc_scores *scores, const char *file,
                                  const char *doing, bc_error *err) {
    if (!takes_train(choice, scores))
        return BC_OK;
    return bc_fail(
        err, BC_ERROR_USAGE,
        "%s: rows to %s on are marked train, and their scores are better than those to come; %s on held-out "
        "rows, or give --allow-train",
        file, doing, doing);
}
