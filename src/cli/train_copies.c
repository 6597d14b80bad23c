/* bclass train: copies of one picture are kept on one side, and what the data states is looked at for some
 * that are on two. */
#include "data_choice.h"
#include "print.h"
#include "train.h"

#include "base/memory.h"
#include "dataset/copies.h"
#include "dataset/partition.h"

#include <stdlib.h>

/* Pictures that have a copy which they should not have, and a pair of them. */
typedef struct bc_found {
    size_t count;
    size_t first, second; /* samples; the same when there are none */
} bc_found;

typedef bool bc_differ(const bc_sample *a, const bc_sample *b);

static bool are_apart(const bc_sample *a, const bc_sample *b) {
    return a->split != b->split || a->fold != b->fold;
}

static bool are_contradictory(const bc_sample *a, const bc_sample *b) {
    return a->split == BC_SPLIT_TRAIN && b->split == BC_SPLIT_TRAIN && a->label != b->label;
}

/* What is known of a family of copies while its samples are gone through. */
typedef struct bc_family {
    uint32_t samples;
    uint32_t first; /* 1 + the first sample that could be one of a pair */
    bool differs;
} bc_family;

/* Counts the pictures of families, where `roots` names the first of each, in which two pictures differ. All
 * of such a family that could be one of a pair count. */
static bc_status look(bc_found *found, const bc_dataset *dataset, const uint32_t *roots, bc_differ *differ,
                      bool train_only, bc_error *err) {
    void *block;
    *found = (bc_found){0};
    bc_status status = bc_alloc(&block, dataset->count, sizeof(bc_family), err);
    if (status != BC_OK)
        return status;
    bc_family *families = block;
    for (size_t i = 0; i < dataset->count; i++) {
        bc_family *family = &families[roots[i]];
        const bc_sample *sample = &dataset->samples[i];
        if (train_only && sample->split != BC_SPLIT_TRAIN)
            continue;
        if (family->first == 0)
            family->first = (uint32_t)i + 1;
        family->samples++;
        if (!family->differs && differ(&dataset->samples[family->first - 1], sample)) {
            family->differs = true;
            if (found->first == found->second)
                *found = (bc_found){0, family->first - 1, i};
        }
    }
    for (size_t i = 0; i < dataset->count; i++)
        found->count += families[i].differs ? families[i].samples : 0;
    free(block);
    return BC_OK;
}

/* In splits or folds that the data states: what was drawn parts none. */
static bc_status check_apart(const bc_train_session *session, const bc_copies *copies, const char *data,
                             bc_error *err) {
    const bc_dataset *dataset = &session->dataset;
    const char *parts = dataset->folds > 0 ? "fold" : "split";
    char first_place[BC_PART_NAME_SIZE], second_place[BC_PART_NAME_SIZE];
    bc_found exact, near;
    bc_status status = look(&exact, dataset, copies->exact, are_apart, false, err);
    if (status == BC_OK)
        status = look(&near, dataset, copies->near, are_apart, false, err);
    if (status != BC_OK || near.count == 0)
        return status;
    const bc_found *found = exact.count > 0 ? &exact : &near;
    const bc_sample *first = &dataset->samples[found->first], *second = &dataset->samples[found->second];
    bc_data_name_part(first_place, first);
    bc_data_name_part(second_place, second);
    if (exact.count > 0 && !session->settings->allow_leak)
        return bc_fail(err, BC_ERROR_FORMAT,
                       "%s: %zu pictures have an exact copy in another %s, as %s (%s) and %s (%s); 'bclass "
                       "check' lists them, and --allow-leak trains all the same",
                       data, exact.count, parts, first->path + first->below, first_place,
                       second->path + second->below, second_place);
    if (!session->settings->quiet)
        bc_remark("%zu pictures have %s copy in another %s, which will look better known than it is: as %s "
                  "(%s) and %s (%s)",
                  found->count, exact.count > 0 ? "an exact" : "a near", parts, first->path, first_place,
                  second->path, second_place);
    return BC_OK;
}

static bc_status tell_contradictory(const bc_train_session *session, const bc_copies *copies, bc_error *err) {
    const bc_dataset *dataset = &session->dataset;
    bc_found found;
    bc_status status = look(&found, dataset, copies->near, are_contradictory, true, err);
    if (status == BC_OK && found.count > 0 && !session->settings->quiet)
        bc_remark("%zu pictures to train on have a copy with the other label, as %s and %s", found.count,
                  dataset->samples[found.first].path, dataset->samples[found.second].path);
    return status;
}

static size_t count_copies(const bc_copies *copies) {
    size_t count = 0;
    for (size_t i = 0; i < copies->count; i++)
        count += copies->near[i] != i;
    return count;
}

bc_status bc_train_keep_copies(bc_train_session *session, const bc_dataset_options *options, const char *data,
                               bc_error *err) {
    bc_copies copies;
    bool redrawn = false;
    bc_status status =
        bc_copies_find(&copies, &session->cache, &session->model.preprocess, session->pool, err);
    if (status == BC_OK)
        status = bc_partition_keep_copies(&session->dataset, &redrawn, options, &copies, err);
    if (status == BC_OK && redrawn && !session->settings->quiet)
        bc_remark("%zu pictures are copies of others, or nearly, and stay together with them: the %s were "
                  "drawn anew for that",
                  count_copies(&copies), session->dataset.folds > 0 ? "folds" : "splits");
    if (status == BC_OK)
        status = check_apart(session, &copies, data, err);
    if (status == BC_OK)
        status = tell_contradictory(session, &copies, err);
    bc_copies_free(&copies);
    return status;
}
