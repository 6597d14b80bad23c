/*
 * Rows that belong together, such as the pictures of one patient: where rows are set aside or drawn at
 * random, all of a cluster go the same way. Else a cutoff would be judged on what it was as good as chosen
 * on.
 */
#ifndef BCLASS_CLUSTERS_H
#define BCLASS_CLUSTERS_H

#include <bclass/curve.h>
#include <bclass/error.h>
#include <bclass/scores.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Clusters by the classes that their rows have. */
typedef enum bc_cluster_kind {
    BC_CLUSTER_POSITIVE,
    BC_CLUSTER_NEGATIVE,
    BC_CLUSTER_MIXED,
    BC_CLUSTER_KINDS
} bc_cluster_kind;

/* positive and negative are NULL where each row is on its own. */
typedef struct bc_clusters {
    size_t count;
    size_t kinds[BC_CLUSTER_KINDS]; /* how many there are: clusters are numbered kind after kind */
    uint32_t *positive, *negative;  /* the cluster of each item of the curve, in its order */
} bc_clusters;

/* From the group column of the rows that the curve was built of; a row without a group is on its own.
 * *clusters is zero-initialised by this function and freed by the caller in any case. O(n log n), and nothing
 * to do where there is no such column. */
bc_status bc_clusters_find(bc_clusters *clusters, const bc_curve *curve, const bc_scores *scores,
                           unsigned splits, bc_error *err);

/* Tells the curve whether its items are independent draws: some are not when they share a cluster. */
void bc_clusters_mark(bc_curve *curve, const bc_clusters *clusters);

void bc_clusters_free(bc_clusters *clusters);

#ifdef __cplusplus
}
#endif

#endif
