/* What is found in data sets that were made to have it. */
#include "cmocka_includes.h"

#include "base/random.h"
#include "check/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1000, SIDE = 8 };

/* A data set of gray pictures that was never on a disk; it starts as pictures that are all alike. */
typedef struct bench {
    bc_dataset dataset;
    bc_preprocess preprocess;
    bc_cache cache;
    bc_copies copies;
    bc_examined examined[MOST];
    bc_sample samples[MOST];
    char paths[MOST][16], groups[MOST][16];
    uint8_t pixels[MOST][SIDE * SIDE];
    uint32_t exact[MOST], near[MOST];
    bc_findings findings;
    bc_check_data data;
} bench;

static bench *make(size_t count) {
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    for (size_t i = 0; i < count; i++) {
        snprintf(b->paths[i], sizeof b->paths[i], "data/%zu.png", i);
        snprintf(b->examined[i].sha256, sizeof b->examined[i].sha256, "%zu", i);
        b->samples[i] = (bc_sample){
            .path = b->paths[i], .below = 5, .bytes = 100, .label = i % 2, .split = BC_SPLIT_TRAIN};
        b->examined[i].facts = (bc_image_facts){.info = {BC_IMAGE_PNG, SIDE, SIDE, 1}, .orientation = 1};
        b->exact[i] = b->near[i] = (uint32_t)i;
    }
    b->dataset = (bc_dataset){.samples = b->samples, .count = count};
    b->preprocess = (bc_preprocess){.width = SIDE, .height = SIDE, .channels = 1};
    b->cache = (bc_cache){.count = count, .picture_bytes = SIDE * SIDE, .pixels = b->pixels[0]};
    b->copies = (bc_copies){b->exact, b->near, count};
    b->data = (bc_check_data){&b->dataset, &b->cache, &b->preprocess, b->examined, &b->copies};
    return b;
}

static void discard(bench *b) {
    bc_findings_free(&b->findings);
    free(b);
}

static void assert_ok(bc_status status, const bc_error *err) {
    if (status != BC_OK)
        fail_msg("%s", err->message);
}

/* ---- shortcuts ---- */

static bc_shortcut shortcut_of(bench *b, bc_measure_kind kind) {
    bc_shortcut shortcuts[BC_MEASURES];
    bc_error err = {0};
    bc_findings_free(&b->findings);
    assert_ok(bc_check_shortcuts(shortcuts, &b->findings, &b->data, &err), &err);
    return shortcuts[kind];
}

static void what_is_the_same_in_all_pictures_tells_nothing(void **state) {
    (void)state;
    bench *b = make(400);
    for (bc_measure_kind kind = 0; kind < BC_MEASURES; kind++)
        assert_true(isnan(shortcut_of(b, kind).auroc));
    assert_int_equal(b->findings.count, 0);
    discard(b);
}

static void a_measure_that_tells_the_class_is_a_warning(void **state) {
    (void)state;
    bench *b = make(400);
    for (size_t i = 0; i < b->dataset.count; i++)
        b->samples[i].bytes = 1000 + i + (i % 2 == 1 ? 5000 : 0);
    const bc_shortcut found = shortcut_of(b, BC_MEASURE_FILE_SIZE);
    assert_true(found.auroc > 0.999 && found.low > 0.95);
    assert_int_equal(b->findings.count, 1);
    assert_int_equal(b->findings.items[0].severity, BC_SEVERITY_WARNING);
    assert_string_equal(b->findings.items[0].words, "file size");
    discard(b);
}

/* Neither small nor large is what one class is: a line through the values would find nothing. */
static void the_middle_is_told_from_both_ends(void **state) {
    (void)state;
    bench *b = make(400);
    for (size_t i = 0; i < b->dataset.count; i++)
        b->examined[i].facts.info.width = i % 2 == 0 ? 20 : i % 4 == 1 ? 10 : 30;
    assert_true(shortcut_of(b, BC_MEASURE_DIMENSIONS).low > 0.95);
    discard(b);
}

