/* Every allocation of building a plan, of training, of keeping copies together, of reading scores, of
 * calibrating, of plotting and of a report made to fail in turn: a clear error each time, and nothing leaked
 * (which the address sanitizer sees). The linker puts the functions named __wrap_* in place of the C
 * library's. */
#define _POSIX_C_SOURCE 200809L
#include "cmocka_includes.h"

#include "base/threads.h"
#include "dataset/copies.h"
#include "dataset/partition.h"
#include "net/plan.h"
#include "plot/plots.h"
#include "report/report.h"
#include "train/train.h"

#include <bclass/calibration.h>
#include <bclass/curve.h>
#include <bclass/network.h>
#include <bclass/reliability.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Counts down to the allocation that fails; negative: none does. */
static long until_failure = -1;

static bool fails_now(void) {
    return until_failure >= 0 && until_failure-- == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_malloc(size_t size) {
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size) {
    return fails_now() ? NULL : __real_realloc(block, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return fails_now() ? NULL : __real_aligned_alloc(alignment, size);
}

/* All kinds of layers, in front of and behind each other, and more than the first room of a list holds. */
static const char *const networks[] = {
    "{\"layers\":[{\"type\":\"conv\",\"filters\":18,\"bias\":false},{\"type\":\"batch_norm\"},"
    "{\"type\":\"relu\",\"name\":\"a\"},{\"type\":\"conv\",\"filters\":18},{\"type\":\"batch_norm\"},"
    "{\"type\":\"add\",\"with\":\"a\"},{\"type\":\"relu\"},{\"type\":\"max_pool\"},{\"type\":\"dropout\"},"
    "{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":20},{\"type\":\"batch_norm\"},{\"type\":\"relu\"},"
    "{\"type\":\"dense\",\"units\":1}]}",
    "{\"layers\":[{\"type\":\"average_pool\"},{\"type\":\"conv\",\"filters\":2},{\"type\":\"relu\"},"
    "{\"type\":\"global_average_pool\"},{\"type\":\"dense\",\"units\":1}]}",
    "{\"layers\":[{\"type\":\"conv\",\"filters\":16},{\"type\":\"relu\"},{\"type\":\"conv\",\"filters\":16},"
    "{\"type\":\"global_average_pool\"},{\"type\":\"dense\",\"units\":1}]}",
    "{\"layers\":[{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":20},{\"type\":\"relu\"},"
    "{\"type\":\"dense\",\"units\":1}]}",
};
enum { NETWORKS = sizeof networks / sizeof networks[0] };

enum { SIDE = 8, PICTURES = 6, MOST_ALLOCATIONS = 2000 };

static void make_network(bc_network *network, const char *json) {
    bc_error err = {0};
    bc_spec spec;
    assert_int_equal(bc_spec_parse(&spec, json, strlen(json), "test", (bc_shape){3, SIDE, SIDE}, &err),
                     BC_OK);
    assert_int_equal(bc_network_create(network, &spec, BC_PARAMETER_LIMIT, &err), BC_OK);
    bc_network_initialise(network, 1);
}

static void assert_told(bc_status status, const bc_error *err, long failed) {
    if (status != BC_ERROR_MEMORY || err->status != BC_ERROR_MEMORY || err->message[0] == '\0')
        fail_msg("failed allocation %ld: status %d, message '%s'", failed, (int)status, err->message);
}

static void fail_plans(const char *json, bc_purpose purpose) {
    bc_network network;
    make_network(&network, json);
    bc_status status = BC_ERROR_MEMORY;
    long failed = 0;
    for (; status != BC_OK && failed < MOST_ALLOCATIONS; failed++) {
        bc_error err = {0};
        bc_plan *plan;
        until_failure = failed;
        status = bc_plan_create(&plan, &network, purpose, 5, 2, &err);
        until_failure = -1;
        if (status != BC_OK) {
            assert_told(status, &err, failed);
            assert_null(plan);
        }
        bc_plan_free(plan);
    }
    assert_in_range(failed, 10, MOST_ALLOCATIONS - 1);
    bc_network_free(&network);
}

static void a_plan_fails_cleanly_at_every_allocation(void **state) {
    (void)state;
    for (size_t i = 0; i < NETWORKS; i++) {
        fail_plans(networks[i], BC_TO_TRAIN);
        fail_plans(networks[i], BC_TO_PREDICT);
    }
}

/* Pictures of noise. */
static void make_data(bc_dataset *dataset, bc_cache *cache, bc_preprocess *preprocess) {
    static char path[] = "picture";
    *preprocess = (bc_preprocess){
        .width = SIDE, .height = SIDE, .channels = 3, .mean = {128, 128, 128}, .deviation = {50, 50, 50}};
    *dataset = (bc_dataset){.count = PICTURES, .samples = calloc(PICTURES, sizeof(bc_sample))};
    *cache = (bc_cache){.count = PICTURES, .picture_bytes = 3 * SIDE * SIDE};
    cache->pixels = malloc(PICTURES * cache->picture_bytes);
    for (size_t i = 0; i < PICTURES * cache->picture_bytes; i++)
        cache->pixels[i] = (uint8_t)(i * 2654435761u >> 8);
    for (size_t i = 0; i < PICTURES; i++)
        dataset->samples[i] = (bc_sample){
            .path = path, .weight = 1, .label = i % 2, .split = i < 4 ? BC_SPLIT_TRAIN : BC_SPLIT_VAL};
}

static void training_and_scoring_fail_cleanly_at_every_allocation(void **state) {
    (void)state;
    bc_error err = {0};
    bc_network network;
    bc_dataset dataset;
    bc_cache cache;
    bc_preprocess preprocess;
    bc_pool *pool;
    make_network(&network, networks[0]);
    make_data(&dataset, &cache, &preprocess);
    assert_int_equal(bc_pool_create(&pool, 1, &err), BC_OK);
    const bc_train_options options = {.epochs = 1,
                                      .batch_size = 4,
                                      .learning_rate = 1e-3,
                                      .pos_weight = 1,
                                      .sampling = BC_SAMPLING_BALANCED,
                                      .augmentation = BC_AUGMENT_LIGHT,
                                      .hflip = true,
                                      .averaging = 0.9};
    bc_status status = BC_ERROR_MEMORY;
    long failed = 0;
    for (; status != BC_OK && failed < MOST_ALLOCATIONS; failed++) {
        bc_history history;
        bc_scores scores = {.logits = true};
        err = (bc_error){0};
        until_failure = failed;
        status = bc_train(&network, &history, &dataset, &cache, &preprocess, &options, pool, &err);
        if (status == BC_OK)
            status =
                bc_train_score(&scores, &network, &dataset, &cache, &preprocess, BC_SPLIT_VAL, pool, &err);
        until_failure = -1;
        if (status != BC_OK)
            assert_told(status, &err, failed);
        bc_history_free(&history);
        bc_scores_free(&scores);
    }
    assert_in_range(failed, 40, MOST_ALLOCATIONS - 1);
    bc_pool_free(pool);
    bc_network_free(&network);
    free(dataset.samples);
    free(cache.pixels);
}

/* Copies are found, and the splits drawn anew, as those of a picture are apart. */
static bc_status keep_copies(bc_dataset *dataset, const bc_cache *cache, const bc_preprocess *preprocess,
                             bc_error *err) {
    const bc_dataset_options options = {.val = 0.4, .seed = 1};
    bc_copies copies;
    bool redrawn = false;
    bc_status status = bc_copies_find(&copies, cache, preprocess, NULL, err);
    if (status == BC_OK)
        status = bc_partition_keep_copies(dataset, &redrawn, &options, &copies, err);
    if (status == BC_OK)
        assert_true(redrawn);
    bc_copies_free(&copies);
    return status;
}

static void keeping_copies_together_fails_cleanly_at_every_allocation(void **state) {
    (void)state;
    bc_dataset dataset;
    bc_cache cache;
    bc_preprocess preprocess;
    make_data(&dataset, &cache, &preprocess);
    memcpy(cache.pixels + (PICTURES - 1) * cache.picture_bytes, cache.pixels, cache.picture_bytes);
    dataset.split_by_seed = true;
    bc_status status = BC_ERROR_MEMORY;
    long failed = 0;
    for (; status != BC_OK && failed < MOST_ALLOCATIONS; failed++) {
        bc_error err = {0};
        for (size_t i = 0; i < PICTURES; i++)
            dataset.samples[i].split = i < 4 ? BC_SPLIT_TRAIN : BC_SPLIT_VAL;
        until_failure = failed;
        status = keep_copies(&dataset, &cache, &preprocess, &err);
        until_failure = -1;
        if (status != BC_OK)
            assert_told(status, &err, failed);
    }
    assert_in_range(failed, 10, MOST_ALLOCATIONS - 1);
    free(dataset.samples);
    free(cache.pixels);
}

static bc_status measure_error(const bc_scores *scores, bc_error *err) {
    bc_curve curve;
    bc_corp corp;
    bc_status status = bc_curve_build(&curve, scores, BC_SPLITS_ALL, err);
    if (status == BC_OK)
        status = bc_corp_decompose(&corp, &curve, 0, 0, err);
    bc_curve_free(&curve);
    return status;
}

static bc_status calibrate(const bc_scores *scores, bc_calibration_method method, bc_error *err) {
    bc_calibration calibration = {0}, again = {0};
    bc_scores crossed = {0};
    char *text = NULL;
    bc_status status = bc_calibration_fit(&calibration, scores, BC_SPLITS_ALL, method, 1, err);
    if (status == BC_OK)
        status = bc_calibration_cross_fit(&crossed, scores, BC_SPLITS_ALL, method, 1, err);
    if (status == BC_OK)
        status = bc_calibration_to_json(&text, &calibration, true, err);
    if (status == BC_OK)
        status = bc_calibration_from_json(&again, text, strlen(text), "text", err);
    if (status == BC_OK)
        status = measure_error(&crossed, err);
    free(text);
    bc_scores_free(&crossed);
    bc_calibration_free(&calibration);
    bc_calibration_free(&again);
    return status;
}

static void calibrating_fails_cleanly_at_every_allocation(void **state) {
    (void)state;
    bc_scores scores = {.logits = true};
    bc_error err = {0};
    for (int i = 0; i < 40; i++) {
        bc_score_row row = bc_score_row_blank;
        char group[8];
        snprintf(group, sizeof group, "%d", i / 2);
        row.value = (37 * i) % 41;
        row.label = i % 3 == 0;
        row.weight = 1 + i % 2;
        row.group = group;
        assert_int_equal(bc_scores_add(&scores, &row, &err), BC_OK);
    }
    for (int method = BC_CALIBRATION_ISOTONIC; method <= BC_CALIBRATION_AUTO; method++) {
        bool reached = true;
        for (long failed = 0; reached; failed++) {
            assert_true(failed < MOST_ALLOCATIONS);
            err = (bc_error){0};
            until_failure = failed;
            bc_status status = calibrate(&scores, (bc_calibration_method)method, &err);
            reached = until_failure < 0;
            until_failure = -1;
            if (!reached)
                assert_int_equal(status, BC_OK);
            else if (status != BC_ERROR_FORMAT) /* a text that could not be parsed for lack of memory */
                assert_told(status, &err, failed);
        }
    }
    bc_scores_free(&scores);
}

/* Rows enough for several blocks of text, some of them to be read the careful way. */
static void write_scores(const char *path, bool wide) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(wide ? "y_a,s_a,s_b,y_b\n" : "label,score,split,weight,target\n", file);
    for (int i = 0; i < 30000; i++) {
        if (wide)
            fprintf(file, "%d,0.%d,0.25,1\n", i % 2, i);
        else
            fprintf(file, "%d,0.%d,%s,%d,t%d%s", i % 2, i, i % 3 == 0 ? "val" : "test", 1 + i % 4, i % 20,
                    i % 9999 == 5 ? "\n\n" : "\n");
    }
    assert_int_equal(fclose(file), 0);
}

/* Room for the rows to come is asked for in advance, a column at a time, and done without where there is
 * none. */
enum { COLUMNS = 5 };

static void reading_scores_fails_cleanly_at_every_allocation(void **state) {
    (void)state;
    char path[] = "scores-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    for (int wide = 0; wide <= 1; wide++) {
        const bc_scores_options options = {.threads = 1, .wide = wide ? "y_:s_" : NULL};
        bool reached = true;
        long failed = 0, done_without = 0;
        write_scores(path, wide);
        for (; reached && failed < MOST_ALLOCATIONS; failed++) {
            bc_error err = {0};
            bc_scores scores;
            bc_curve curve = {0};
            until_failure = failed;
            bc_status status = bc_scores_read(&scores, path, &options, &err);
            if (status == BC_OK)
                status = bc_curve_take(&curve, &scores, BC_SPLITS_ALL, NULL, &err);
            reached = until_failure < 0;
            until_failure = -1;
            done_without += reached && status == BC_OK;
            if (!reached)
                assert_int_equal(status, BC_OK);
            else if (status != BC_OK)
                assert_told(status, &err, failed);
            bc_curve_free(&curve);
            bc_scores_free(&scores);
        }
        assert_in_range(failed, 20, MOST_ALLOCATIONS - 1);
        assert_in_range(done_without, 0, COLUMNS);
    }
    unlink(path);
}

