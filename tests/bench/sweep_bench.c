/* sweep-bench: how long bclass takes, stage by stage, to read a file of scores and to measure it.
 *
 *     sweep-bench --make N [--seed N] > FILE
 *     sweep-bench FILE [--threads N] [--runs N]
 *
 * The first writes N rows of label,score: two normal distributions of logits, the scores with nine digits.
 * The second prints one line of JSON: medians of the seconds, the results, and the memory at its highest. */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "cli/rows.h"

#include <bclass/curve.h>
#include <bclass/interval.h>
#include <bclass/logit.h>
#include <bclass/pick.h>
#include <bclass/reliability.h>
#include <bclass/scores.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { MOST_RUNS = 99 };

typedef struct settings {
    int64_t make, seed, threads, runs;
} settings;

#define FIELD(name) offsetof(settings, name)

static const bc_option table[] = {
    {.name = "make",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(make),
     .value_name = "N",
     .least = 1,
     .most = 1e10,
     .help = "write N rows to standard output instead"},
    {BC_ROW_SEED(FIELD(seed)), .help = "of the rows to write"},
    {BC_ROW_THREADS(FIELD(threads)), .help = "threads to work with"},
    {.name = "runs",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(runs),
     .value_name = "N",
     .least = 1,
     .most = MOST_RUNS,
     .help = "the medians are of so many"},
    {.name = NULL},
};

/* ---- rows ---- */

/* Box and Muller 1958. */
static double normal(bc_random *random) {
    const double pi = 3.14159265358979324;
    double radius = sqrt(-2 * log1p(-bc_random_uniform(random)));
    return radius * cos(2 * pi * bc_random_uniform(random));
}

static bool make_rows(const settings *set) {
    bc_random random = bc_random_keyed((uint64_t)set->seed, BC_RANDOM_RESAMPLE, 0, 0);
    puts("label,score");
    for (int64_t i = 0; i < set->make && !ferror(stdout); i++) {
        int label = bc_random_uniform(&random) < 0.5;
        float score = (float)bc_sigmoid(1.5 * normal(&random) + (label ? 1.2 : -1.2));
        printf("%d,%.9g\n", label, (double)score);
    }
    return fflush(stdout) == 0 && !ferror(stdout);
}

/* ---- measuring ---- */

typedef enum stage { PARSE, SORT, METRICS, PICK, TOTAL, STAGES } stage;

static const char *const stage_names[STAGES] = {"parse_s", "sort_s", "metrics_s", "pick_s", "total_s"};

typedef struct results {
    size_t rows;
    bc_curve_measures measures;
    bc_binned_error ece;
    bc_corp corp;
    bc_pick pick;
} results;

static bc_status run_once(double seconds[STAGES], results *found, const char *path,
                          const bc_scores_options *options, bc_pool *pool, bc_error *err) {
    bc_scores scores;
    bc_curve curve = {0};
    const bc_rule rule = {.kind = BC_RULE_MAX, .metric = {BC_METRIC_FBETA, 1}};
    double at[STAGES] = {bc_clock_seconds()};
    bc_status status = bc_scores_read(&scores, path, options, err);
    at[1] = bc_clock_seconds();
    if (status == BC_OK)
        status = bc_curve_take(&curve, &scores, BC_SPLITS_ALL, pool, err);
    at[2] = bc_clock_seconds();
    if (status == BC_OK) {
        found->rows = curve.positive.count + curve.negative.count;
        bc_curve_measure(&found->measures, &curve, bc_interval_quantile);
        bc_binned_error_measure(&found->ece, &curve, BC_BINS_EQUAL_MASS, BC_BINS_DEFAULT);
        status =
            bc_corp_decompose(&found->corp, &curve, found->measures.brier, found->measures.log_loss, err);
    }
    at[3] = bc_clock_seconds();
    if (status == BC_OK)
        bc_pick_choose(&found->pick, &curve, &rule);
    at[4] = bc_clock_seconds();
    for (int i = 0; i < TOTAL; i++)
        seconds[i] = at[i + 1] - at[i];
    seconds[TOTAL] = at[4] - at[0];
    bc_curve_free(&curve);
    bc_scores_free(&scores);
    return status;
}

static void print(double seconds[STAGES][MOST_RUNS], size_t runs, const results *found, unsigned threads) {
    const bc_curve_measures *measures = &found->measures;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"threads\":%u,\"rows\":%zu", threads, found->rows);
    for (int i = 0; i < STAGES; i++)
        printf(",\"%s\":%.4f", stage_names[i], bench_median(seconds[i], runs));
    printf(",\"peak_rss_mib\":%ld,\"auroc\":%.9f,\"auroc_low\":%.9f,\"auroc_high\":%.9f,\"ap\":%.9f,"
           "\"log_loss\":%.9f,\"brier\":%.9f,\"mcb\":%.9f,\"ece\":%.9f,\"f1\":%.9f,\"f1_cutoff\":%.9f}\n",
           usage.ru_maxrss / 1024, measures->auroc, measures->auroc_low, measures->auroc_high,
           measures->average_precision, measures->log_loss, measures->brier, found->corp.brier.mcb,
           found->ece.value, bc_fbeta(&found->pick.counts, 1), found->pick.score);
}

static bc_status measure(const settings *set, const char *path, bc_error *err) {
    void *block = NULL;
    bc_pool *pool;
    results found = {0};
    const bc_scores_options options = {.threads = (unsigned)set->threads};
    bc_status status = bc_pool_create(&pool, options.threads, err);
    if (status == BC_OK)
        status = bc_alloc(&block, STAGES * MOST_RUNS, sizeof(double), err);
    double(*seconds)[MOST_RUNS] = block;
    for (size_t run = 0; status == BC_OK && run < (size_t)set->runs; run++) {
        double once[STAGES];
        status = run_once(once, &found, path, &options, pool, err);
        for (int i = 0; i < STAGES; i++)
            seconds[i][run] = once[i];
    }
    if (status == BC_OK)
        print(seconds, (size_t)set->runs, &found, bc_pool_threads(pool));
    bc_pool_free(pool);
    free(block);
    return status;
}

static bc_status run(const void *block, const bc_arguments *arguments, bc_error *err) {
    const settings *set = block;
    if (arguments->count != (set->make == 0))
        return bc_fail(err, BC_ERROR_USAGE, "one file of scores must be named, or --make N given");
    if (set->make == 0)
        return measure(set, arguments->items[0], err);
    return make_rows(set) ? BC_OK : bc_fail(err, BC_ERROR_IO, "cannot write the rows");
}

int main(int argc, char **argv) {
    const bench_program program = {"sweep-bench", "FILE [OPTIONS], or --make N > FILE", table, run};
    settings set = {.seed = 1, .runs = 1};
    return bench_main(&program, &set, argc, argv);
}