/* One of 24 pictures being the smallest, or 3 being smaller than 3 others, is what chance does. The bounds
 * are Wilson's of 1 of 1 and 3 of 3, 1 / (1 + 1.96^2 / n). */
static void a_few_pictures_prove_no_shortcut(void **state) {
    static const struct {
        size_t count, positives;
        double low;
    } known[] = {{24, 1, 0.2065}, {6, 3, 0.4385}};
    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        bench *b = make(known[k].count);
        for (size_t i = 0; i < known[k].count; i++) {
            b->samples[i].label = i < known[k].positives;
            b->samples[i].bytes = i < known[k].positives ? 100 : 200;
        }
        const bc_shortcut found = shortcut_of(b, BC_MEASURE_FILE_SIZE);
        assert_true(found.low <= found.auroc && found.low < known[k].low + 1e-4);
        assert_true(found.auroc < 1 || fabs(found.low - known[k].low) < 1e-4);
        assert_true(found.high > 0.999 || found.auroc < 1);
        assert_int_equal(b->findings.count, 0);
        discard(b);
    }
}

static void what_chance_drew_is_no_finding(void **state) {
    (void)state;
    size_t outside = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        bench *b = make(600);
        bc_random random = bc_random_keyed(seed, BC_RANDOM_ORDER, 0, 0);
        for (size_t i = 0; i < b->dataset.count; i++)
            b->samples[i].bytes = 1 + bc_random_below(&random, 10000);
        const bc_shortcut found = shortcut_of(b, BC_MEASURE_FILE_SIZE);
        assert_true(fabs(found.auroc - 0.5) < 0.1);
        outside += found.low > 0.5;
        assert_int_equal(b->findings.count, 0);
        discard(b);
    }
    assert_true(outside <= 3); /* 1 in 40 is expected; 4 of 20 have a chance of 1 in 600 */
}

/* Each group has a camera and mostly one class. What is known of a group says nothing of another one. */
static void groups_are_not_told_by_themselves(void **state) {
    enum { GROUPS = 50 };
    (void)state;
    bench *b = make(MOST);
    bc_random random = bc_random_keyed(3, BC_RANDOM_ORDER, 0, 0);
    uint8_t label[GROUPS];
    for (size_t g = 0; g < GROUPS; g++)
        label[g] = (uint8_t)bc_random_below(&random, 2);
    for (size_t i = 0; i < b->dataset.count; i++) {
        b->samples[i].label = label[i % GROUPS];
        b->samples[i].bytes = 1000 * (i % GROUPS) + i / GROUPS;
    }
    assert_true(shortcut_of(b, BC_MEASURE_FILE_SIZE).auroc > 0.65); /* one by one the bins know it */
    for (size_t i = 0; i < b->dataset.count; i++) {
        snprintf(b->groups[i], sizeof b->groups[i], "g%zu", i % GROUPS);
        b->samples[i].group = b->groups[i];
    }
    assert_true(shortcut_of(b, BC_MEASURE_FILE_SIZE).auroc < 0.6);
    for (size_t i = 0; i < b->dataset.count; i++) { /* two halves of each group, and what joins them */
        snprintf(b->groups[i], sizeof b->groups[i], "g%zu", i % (2 * GROUPS));
        b->near[i] = i < 2 * GROUPS ? (uint32_t)(i % GROUPS) : (uint32_t)i;
    }
    assert_true(shortcut_of(b, BC_MEASURE_FILE_SIZE).auroc < 0.5);
    for (size_t i = 0; i < b->dataset.count; i++) /* now nothing does */
        b->near[i] = (uint32_t)i;
    assert_true(shortcut_of(b, BC_MEASURE_FILE_SIZE).auroc > 0.6);
    discard(b);
}