static bc_status plot(const bc_plot_input *input, int kind, bc_error *err) {
    static bc_status (*const builders[])(bc_chart *, const bc_plot_input *, bc_error *) = {
        bc_plot_pr, bc_plot_histogram_logit, bc_plot_reliability, bc_plot_cost, bc_plot_cutoff};
    bc_chart chart;
    bc_text text = {0};
    bc_status status = builders[kind](&chart, input, err);
    if (status == BC_OK)
        status = bc_chart_inline_svg(&text, &chart, "it", err);
    if (status == BC_OK)
        status = bc_chart_terminal(&text, &chart, 80, 24, true, false, err);
    bc_text_free(&text);
    bc_chart_free(&chart);
    return status;
}

static void plotting_fails_cleanly_at_every_allocation(void **state) {
    (void)state;
    enum { KINDS = 5 };
    bc_error err = {0};
    bc_scores scores = {.logits = true};
    bc_curve curve;
    for (int i = 0; i < 20; i++) {
        bc_score_row row = bc_score_row_blank;
        row.value = (37 * i) % 41;
        row.label = i % 3 == 0;
        assert_int_equal(bc_scores_add(&scores, &row, &err), BC_OK);
    }
    assert_int_equal(bc_curve_build(&curve, &scores, BC_SPLITS_ALL, &err), BC_OK);
    const bc_plot_pick pick = {"max f1: 0.5", 12};
    const bc_plot_input input = {.file = "scores.csv",
                                 .chosen = {"val", &curve},
                                 .test = {"test", &curve},
                                 .picks = &pick,
                                 .pick_count = 1,
                                 .cost_fn = 1};
    for (int kind = 0; kind < KINDS; kind++) {
        bool reached = true;
        long failed = 0;
        for (; reached && failed < MOST_ALLOCATIONS; failed++) {
            err = (bc_error){0};
            until_failure = failed;
            bc_status status = plot(&input, kind, &err);
            reached = until_failure < 0;
            until_failure = -1;
            if (reached)
                assert_told(status, &err, failed);
            else
                assert_int_equal(status, BC_OK);
        }
        assert_in_range(failed, 40, MOST_ALLOCATIONS - 1);
    }
    bc_curve_free(&curve);
    bc_scores_free(&scores);
}

