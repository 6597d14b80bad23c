/* Draws rows by counting how often each comes, so that nothing is sorted again. */
#include <bclass/bootstrap.h>

#include "base/memory.h"
#include "base/threads.h"
#include "threshold/draw.h"
#include "threshold/part.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is drawn is a unit, a row or a cluster: units are numbered, those of a kind one after the other. */
typedef struct units {
    const uint32_t *of_positive, *of_negative; /* NULL: each row is one, the positives first */
    size_t kinds[BC_CLUSTER_KINDS], count;
} units;

/* What a worker needs for one replicate at a time. */
typedef struct scratch {
    uint32_t *drawn; /* how often, by unit */
    bc_curve curve;
    bc_pick *picks;
} scratch;

/* What a replicate says of a rule; NaN each when it is not met. */
enum { CUTOFF = BC_BOOTSTRAP_MEASURES, SAYINGS };

typedef struct bootstrap {
    const bc_curve *curve;
    units units;
    size_t rules, replicates;
    uint64_t seed;
    bc_chooser *choose;
    const void *context;
    double *said; /* by rule, what is said, and replicate */
    scratch *scratches;
    bc_pool *pool;
} bootstrap;

static units find_units(const bc_curve *curve, const bc_clusters *clusters) {
    units found = {.of_positive = clusters->positive, .of_negative = clusters->negative};
    if (clusters->positive != NULL) {
        memcpy(found.kinds, clusters->kinds, sizeof found.kinds);
    } else {
        found.kinds[BC_CLUSTER_POSITIVE] = curve->positive.count;
        found.kinds[BC_CLUSTER_NEGATIVE] = curve->negative.count;
    }
    for (size_t i = 0; i < BC_CLUSTER_KINDS; i++)
        found.count += found.kinds[i];
    return found;
}

/* ---- one replicate ---- */

static void draw_units(uint32_t *drawn, const units *from, bc_random random) {
    size_t first = 0;
    memset(drawn, 0, from->count * sizeof *drawn);
    for (size_t kind = 0; kind < BC_CLUSTER_KINDS; kind++) {
        size_t count = from->kinds[kind];
        for (size_t i = 0; i < count; i++)
            drawn[first + bc_draw_below(&random, count)]++;
        first += count;
    }
}

/* How often an item of a class was drawn; first is the number of the class's first unit. */
static uint32_t times_drawn(const uint32_t *drawn, const uint32_t *unit_of, size_t first, size_t item) {
    return drawn[unit_of != NULL ? unit_of[item] : first + item];
}

/* A row drawn k times counts k times. */
static void fill_class(bc_curve_class *to, const bc_curve_class *from, const uint32_t *drawn,
                       const uint32_t *unit_of, size_t first) {
    double sum = 0, squares = 0;
    size_t count = 0;
    to->sums[0] = to->square_sums[0] = 0;
    for (size_t i = 0; i < from->count; i++) {
        uint32_t times = times_drawn(drawn, unit_of, first, i);
        to->values[count] = from->values[i];
        count += times > 0;
        sum += times * bc_item_weight(from, i);
        squares += times * bc_item_square(from, i);
        to->sums[count] = sum;
        to->square_sums[count] = squares;
    }
    to->count = count;
}

/* What the items [first, last) of a class weigh, of those that were not drawn. */
static double weight_left(const bc_curve_class *of, const uint32_t *drawn, const uint32_t *unit_of,
                          size_t first_unit, size_t first, size_t last) {
    double sum = 0;
    for (size_t i = first; i < last; i++)
        sum += times_drawn(drawn, unit_of, first_unit, i) == 0 ? bc_item_weight(of, i) : 0;
    return sum;
}

static bc_confusion measure_left(const bootstrap *in, const uint32_t *drawn, const bc_pick *pick) {
    const bc_curve_class *positive = &in->curve->positive, *negative = &in->curve->negative;
    const uint32_t *of_positive = in->units.of_positive, *of_negative = in->units.of_negative;
    bc_curve_point at = bc_pick_apply(pick, in->curve);
    size_t behind = positive->count;
    return (bc_confusion){
        .tp = weight_left(positive, drawn, of_positive, 0, 0, at.positives),
        .fn = weight_left(positive, drawn, of_positive, 0, at.positives, positive->count),
        .fp = weight_left(negative, drawn, of_negative, behind, 0, at.negatives),
        .tn = weight_left(negative, drawn, of_negative, behind, at.negatives, negative->count)};
}

static double *said_of(const bootstrap *in, size_t rule, size_t what) {
    return in->said + (rule * SAYINGS + what) * in->replicates;
}

static void say(const bootstrap *in, size_t rule, size_t replicate, const bc_pick *pick,
                const uint32_t *drawn) {
    double sayings[SAYINGS] = {NAN, NAN, NAN, NAN, NAN};
    if (pick->met) {
        bc_confusion counts = measure_left(in, drawn, pick);
        sayings[BC_BOOTSTRAP_PRECISION] = bc_precision(&counts);
        sayings[BC_BOOTSTRAP_RECALL] = bc_recall(&counts);
        sayings[BC_BOOTSTRAP_SPECIFICITY] = bc_specificity(&counts);
        sayings[BC_BOOTSTRAP_F1] = bc_fbeta(&counts, 1);
        sayings[CUTOFF] = pick->value;
    }
    for (size_t i = 0; i < SAYINGS; i++)
        said_of(in, rule, i)[replicate] = sayings[i];
}