static void camera_colour_and_border_are_measures(void **state) {
    (void)state;
    bench *b = make(400);
    for (size_t i = 1; i < b->dataset.count; i += 2) {
        b->examined[i].facts.has_exif = true;
        snprintf(b->examined[i].facts.camera, BC_IMAGE_CAMERA_SIZE, "Canon");
        b->pixels[i][0] = 255; /* a corner */
    }
    assert_true(shortcut_of(b, BC_MEASURE_EXIF).low > 0.95);
    assert_true(shortcut_of(b, BC_MEASURE_BORDER).low > 0.95);
    for (size_t i = 1; i < b->dataset.count; i += 2) {
        b->pixels[i][0] = 0;
        b->pixels[i][SIDE * SIDE / 2 + SIDE / 2] = 255; /* the middle */
    }
    assert_true(isnan(shortcut_of(b, BC_MEASURE_BORDER).auroc));
    assert_true(shortcut_of(b, BC_MEASURE_MEAN_COLOUR).low > 0.95);
    discard(b);
}

/* A wide picture is padded above and below; what is there is not of its border. */
static void padding_is_not_measured(void **state) {
    (void)state;
    bench *b = make(400);
    for (size_t i = 0; i < b->dataset.count; i++) {
        b->examined[i].facts.info = (bc_image_info){BC_IMAGE_PNG, 32, 16, 1};
        memset(b->pixels[i], 50, SIDE * SIDE);
        memset(b->pixels[i], i % 2 == 1 ? 255 : 0, 2 * SIDE); /* above: rows 0 and 1 of 8 */
    }
    assert_true(isnan(shortcut_of(b, BC_MEASURE_MEAN_COLOUR).auroc));
    for (size_t i = 1; i < b->dataset.count; i += 2)
        b->pixels[i][2 * SIDE] = 60;
    assert_true(shortcut_of(b, BC_MEASURE_MEAN_COLOUR).low > 0.95);
    discard(b);
}

/* ---- a run's pictures ---- */

static void expect_origin(bench *b, const bc_signature *signature, uint64_t pictures, bc_severity severity,
                          double found, double expected) {
    bc_error err = {0};
    bc_findings_free(&b->findings);
    assert_ok(bc_check_origin(&b->findings, &b->data, signature, pictures, &err), &err);
    assert_int_equal(b->findings.count, 1);
    assert_int_equal(b->findings.items[0].severity, severity);
    assert_true(b->findings.items[0].value == found);
    assert_true(b->findings.items[0].low == (double)signature->count);
    assert_true(fabs(b->findings.items[0].high - expected) < 1e-12);
}

/* Pictures are known by their bytes, "0" to "7" here, and two that are the same count once. */
static void a_run_of_other_pictures_is_a_warning_and_of_some_that_are_gone_a_note(void **state) {
    static const char *const all[] = {"7", "3", "0", "5"};
    static const struct {
        const char *recorded[4];
        int found;
        bc_severity severity;
    } known[] = {{{"7", "3", "8", "9"}, 2, BC_SEVERITY_NOTE},
                 {{"7", "x", "8", "9"}, 1, BC_SEVERITY_WARNING},
                 {{"y", "x", "8", "9"}, 0, BC_SEVERITY_WARNING}};
    (void)state;
    bench *b = make(8);
    bc_signature signature = {.count = 4};
    bc_error err = {0};
    snprintf(b->examined[6].sha256, sizeof b->examined[6].sha256, "7");
    for (size_t i = 0; i < 4; i++)
        snprintf(signature.sha256[i], sizeof signature.sha256[i], "%s", all[i]);
    assert_ok(bc_check_origin(&b->findings, &b->data, &signature, 100, &err), &err);
    assert_int_equal(b->findings.count, 0);
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        for (size_t i = 0; i < 4; i++)
            snprintf(signature.sha256[i], sizeof signature.sha256[i], "%s", known[k].recorded[i]);
        expect_origin(b, &signature, 8, known[k].severity, known[k].found, 4);
        expect_origin(b, &signature, 0, known[k].severity, known[k].found, 4);
    }
    discard(b);
}