/* All that is made of the rows: their order, pictures, the page and the sheet. */
static bc_status make_report(const bc_scores *scores, const bc_curve *curve, bc_error *err) {
    static const bc_picture_places here = {.beside = "."};
    const double half = 0;
    const unsigned splits = BC_SPLITS_ALL;
    const bc_report_cutoff cutoff = {.id = "half", .label = "0.5", .value = half};
    bc_order order;
    bc_pictures pictures = {0};
    bc_suspects suspects = {0};
    bc_report_facts facts = {0};
    bc_text page = {0};
    bc_status status = bc_order_make(&order, scores, splits, err);
    if (status == BC_OK)
        status = bc_suspects_find(&suspects, scores, splits, 2, err);
    if (status == BC_OK)
        status = bc_pictures_choose(&pictures, scores, &order, &half, 1, 6, err);
    if (status == BC_OK)
        status = bc_pictures_load(&pictures, scores, &here, BC_THUMBNAIL_SIDE, 100, NULL, NULL, NULL, err);
    bc_report_add_fact(&facts, "Data", "name", "value");
    const bc_report report = {.title = "run",
                              .scores = scores,
                              .chosen = {.name = "val", .curve = curve, .order = &order, .splits = splits},
                              .cutoffs = &cutoff,
                              .cutoff_count = 1,
                              .warnings = &facts,
                              .facts = &facts,
                              .pictures = &pictures,
                              .suspects = &suspects};
    if (status == BC_OK)
        status = bc_report_page(&page, &report, err);
    if (status == BC_OK)
        status = bc_report_sheet(&report, &here, 100, NULL, "/dev/null", err);
    bc_text_free(&page);
    bc_report_facts_free(&facts);
    bc_pictures_free(&pictures);
    bc_suspects_free(&suspects);
    bc_order_free(&order);
    return status;
}

