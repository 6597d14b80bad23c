/* Families of copies. */
#include "check/check.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* The samples, families one after the other. */
typedef struct family_order {
    uint32_t *samples;
    size_t count;
} family_order;

static void free_order(family_order *order) {
    free(order->samples);
}

/* The members of each family, whose first one families[i] names, by counting. */
static bc_status order_families(family_order *order, const uint32_t *families, size_t count, bc_error *err) {
    void *samples, *places;
    *order = (family_order){.count = count};
    bc_status status = bc_alloc(&samples, count, sizeof *order->samples, err);
    order->samples = samples;
    if (status != BC_OK)
        return status;
    status = bc_alloc(&places, count + 1, sizeof(uint32_t), err);
    if (status != BC_OK)
        return status;
    uint32_t *place = places;
    for (size_t i = 0; i < count; i++)
        place[families[i] + 1]++;
    for (size_t i = 0; i < count; i++)
        place[i + 1] += place[i];
    for (size_t i = 0; i < count; i++)
        order->samples[place[families[i]]++] = (uint32_t)i;
    free(places);
    return BC_OK;
}

static bool share_split(const bc_sample *a, const bc_sample *b) {
    return a->split == b->split && a->fold == b->fold;
}

/* How alike two members of an exact family are. */
static bool have_same_bytes(const bc_check_data *data, uint32_t a, uint32_t b) {
    return strcmp(data->examined[a].sha256, data->examined[b].sha256) == 0;
}

static bc_finding judge_family(const bc_check_data *data, const uint32_t *members, size_t count,
                               bc_likeness least) {
    bc_finding found = {.kind = BC_FINDING_COPIES, .likeness = least};
    const bc_sample *samples = data->dataset->samples, *first = &samples[members[0]];
    for (size_t i = 1; i < count; i++) {
        const bc_sample *sample = &samples[members[i]];
        if (least == BC_LIKE_BYTES && !have_same_bytes(data, members[0], members[i]))
            found.likeness = BC_LIKE_PIXELS;
        found.across_splits = found.across_splits || !share_split(first, sample);
        found.contradictory = found.contradictory || sample->label != first->label;
    }
    if (found.across_splits || found.contradictory)
        found.severity = least == BC_LIKE_NEAR ? BC_SEVERITY_WARNING : BC_SEVERITY_ERROR;
    return found;
}

/* Whether they are copies of one picture exactly, which then are a family of their own. */
static bool are_exact(const bc_check_data *data, const uint32_t *members, size_t count) {
    for (size_t i = 1; i < count; i++) {
        if (data->copies->exact[members[i]] != data->copies->exact[members[0]])
            return false;
    }
    return true;
}

static bc_status find_families(bc_findings *findings, const bc_check_data *data, const uint32_t *families,
                               bc_likeness least, bc_error *err) {
    family_order order;
    bc_status status = order_families(&order, families, data->dataset->count, err);
    for (size_t first = 0, next; status == BC_OK && first < order.count; first = next) {
        const uint32_t *members = order.samples + first;
        for (next = first + 1; next < order.count && families[order.samples[next]] == families[members[0]];)
            next++;
        if (next - first < 2 || (least == BC_LIKE_NEAR && are_exact(data, members, next - first)))
            continue;
        const bc_finding found = judge_family(data, members, next - first, least);
        status = bc_findings_add(findings, &found, members, next - first, err);
    }
    free_order(&order);
    return status;
}

bc_status bc_check_duplicates(bc_findings *findings, const bc_check_data *data, bc_error *err) {
    bc_status status = find_families(findings, data, data->copies->exact, BC_LIKE_BYTES, err);
    return status == BC_OK ? find_families(findings, data, data->copies->near, BC_LIKE_NEAR, err) : status;
}

/* ---- leakage ---- */

/* Where the members of a family are that are learned from, by the index of its first one. */
typedef struct training_part {
    uint32_t fold;             /* of the first found */
    bool is_there, in_several; /* folds */
} training_part;

static void note_training(training_part *parts, const bc_check_data *data, const uint32_t *families) {
    for (size_t i = 0; i < data->dataset->count; i++) {
        const bc_sample *sample = &data->dataset->samples[i];
        training_part *part = &parts[families[i]];
        if (sample->split != BC_SPLIT_TRAIN)
            continue;
        part->in_several = part->in_several || (part->is_there && part->fold != sample->fold);
        part->fold = sample->fold;
        part->is_there = true;
    }
}

static bool is_leaked(const training_part *part, const bc_sample *sample) {
    return sample->split == BC_SPLIT_TRAIN ? part->in_several : part->is_there;
}

bc_status bc_check_leakage(bc_leakage leakage[BC_SPLIT_COUNT], const bc_check_data *data, bc_error *err) {
    const size_t count = data->dataset->count;
    void *exact = NULL, *near = NULL;
    bc_status status = bc_alloc(&exact, count, sizeof(training_part), err);
    if (status == BC_OK)
        status = bc_alloc(&near, count, sizeof(training_part), err);
    if (status == BC_OK) {
        const training_part *exact_parts = exact, *near_parts = near;
        note_training(exact, data, data->copies->exact);
        note_training(near, data, data->copies->near);
        memset(leakage, 0, BC_SPLIT_COUNT * sizeof *leakage);
        for (size_t i = 0; i < count; i++) {
            const bc_sample *sample = &data->dataset->samples[i];
            bc_leakage *of = &leakage[sample->split == BC_SPLIT_TRAIN ? BC_SPLIT_OOF : sample->split];
            if (is_leaked(&exact_parts[data->copies->exact[i]], sample))
                of->exact++;
            else if (is_leaked(&near_parts[data->copies->near[i]], sample))
                of->near++;
        }
    }
    free(exact);
    free(near);
    return status;
}