/* Of 32 recorded, the data set has the first few. By chance a part of one picture in n has none of them with
 * probability (1 - 1/n)^32: 0.041 of 2 in 21, and 0.051 of 2 in 22 + 1/2. A quarter has 3 or fewer with
 * probability 0.025. */
static void a_part_of_the_data_that_a_run_was_made_of_is_a_note(void **state) {
    static const struct {
        size_t found;
        uint64_t pictures;
        double expected;
        bc_severity severity;
    } known[] = {{9, 220, 32 * 60.0 / 220, BC_SEVERITY_NOTE},
                 {4, 240, 8, BC_SEVERITY_NOTE},
                 {3, 240, 8, BC_SEVERITY_WARNING},
                 {0, 240, 8, BC_SEVERITY_WARNING},
                 {1, 480, 4, BC_SEVERITY_NOTE},
                 {0, 630, 32 * 2.0 / 21, BC_SEVERITY_WARNING},
                 {0, 675, 32 * 2.0 / 22.5, BC_SEVERITY_NOTE},
                 {15, 60, 32, BC_SEVERITY_WARNING},
                 {16, 60, 32, BC_SEVERITY_NOTE},
                 {16, 30, 32, BC_SEVERITY_NOTE}};
    (void)state;
    bench *b = make(60);
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        bc_signature signature = {.count = 32};
        for (size_t i = 0; i < 32; i++)
            snprintf(signature.sha256[i], sizeof signature.sha256[i], i < known[k].found ? "%zu" : "not %zu",
                     i);
        expect_origin(b, &signature, known[k].pictures, known[k].severity, (double)known[k].found,
                      known[k].expected);
    }
    discard(b);
}

/* ---- copies ---- */

static const bc_finding *only_finding(bench *b) {
    bc_error err = {0};
    bc_findings_free(&b->findings);
    assert_ok(bc_check_duplicates(&b->findings, &b->data, &err), &err);
    assert_int_equal(b->findings.count, 1);
    return &b->findings.items[0];
}

static void copies_are_told_by_likeness_split_and_label(void **state) {
    (void)state;
    bench *b = make(10);
    b->exact[7] = b->near[7] = 3;
    const bc_finding *found = only_finding(b);
    assert_int_equal(found->likeness, BC_LIKE_PIXELS);
    assert_int_equal(found->severity, BC_SEVERITY_NOTE);
    assert_int_equal(found->count, 2);
    assert_int_equal(b->findings.samples[found->first], 3);
    assert_int_equal(b->findings.samples[found->first + 1], 7);
    strcpy(b->examined[7].sha256, b->examined[3].sha256);
    assert_int_equal(only_finding(b)->likeness, BC_LIKE_BYTES);
    b->samples[7].label = 0;
    assert_true(only_finding(b)->contradictory);
    assert_int_equal(only_finding(b)->severity, BC_SEVERITY_ERROR);
    b->samples[7].label = 1;
    b->samples[7].split = BC_SPLIT_TEST;
    assert_true(only_finding(b)->across_splits);
    assert_int_equal(only_finding(b)->severity, BC_SEVERITY_ERROR);
    b->exact[7] = 7;
    assert_int_equal(only_finding(b)->likeness, BC_LIKE_NEAR);
    assert_int_equal(only_finding(b)->severity, BC_SEVERITY_WARNING);
    discard(b);
}

static void a_family_of_both_kinds_is_told_as_both(void **state) {
    (void)state;
    bc_error err = {0};
    bench *b = make(10);
    b->exact[4] = 2;
    b->near[4] = b->near[6] = 2;
    assert_ok(bc_check_duplicates(&b->findings, &b->data, &err), &err);
    assert_int_equal(b->findings.count, 2);
    assert_int_equal(b->findings.items[0].count, 2);
    assert_int_equal(b->findings.items[1].likeness, BC_LIKE_NEAR);
    assert_int_equal(b->findings.items[1].count, 3);
    discard(b);
}

