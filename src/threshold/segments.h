/*
 * A curve in segments that threads can share: sums over segments, added up in order, are the same for any
 * number of threads, for where a segment ends depends on the curve alone.
 */
#ifndef BC_THRESHOLD_SEGMENTS_H
#define BC_THRESHOLD_SEGMENTS_H

#include <bclass/curve.h>

enum { BC_SEGMENTS_MOST = 64 };

/* The groups between two points. */
typedef struct bc_segment {
    size_t index;
    bc_curve_point from, to;
} bc_segment;

/* At least 1; about as many items in each. */
size_t bc_segments_count(const bc_curve *curve);

/* Runs task for each segment, by the threads of the curve's pool. */
typedef void bc_segment_task(void *context, const bc_curve *curve, const bc_segment *segment);
void bc_segments_run(const bc_curve *curve, bc_segment_task *task, void *context);

#endif
