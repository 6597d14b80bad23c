/* Sorts the rows by group to number the clusters, then by value as the curve does. */
#include <bclass/clusters.h>

#include "base/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct member {
    const char *group;
    double value, weight;
    uint32_t cluster;
    bool positive;
} member;

static bool is_used(const bc_scores *scores, size_t row, unsigned splits) {
    return scores->labels[row] >= 0 && (splits >> bc_scores_split(scores, row) & 1) != 0;
}

static size_t collect(member *members, const bc_scores *scores, unsigned splits) {
    size_t count = 0;
    for (size_t i = 0; i < scores->count; i++) {
        if (is_used(scores, i, splits))
            members[count++] = (member){.group = bc_scores_group(scores, i),
                                        .value = scores->values[i],
                                        .weight = scores->weights != NULL ? scores->weights[i] : 1,
                                        .positive = scores->labels[i] == 1};
    }
    return count;
}

static int by_group(const void *first, const void *second) {
    const member *a = first, *b = second;
    return strcmp(a->group, b->group);
}

/* The order of the curve, where equal values stand by their weights. */
static int by_class_and_value(const void *first, const void *second) {
    const member *a = first, *b = second;
    if (a->positive != b->positive)
        return a->positive ? -1 : 1;
    if (a->value != b->value)
        return a->value > b->value ? -1 : 1;
    if (a->weight != b->weight)
        return a->weight < b->weight ? -1 : 1;
    return (a->cluster > b->cluster) - (a->cluster < b->cluster);
}

/* Behind the last member of the cluster that starts at first. */
static size_t end_of_cluster(bc_cluster_kind *kind, const member *members, size_t first, size_t count) {
    size_t end = first + 1;
    bool both = false;
    while (end < count && members[first].group[0] != '\0' && by_group(&members[first], &members[end]) == 0)
        both |= members[end++].positive != members[first].positive;
    *kind = both ? BC_CLUSTER_MIXED : members[first].positive ? BC_CLUSTER_POSITIVE : BC_CLUSTER_NEGATIVE;
    return end;
}

/* The members are sorted by group. */
static void number_clusters(bc_clusters *clusters, member *members, size_t count) {
    bc_cluster_kind kind;
    size_t next[BC_CLUSTER_KINDS] = {0};
    for (size_t first = 0; first < count; clusters->count++) {
        first = end_of_cluster(&kind, members, first, count);
        clusters->kinds[kind]++;
    }
    for (size_t i = 1; i < BC_CLUSTER_KINDS; i++)
        next[i] = next[i - 1] + clusters->kinds[i - 1];
    for (size_t first = 0, end; first < count; first = end) {
        end = end_of_cluster(&kind, members, first, count);
        for (size_t i = first; i < end; i++)
            members[i].cluster = (uint32_t)next[kind];
        next[kind]++;
    }
}

static bc_status fill(bc_clusters *clusters, const member *members, const bc_curve *curve, bc_error *err) {
    void *positive = NULL, *negative = NULL;
    bc_status status = bc_alloc(&positive, curve->positive.count, sizeof(uint32_t), err);
    if (status == BC_OK)
        status = bc_alloc(&negative, curve->negative.count, sizeof(uint32_t), err);
    clusters->positive = positive;
    clusters->negative = negative;
    for (size_t i = 0; status == BC_OK && i < curve->positive.count; i++)
        clusters->positive[i] = members[i].cluster;
    for (size_t i = 0; status == BC_OK && i < curve->negative.count; i++)
        clusters->negative[i] = members[curve->positive.count + i].cluster;
    return status;
}

bc_status bc_clusters_find(bc_clusters *clusters, const bc_curve *curve, const bc_scores *scores,
                           unsigned splits, bc_error *err) {
    void *block;
    size_t count = curve->positive.count + curve->negative.count;
    *clusters = (bc_clusters){0};
    if (scores->groups == NULL)
        return BC_OK;
    if (count > UINT32_MAX)
        return bc_fail(err, BC_ERROR_LIMIT, "%zu rows are too many to look at their groups", count);
    bc_status status = bc_alloc(&block, count, sizeof(member), err);
    if (status != BC_OK)
        return status;
    member *members = block;
    (void)collect(members, scores, splits);
    qsort(members, count, sizeof *members, by_group);
    number_clusters(clusters, members, count);
    qsort(members, count, sizeof *members, by_class_and_value);
    status = fill(clusters, members, curve, err);
    free(members);
    return status;
}

void bc_clusters_mark(bc_curve *curve, const bc_clusters *clusters) {
    const size_t items = curve->positive.count + curve->negative.count,
                 with_positives = clusters->kinds[BC_CLUSTER_POSITIVE] + clusters->kinds[BC_CLUSTER_MIXED];
    curve->items_cluster = clusters->positive != NULL && clusters->count < items;
    curve->positives_cluster = clusters->positive != NULL && with_positives < curve->positive.count;
}

void bc_clusters_free(bc_clusters *clusters) {
    if (clusters == NULL)
        return;
    free(clusters->positive);
    free(clusters->negative);
    *clusters = (bc_clusters){0};
}