static void leakage_counts_what_was_learned_from(void **state) {
    (void)state;
    bc_error err = {0};
    bc_leakage leakage[BC_SPLIT_COUNT];
    bench *b = make(10);
    b->samples[5].split = b->samples[6].split = b->samples[7].split = b->samples[8].split = BC_SPLIT_TEST;
    b->exact[5] = b->near[5] = 1; /* with train */
    b->near[6] = 1;               /* nearly */
    b->exact[8] = b->near[8] = 7; /* both in test */
    assert_ok(bc_check_leakage(leakage, &b->data, &err), &err);
    assert_int_equal(leakage[BC_SPLIT_TEST].exact, 1);
    assert_int_equal(leakage[BC_SPLIT_TEST].near, 1);
    assert_int_equal(leakage[BC_SPLIT_OOF].exact, 0);
    discard(b);
    b = make(10); /* in folds a picture is scored by what learned from the other folds */
    for (size_t i = 0; i < 10; i++)
        b->samples[i].fold = (uint32_t)(i % 2 + 1);
    b->exact[3] = b->near[3] = 1; /* both in fold 2 */
    b->exact[4] = b->near[4] = 1; /* in fold 1 */
    assert_ok(bc_check_leakage(leakage, &b->data, &err), &err);
    assert_int_equal(leakage[BC_SPLIT_OOF].exact, 3);
    discard(b);
}

/* ---- files and counts ---- */

static void odd_files_are_told(void **state) {
    (void)state;
    bc_error err = {0};
    bench *b = make(6);
    bc_skipped skipped = {(char *)"data/x.png", (char *)"empty file"};
    b->cache.skipped = &skipped;
    b->cache.skipped_count = 1;
    b->examined[0].facts.info.kind = BC_IMAGE_JPEG; /* named .png */
    b->examined[1].facts.has_exif = true;
    b->examined[1].facts.orientation = 8;
    b->examined[2].facts.is_cmyk = true;
    b->examined[3].facts.is_animated = true;
    b->examined[4].facts.info.width = b->examined[4].facts.info.height = SIDE / 2 - 1;
    b->examined[5].facts.info.width = b->examined[5].facts.info.height = 7000;
    assert_ok(bc_check_files(&b->findings, &b->data, &err), &err);
    assert_int_equal(b->findings.count, 7);
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(b->findings.items[i].kind, BC_FINDING_UNREADABLE + i);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(b->findings.samples[i], i);
    assert_int_equal(b->findings.severities[BC_SEVERITY_WARNING], 1);
    discard(b);
}