static void a_report_fails_cleanly_at_every_allocation(void **state) {
    (void)state;
    char path[] = "picture-XXXXXX";
    const int descriptor = mkstemp(path);
    bc_error err = {0};
    bc_scores scores = {.logits = true};
    bc_curve curve;
    bool reached = true;
    long failed = 0;
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, "P5 2 1 255\n\1\2", 13), 13);
    close(descriptor);
    for (int i = 0; i < 9; i++) {
        bc_score_row row = bc_score_row_blank;
        row.path = i % 2 == 0 ? path : "gone";
        row.value = (37 * i) % 41 - 20;
        row.weight = 1 + i;
        row.label = i % 3 == 0;
        assert_int_equal(bc_scores_add(&scores, &row, &err), BC_OK);
    }
    assert_int_equal(bc_curve_build(&curve, &scores, BC_SPLITS_ALL, &err), BC_OK);
    for (; reached && failed < MOST_ALLOCATIONS; failed++) {
        err = (bc_error){0};
        until_failure = failed;
        bc_status status = make_report(&scores, &curve, &err);
        reached = until_failure < 0;
        until_failure = -1;
        if (reached)
            assert_told(status, &err, failed);
        else
            assert_int_equal(status, BC_OK);
    }
    assert_in_range(failed, 100, MOST_ALLOCATIONS - 1);
    bc_curve_free(&curve);
    bc_scores_free(&scores);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_fails_cleanly_at_every_allocation),
        cmocka_unit_test(calibrating_fails_cleanly_at_every_allocation),
        cmocka_unit_test(reading_scores_fails_cleanly_at_every_allocation),
        cmocka_unit_test(plotting_fails_cleanly_at_every_allocation),
        cmocka_unit_test(a_report_fails_cleanly_at_every_allocation),
        cmocka_unit_test(training_and_scoring_fail_cleanly_at_every_allocation),
        cmocka_unit_test(keeping_copies_together_fails_cleanly_at_every_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
