/* How many pictures there are of each class, and whether they will do. */
#include "check/check.h"

#include "base/memory.h"

#include <bclass/guarantee.h>

#include <stdlib.h>
#include <string.h>

static int by_split_and_group(const void *a, const void *b) {
    const bc_sample *first = *(const bc_sample *const *)a, *second = *(const bc_sample *const *)b;
    if (first->split != second->split)
        return first->split < second->split ? -1 : 1;
    if (first->label != second->label)
        return first->label < second->label ? -1 : 1;
    return strcmp(first->group, second->group);
}

static bc_status count_groups(bc_class_counts *counts, const bc_dataset *dataset, bc_error *err) {
    void *block;
    size_t count = 0;
    bc_status status = bc_alloc(&block, dataset->count, sizeof(const bc_sample *), err);
    if (status != BC_OK)
        return status;
    const bc_sample **grouped = block; /* those that have a group */
    for (size_t i = 0; i < dataset->count; i++) {
        if (dataset->samples[i].group != NULL)
            grouped[count++] = &dataset->samples[i];
    }
    qsort(grouped, count, sizeof *grouped, by_split_and_group);
    for (size_t i = 0; i < count; i++) {
        const bc_sample *sample = grouped[i];
        if (i == 0 || by_split_and_group(&grouped[i - 1], &grouped[i]) != 0)
            counts->of[sample->split][sample->label].groups++;
    }
    free(grouped);
    return BC_OK;
}

bc_status bc_check_counts(bc_class_counts *counts, bc_findings *findings, const bc_check_data *data,
                          bc_error *err) {
    static const double recall = 0.95, confidence = 0.95;
    const bc_dataset *dataset = data->dataset;
    const bc_split chosen_on = dataset->folds > 0 ? BC_SPLIT_TRAIN : BC_SPLIT_VAL;
    *counts = (bc_class_counts){.needed = (size_t)bc_guarantee_needed(recall, 1 - confidence)};
    for (size_t i = 0; i < dataset->count; i++)
        counts->of[dataset->samples[i].split][dataset->samples[i].label].pictures++;
    counts->chosen_on = counts->of[chosen_on][1].pictures;
    bc_status status = count_groups(counts, dataset, err);
    for (int label = 0; status == BC_OK && label < 2; label++) {
        const bc_finding none = {.kind = BC_FINDING_CLASS,
                                 .severity = BC_SEVERITY_ERROR,
                                 .words = label == 1 ? dataset->positive : dataset->negative};
        if (counts->of[BC_SPLIT_TRAIN][label].pictures == 0)
            status = bc_findings_add(findings, &none, NULL, 0, err);
    }
    const bc_finding few = {.kind = BC_FINDING_POSITIVES,
                            .severity = counts->chosen_on > 0 ? BC_SEVERITY_NOTE : BC_SEVERITY_WARNING,
                            .value = (double)counts->chosen_on,
                            .low = (double)counts->needed};
    if (status == BC_OK && dataset->count > 0 && counts->chosen_on < counts->needed)
        status = bc_findings_add(findings, &few, NULL, 0, err);
    return status;
}