static void positives_to_choose_on_are_counted(void **state) {
    (void)state;
    bc_error err = {0};
    bc_class_counts counts;
    bench *b = make(300);
    for (size_t i = 0; i < 116; i++)
        b->samples[i].split = BC_SPLIT_VAL; /* 58 positives: 0.95^58 > 0.05 >= 0.95^59 */
    b->samples[0].group = b->samples[2].group = (char *)"a";
    b->samples[4].group = (char *)"b";
    assert_ok(bc_check_counts(&counts, &b->findings, &b->data, &err), &err);
    assert_int_equal(counts.needed, 59);
    assert_int_equal(counts.chosen_on, 58);
    assert_int_equal(counts.of[BC_SPLIT_VAL][0].groups, 2);
    assert_int_equal(b->findings.count, 1);
    bc_findings_free(&b->findings);
    b->samples[117].split = BC_SPLIT_VAL;
    assert_ok(bc_check_counts(&counts, &b->findings, &b->data, &err), &err);
    assert_int_equal(b->findings.count, 0);
    b->dataset.count = 0; /* each class has no picture, and that is all there is to say */
    assert_ok(bc_check_counts(&counts, &b->findings, &b->data, &err), &err);
    assert_int_equal(b->findings.count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(b->findings.items[i].kind, BC_FINDING_CLASS);
    discard(b);
}

/* ---- labels ---- */

static void add_score(bc_scores *scores, const char *path, double value, int label, bc_split split) {
    bc_score_row row = bc_score_row_blank;
    row.path = path;
    row.value = value;
    row.label = label;
    row.split = split;
    assert_int_equal(bc_scores_add(scores, &row, NULL), BC_OK);
}

/* The run knew the folder by another name, and the labels as they were then. */
static void suspects_are_judged_by_the_labels_of_now(void **state) {
    (void)state;
    bc_error err = {0};
    bc_label_check result;
    bc_scores scores = {0};
    bench *b = make(40);
    for (size_t i = 0; i < 40; i++) {
        char path[64];
        snprintf(path, sizeof path, "elsewhere/data/%zu.png", i);
        add_score(&scores, path, i == 8 ? 0.05 : i % 2 == 1 ? 0.9 : 0.1, 0, BC_SPLIT_TEST);
    }
    add_score(&scores, "elsewhere/gone.png", 0.5, 1, BC_SPLIT_VAL);
    add_score(&scores, "elsewhere/0.png", 0.5, 1, BC_SPLIT_TRAIN);
    b->samples[8].label = 1;  /* scored 0.05 */
    b->samples[11].label = 0; /* scored 0.9 */
    assert_ok(bc_check_labels(&result, &b->findings, &b->data, &scores, 2, &err), &err);
    assert_int_equal(result.scored, 40);
    assert_int_equal(result.unknown, 1);
    assert_int_equal(b->findings.count, 4); /* a tenth */
    assert_int_equal(b->findings.samples[0], 8);
    assert_int_equal(b->findings.samples[1], 11);
    assert_true(fabs(b->findings.items[0].value - 0.95) < 1e-12);
    assert_true(b->findings.items[2].value < 0.5);
    bc_findings_free(&b->findings);
    add_score(&scores, "x/data/3.png", 0.2, 1,
              BC_SPLIT_OOF); /* where there are any they are all that counts */
    assert_ok(bc_check_labels(&result, &b->findings, &b->data, &scores, 2, &err), &err);
    assert_int_equal(result.scored, 1);
    assert_int_equal(b->findings.samples[0], 3);
    bc_scores_free(&scores);
    discard(b);
}

static void a_run_of_other_pictures_is_refused(void **state) {
    (void)state;
    bc_error err = {0};
    bc_label_check result;
    bc_scores scores = {0};
    bench *b = make(4);
    add_score(&scores, "data/x.png", 0.5, 1, BC_SPLIT_VAL);
    assert_int_equal(bc_check_labels(&result, &b->findings, &b->data, &scores, 2, &err), BC_ERROR_FORMAT);
    bc_scores_free(&scores);
    discard(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_the_same_in_all_pictures_tells_nothing),
        cmocka_unit_test(a_measure_that_tells_the_class_is_a_warning),
        cmocka_unit_test(the_middle_is_told_from_both_ends),
        cmocka_unit_test(a_few_pictures_prove_no_shortcut),
        cmocka_unit_test(what_chance_drew_is_no_finding),
        cmocka_unit_test(groups_are_not_told_by_themselves),
        cmocka_unit_test(camera_colour_and_border_are_measures),
        cmocka_unit_test(padding_is_not_measured),
        cmocka_unit_test(a_run_of_other_pictures_is_a_warning_and_of_some_that_are_gone_a_note),
        cmocka_unit_test(a_part_of_the_data_that_a_run_was_made_of_is_a_note),
        cmocka_unit_test(copies_are_told_by_likeness_split_and_label),
        cmocka_unit_test(a_family_of_both_kinds_is_told_as_both),
        cmocka_unit_test(leakage_counts_what_was_learned_from),
        cmocka_unit_test(odd_files_are_told),
        cmocka_unit_test(positives_to_choose_on_are_counted),
        cmocka_unit_test(suspects_are_judged_by_the_labels_of_now),
        cmocka_unit_test(a_run_of_other_pictures_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