static void run_replicate(const bootstrap *in, scratch *with, size_t replicate) {
    const bc_curve *curve = in->curve;
    draw_units(with->drawn, &in->units, bc_random_keyed(in->seed, BC_RANDOM_RESAMPLE, replicate, 1));
    fill_class(&with->curve.positive, &curve->positive, with->drawn, in->units.of_positive, 0);
    fill_class(&with->curve.negative, &curve->negative, with->drawn, in->units.of_negative,
               curve->positive.count);
    in->choose(with->picks, &with->curve, in->context);
    for (size_t i = 0; i < in->rules; i++)
        say(in, i, replicate, &with->picks[i], with->drawn);
}

static void run_part(void *context, unsigned worker) {
    const bootstrap *in = context;
    size_t first, last;
    bc_pool_range(in->pool, worker, in->replicates, &first, &last);
    for (size_t i = first; i < last; i++)
        run_replicate(in, &in->scratches[worker], i);
}

/* ---- all replicates ---- */

static int ascending(const void *first, const void *second) {
    double a = *(const double *)first, b = *(const double *)second;
    return (a > b) - (a < b);
}

/* Sorts what is defined to the front. */
static size_t sort_defined(double *values, size_t count) {
    size_t defined = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isnan(values[i]))
            values[defined++] = values[i];
    }
    qsort(values, defined, sizeof *values, ascending);
    return defined;
}

/* In thousandths, so that the rank is exact. */
static double percentile(const double *sorted, size_t count, size_t thousandths) {
    return count > 0 ? sorted[(count * thousandths + 999) / 1000 - 1] : NAN;
}

static bc_spread spread_of(const double *sorted, size_t count) {
    return (bc_spread){percentile(sorted, count, 25), percentile(sorted, count, 500),
                       percentile(sorted, count, 975)};
}

static void summarise(bc_bootstrap *to, const bootstrap *in, size_t rule) {
    double *cutoffs = said_of(in, rule, CUTOFF);
    to->replicates = in->replicates;
    to->met = sort_defined(cutoffs, in->replicates);
    to->cutoff = spread_of(cutoffs, to->met);
    for (size_t i = 0; i < BC_BOOTSTRAP_MEASURES; i++) {
        double *values = said_of(in, rule, i), sum = 0;
        size_t defined = sort_defined(values, in->replicates);
        for (size_t j = 0; j < defined; j++)
            sum += values[j];
        to->defined[i] = defined;
        to->mean[i] = defined > 0 ? sum / (double)defined : NAN;
        to->spread[i] = spread_of(values, defined);
    }
}

static bc_status create_scratch(scratch *with, const bootstrap *in, bc_error *err) {
    void *drawn = NULL, *picks = NULL;
    bc_status status = bc_alloc(&drawn, in->units.count, sizeof *with->drawn, err);
    if (status == BC_OK)
        status = bc_alloc(&picks, in->rules, sizeof *with->picks, err);
    with->drawn = drawn;
    with->picks = picks;
    return status == BC_OK ? bc_part_create(&with->curve, in->curve, true, err) : status;
}

static bc_status create_scratches(bootstrap *in, unsigned workers, bc_error *err) {
    void *scratches, *said = NULL;
    size_t numbers;
    bc_status status = bc_alloc(&scratches, workers, sizeof *in->scratches, err);
    in->scratches = scratches;
    for (unsigned i = 0; status == BC_OK && i < workers; i++)
        status = create_scratch(&in->scratches[i], in, err);
    if (status != BC_OK)
        return status;
    if (!bc_size_multiply(&numbers, in->rules * SAYINGS, in->replicates))
        return bc_fail(err, BC_ERROR_MEMORY, "out of memory for %zu replicates", in->replicates);
    status = bc_alloc(&said, numbers, sizeof *in->said, err);
    in->said = said;
    return status;
}

static void free_job(bootstrap *of, unsigned workers) {
    for (unsigned i = 0; of->scratches != NULL && i < workers; i++) {
        free(of->scratches[i].drawn);
        free(of->scratches[i].picks);
        bc_curve_free(&of->scratches[i].curve);
    }
    free(of->scratches);
    free(of->said);
    bc_pool_free(of->pool);
}

bc_status bc_bootstrap_run(bc_bootstrap *results, size_t count, const bc_curve *curve,
                           const bc_clusters *clusters, size_t replicates, uint64_t seed, unsigned threads,
                           bc_chooser *choose, const void *context, bc_error *err) {
    bootstrap job = {.curve = curve,
                     .units = find_units(curve, clusters),
                     .rules = count,
                     .replicates = replicates,
                     .seed = seed,
                     .choose = choose,
                     .context = context};
    unsigned workers = 0;
    bc_status status = bc_pool_create(&job.pool, threads, err);
    if (status == BC_OK) {
        workers = bc_pool_threads(job.pool);
        status = create_scratches(&job, workers, err);
    }
    if (status == BC_OK) {
        bc_pool_run(job.pool, run_part, &job);
        for (size_t i = 0; i < count; i++)
            summarise(&results[i], &job, i);
    }
    free_job(&job, workers);
    return status;
}
