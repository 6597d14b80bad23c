/* A segment ends behind a whole group, found by the items of the greater class. */
#include "threshold/segments.h"

#include "base/threads.h"

#include <stdatomic.h>

enum { SEGMENT_ITEMS = 1 << 14 }; /* at least, but in the last one */

typedef struct walk {
    const bc_curve *curve;
    bc_segment_task *task;
    void *context;
    size_t segments;
    atomic_size_t taken;
} walk;

size_t bc_segments_count(const bc_curve *curve) {
    const size_t segments = (curve->positive.count + curve->negative.count) / SEGMENT_ITEMS + 1;
    return segments < BC_SEGMENTS_MOST ? segments : BC_SEGMENTS_MOST;
}

static bc_curve_point start_of(const walk *all, size_t segment) {
    const bc_curve *curve = all->curve;
    const bc_curve_class *class =
        curve->positive.count > curve->negative.count ? &curve->positive : &curve->negative;
    if (segment == all->segments)
        return bc_curve_all(curve);
    size_t start =
        class->count / all->segments * segment + class->count % all->segments * segment / all->segments;
    return start > 0 ? bc_curve_at(curve, class->values[start - 1]) : bc_curve_none();
}

static void run_segments(void *context, unsigned worker) {
    (void)worker;
    walk *all = context;
    for (;;) {
        bc_segment next = {.index = atomic_fetch_add(&all->taken, 1)};
        if (next.index >= all->segments)
            return;
        next.from = start_of(all, next.index);
        next.to = start_of(all, next.index + 1);
        all->task(all->context, all->curve, &next);
    }
}

void bc_segments_run(const bc_curve *curve, bc_segment_task *task, void *context) {
    walk all = {.curve = curve, .task = task, .context = context, .segments = bc_segments_count(curve)};
    bc_pool_run(all.segments > 1 ? curve->pool : NULL, run_segments, &all);
}
