/* Keeps the chosen cutoff of a sweep, or those of all labels, in a file. */
#include "sweep_measures.h"

#include "base/hash.h"
#include "base/memory.h"

#include <bclass/cutoff.h>

#include <stdlib.h>
#include <string.h>

/* Its names are lent. */
static bc_cutoff make_cutoff(const bc_sweep *sweep, const bc_sweep_study *study, const bc_scores *scores,
                             const char sha256[65]) {
    const bc_sweep_row *row = bc_sweep_get_one(sweep, study);
    bc_cutoff cutoff = {.score = row->pick.score,
                        .logit = row->pick.logit,
                        .chosen = row->pick.counts,
                        .has_test = study->has_test,
                        .test = row->test,
                        .weighted = bc_curve_is_weighted(&study->chosen.curve),
                        .confidence = row->guarantee.confidence,
                        .positive = scores->positive,
                        .negative = scores->negative};
    bc_rule_floors(cutoff.floors, &row->rule);
    memcpy(cutoff.rule, row->name, sizeof cutoff.rule);
    memcpy(cutoff.split, study->chosen.split, strlen(study->chosen.split) + 1);
    memcpy(cutoff.scores_sha256, sha256, sizeof cutoff.scores_sha256);
    if (sweep->many)
        cutoff.target = scores->target_names[study - sweep->studies];
    return cutoff;
}

bc_status bc_sweep_save(const bc_sweep *sweep, const bc_scores *scores, const char *scores_path,
                        const char *path, bc_error *err) {
    char sha256[65] = "";
    void *block;
    bc_status status = strcmp(scores_path, "-") != 0 ? bc_hash_file(sha256, scores_path, err) : BC_OK;
    if (status == BC_OK)
        status = bc_alloc(&block, sweep->count, sizeof(bc_cutoff), err);
    if (status != BC_OK)
        return status;
    bc_cutoffs cutoffs = {.items = block, .many = sweep->many};
    for (size_t i = 0; i < sweep->count; i++) {
        const bc_sweep_study *study = &sweep->studies[i];
        if (bc_sweep_get_one(sweep, study)->pick.met)
            cutoffs.items[cutoffs.count++] = make_cutoff(sweep, study, scores, sha256);
    }
    status = bc_cutoffs_write(&cutoffs, path, err);
    free(block);
    return status;
}
