/* pictures-bench: how long it takes from a folder of pictures to the first training step.
 *
 *     pictures-bench DATA [--net FILE.json] [--positive NAME] [--side N] [--threads N] [--runs N]
 *
 * Does what `bclass train` does, and prints one line of JSON with the medians over the runs: seconds for
 * listing the files, looking at some to choose a size, decoding all of them into memory, and from the start
 * until the first step is done, if it is given a network; and the pictures decoded a second, by all threads
 * and by each. */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"

#include "base/clock.h"
#include "cli/rows.h"
#include "dataset/cache.h"
#include "train/train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RUNS = 99, MOST_PIXELS = 100000000 };

typedef struct settings {
    const char *net, *positive;
    int64_t side, threads, runs;
} settings;

#define FIELD(name) offsetof(settings, name)

static const bc_option table[] = {
    {.name = "net",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(net),
     .value_name = "FILE",
     .help = "the network of a first step; without it, none is taken"},
    {BENCH_ROW_POSITIVE(FIELD(positive))},
    {BENCH_ROW_SIDE(FIELD(side))},
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

typedef enum stage { LIST, SURVEY, DECODE, FIRST_STEP, STAGES } stage;

static const char *const stage_names[STAGES] = {"list_s", "survey_s", "decode_s", "first_step_s"};

typedef struct bench {
    const settings *set;
    bc_pool *pool;
    bc_dataset dataset;
    bc_cache cache;
    bc_preprocess preprocess;
    bc_network network;
    bc_history history;
    double first_step; /* when it was done; 0 before */
    size_t pictures;
} bench;

static void on_step(void *context, size_t epoch, size_t step, size_t steps, double loss) {
    bench *b = context;
    (void)epoch, (void)step, (void)steps, (void)loss;
    if (b->first_step == 0)
        b->first_step = bc_clock_seconds();
}

static bool is_stopped(void *context) {
    return ((bench *)context)->first_step != 0;
}

static bc_status make_network(bench *b, bc_error *err) {
    const bc_preprocess *p = &b->preprocess;
    bc_spec spec;
    bc_status status =
        bc_spec_read_file(&spec, b->set->net, (bc_shape){p->channels, p->height, p->width}, err);
    if (status == BC_OK)
        status = bc_network_create(&b->network, &spec, BC_PARAMETER_LIMIT, err);
    bc_spec_free(&spec);
    if (status == BC_OK)
        bc_network_initialise(&b->network, 1);
    return status;
}

static bc_status take_first_step(bench *b, bc_error *err) {
    bc_train_options options = {
        .epochs = 1,
        .batch_size = 128,
        .on_step = on_step,
        .is_stopped = is_stopped,
        .context = b,
    };
    bc_train_defaults(&options, &b->dataset);
    b->first_step = 0;
    return bc_train(&b->network, &b->history, &b->dataset, &b->cache, &b->preprocess, &options, b->pool, err);
}

static bc_status run_stages(double seconds[STAGES], bench *b, const char *path, bc_error *err) {
    enum { LARGEST_SIDE = 64 };
    const bc_dataset_options options = {.positive = b->set->positive, .seed = 1};
    const bc_cache_options cache_options = {.max_pixels = MOST_PIXELS};
    double at[DECODE + 2] = {bc_clock_seconds()};
    bc_status status = bc_dataset_open(&b->dataset, path, &options, err);
    at[1] = bc_clock_seconds();
    if (status == BC_OK)
        status = bc_cache_survey(&b->preprocess, &b->dataset, LARGEST_SIDE, b->pool, err);
    if (b->set->side > 0)
        b->preprocess.width = b->preprocess.height = (uint32_t)b->set->side;
    if (status == BC_OK && b->set->net != NULL)
        status = make_network(b, err);
    at[2] = bc_clock_seconds();
    if (status == BC_OK)
        status = bc_cache_load(&b->cache, &b->dataset, &b->preprocess, b->pool, &cache_options, err);
    at[3] = bc_clock_seconds();
    if (status == BC_OK) {
        b->pictures = b->cache.count;
        status = bc_cache_measure(&b->preprocess, &b->cache, &b->dataset, b->pool, err);
    }
    if (status == BC_OK && b->set->net != NULL)
        status = take_first_step(b, err);
    for (int i = 0; i <= DECODE; i++)
        seconds[i] = at[i + 1] - at[i];
    seconds[FIRST_STEP] = b->first_step - at[0];
    return status;
}

static void release(bench *b) {
    bc_dataset_free(&b->dataset);
    bc_cache_free(&b->cache);
    bc_network_free(&b->network);
    bc_history_free(&b->history);
}

static void print(double seconds[STAGES][MOST_RUNS], const bench *b) {
    const size_t runs = (size_t)b->set->runs;
    const unsigned threads = bc_pool_threads(b->pool);
    printf("{\"pictures\":%zu,\"side\":%u,\"threads\":%u", b->pictures, b->preprocess.width, threads);
    for (int i = 0; i < (b->set->net != NULL ? STAGES : FIRST_STEP); i++)
        printf(",\"%s\":%.4f", stage_names[i], bench_median(seconds[i], runs));
    const double rate = (double)b->pictures / bench_median(seconds[DECODE], runs);
    printf(",\"decoded_per_s\":%.1f,\"decoded_per_s_and_thread\":%.1f}\n", rate, rate / threads);
}

static bc_status measure(const settings *set, const char *path, bc_error *err) {
    static double seconds[STAGES][MOST_RUNS];
    bench b = {.set = set};
    bc_status status = bc_pool_create(&b.pool, (unsigned)set->threads, err);
    for (int64_t run = 0; status == BC_OK && run < set->runs; run++) {
        double once[STAGES];
        status = run_stages(once, &b, path, err);
        for (int i = 0; i < STAGES; i++)
            seconds[i][run] = once[i];
        release(&b);
    }
    if (status == BC_OK)
        print(seconds, &b);
    bc_pool_free(b.pool);
    return status;
}

static bc_status run(const void *block, const bc_arguments *arguments, bc_error *err) {
    if (arguments->count != 1)
        return bc_fail(err, BC_ERROR_USAGE, "one folder or manifest must be named");
    return measure(block, arguments->items[0], err);
}

int main(int argc, char **argv) {
    const bench_program program = {"pictures-bench", "DATA [OPTIONS]", table, run};
    settings set = {.runs = 1};
    return bench_main(&program, &set, argc, argv);
}
