/* The file that a training goes on from. */
#include "temporary_tree.h"

#include "base/hash.h"
#include "net/safetensors.h"
#include "train/checkpoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES = 5, LEARNED = 3, EPOCHS = 4, BATCHES = 39 };

static const char identity[] =
    "{\"program\":\"bclass 1\",\"data\":{\"sha256\":\"ab\",\"val\":0.15},\"lr\":0.01,\"tta\":false}";

typedef struct state {
    float values[VALUES], best[VALUES], moments[LEARNED];
    bc_epoch epochs[2];
    bc_history history;
    bc_checkpoint checkpoint;
} state;

static void make_state(state *s, bool filled) {
    *s = (state){
        .checkpoint = {.history = &s->history, .epochs = EPOCHS, .batches = BATCHES, .has_val = true}};
    s->checkpoint.arrays[0] = (bc_checkpoint_array){"values", s->values, VALUES};
    s->checkpoint.arrays[2] = (bc_checkpoint_array){"best", s->best, VALUES};
    s->checkpoint.arrays[3] = (bc_checkpoint_array){"first_moments", s->moments, LEARNED};
    if (!filled)
        return;
    for (int i = 0; i < VALUES; i++) {
        s->values[i] = 0.1f * (float)i;
        s->best[i] = -1e-30f / (float)(i + 1);
    }
    memcpy(s->moments, (float[]){1e30f, -0.0f, 3}, sizeof s->moments);
    s->epochs[0] = (bc_epoch){.number = 1,
                              .learning_rate = 1 / 3.0,
                              .train_loss = 0.7,
                              .val_loss = 0.6,
                              .val_auroc = 0.9,
                              .val_worth = -0.6,
                              .seconds = 1.5};
    s->epochs[1] = (bc_epoch){.number = 2, .learning_rate = 0.1, .train_loss = 0.65, .val_precision = NAN};
    s->history = (bc_history){.epochs = s->epochs, .count = 2, .capacity = 2, .best = 1};
    s->checkpoint.step = 2 * BATCHES;
}

static void write_state(void) {
    bc_error err = {0};
    state s;
    make_state(&s, true);
    assert_int_equal(bc_checkpoint_write(&s.checkpoint, "c", identity, &err), BC_OK);
}

static bc_status read_state(state *s, const char *of, bc_error *err) {
    make_state(s, false);
    *err = (bc_error){0};
    return bc_checkpoint_read(&s->checkpoint, "c", of, err);
}

static void what_was_written_is_read_to_the_bit(void **unused) {
    (void)unused;
    bc_error err;
    state s, written;
    write_state();
    make_state(&written, true);
    assert_int_equal(read_state(&s, identity, &err), BC_OK);
    assert_memory_equal(s.values, written.values, sizeof s.values);
    assert_memory_equal(s.best, written.best, sizeof s.best);
    assert_memory_equal(s.moments, written.moments, sizeof s.moments);
    assert_int_equal(s.checkpoint.step, 2 * BATCHES);
    assert_int_equal(s.history.count, 2);
    assert_int_equal(s.history.best, 1);
    assert_true(s.history.epochs[0].learning_rate == 1 / 3.0 && s.history.epochs[0].val_worth == -0.6);
    assert_true(s.history.epochs[1].number == 2 && isnan(s.history.epochs[1].val_precision));
    bc_history_free(&s.history);
    char *text;
    assert_int_equal(bc_checkpoint_identity(&text, "c", &err), BC_OK);
    assert_string_equal(text, identity);
    free(text);
}

static void assert_refused(const char *of, bc_status status, const char *words) {
    bc_error err;
    state s;
    assert_int_equal(read_state(&s, of, &err), status);
    if (strstr(err.message, words) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, words);
    bc_history_free(&s.history);
}

static void a_checkpoint_of_another_training_is_refused_with_what_differs(void **unused) {
    (void)unused;
    write_state();
    assert_refused(
        "{\"program\":\"bclass 1\",\"data\":{\"sha256\":\"ab\",\"val\":0.15},\"lr\":0.02,\"tta\":false}",
        BC_ERROR_USAGE, "'lr' differs");
    assert_refused(
        "{\"program\":\"bclass 1\",\"data\":{\"sha256\":\"cd\",\"val\":0.15},\"lr\":0.01,\"tta\":false}",
        BC_ERROR_USAGE, "(the pictures, or how they are split, differ)");
    assert_refused(
        "{\"program\":\"bclass 1\",\"data\":{\"sha256\":\"ab\",\"val\":0.15},\"lr\":0.01,\"tta\":true}",
        BC_ERROR_USAGE, "'tta' differs");
    assert_refused("{\"program\":\"bclass 1\",\"data\":{\"sha256\":\"ab\"},\"lr\":0.01,\"tta\":false}",
                   BC_ERROR_USAGE, "differs");
}

/* What was typed is named, and not what follows from it. */
static void an_option_is_named_before_what_follows_from_it(void **unused) {
    (void)unused;
    bc_error err = {0};
    state s;
    make_state(&s, true);
    assert_int_equal(bc_checkpoint_write(&s.checkpoint, "c",
                                         "{\"options\":{\"seed\":\"2\",\"no-hflip\":true},"
                                         "\"data\":{\"sha256\":\"ab\"},\"tta\":false}",
                                         &err),
                     BC_OK);
    assert_refused(
        "{\"options\":{\"seed\":\"3\",\"no-hflip\":true},\"data\":{\"sha256\":\"cd\"},\"tta\":false}",
        BC_ERROR_USAGE, "(--seed differs)");
    assert_refused("{\"options\":{\"seed\":\"2\"},\"data\":{\"sha256\":\"ab\"},\"tta\":true}", BC_ERROR_USAGE,
                   "(--no-hflip differs)");
    assert_refused("{\"options\":{\"head\":\"softmax\",\"seed\":\"2\",\"no-hflip\":true},"
                   "\"data\":{\"sha256\":\"ab\"},\"tta\":false}",
                   BC_ERROR_USAGE, "(--head differs)");
}

static void a_network_with_other_layers_is_another_training(void **unused) {
    (void)unused;
    static const char then[] = "{\"lr\":1,\"layers\":[{\"type\":\"dense\",\"units\":8}]}",
                      now[] = "{\"lr\":1,\"layers\":[{\"type\":\"dense\",\"units\":9}]}",
                      renamed[] = "{\"lr\":1,\"layers\":[{\"type\":\"dense\",\"filters\":8}]}";
    bc_error err = {0};
    state s;
    make_state(&s, true);
    assert_int_equal(bc_checkpoint_write(&s.checkpoint, "c", then, &err), BC_OK);
    assert_refused(now, BC_ERROR_USAGE, "'layers' differs");
    assert_refused(renamed, BC_ERROR_USAGE, "'layers' differs");
    assert_int_equal(read_state(&s, then, &err), BC_OK);
    bc_history_free(&s.history);
}

static void what_was_written_otherwise_is_refused_too(void **unused) {
    (void)unused;
    bc_error err = {0};
    state s;
    make_state(&s, true);
    assert_int_equal(bc_checkpoint_write(&s.checkpoint, "c", "{\"lr\":1,\"group_from\":null}", &err), BC_OK);
    assert_refused("{\"lr\":1, \"group_from\":null}", BC_ERROR_USAGE, "(they are written otherwise)");
    assert_refused("{\"lr\":1,\"group_from\":[]}", BC_ERROR_USAGE, "('group_from' differs)");
    assert_refused("{\"lr\":[1],\"group_from\":null}", BC_ERROR_USAGE, "('lr' differs)");
}

/* A training that was begun has a checkpoint before its first step. */
static void one_without_an_epoch_is_read(void **unused) {
    (void)unused;
    bc_error err = {0};
    state s;
    make_state(&s, true);
    s.history.count = s.history.best = 0;
    s.checkpoint.step = 0;
    assert_int_equal(bc_checkpoint_write(&s.checkpoint, "c", identity, &err), BC_OK);
    assert_int_equal(read_state(&s, identity, &err), BC_OK);
    assert_true(s.checkpoint.step == 0 && s.history.count == 0 && s.history.best == 0);
    bc_history_free(&s.history);
}

/* SHA-256 of the two texts, each with its NUL, and the arrays. */
static void hash_state(char checksum[BC_HASH_TEXT_SIZE], const char *text, const float *values,
                       size_t count) {
    bc_error err = {0};
    bc_hash *hash;
    assert_int_equal(bc_hash_create(&hash, &err), BC_OK);
    bc_hash_add(hash, identity, sizeof identity);
    bc_hash_add(hash, text, strlen(text) + 1);
    bc_hash_add(hash, values, count * sizeof *values);
    bc_hash_finish(hash, checksum);
    bc_hash_free(hash);
}

/* A file with this state, whose arrays are as they should be but for the first value. */
static void put_state(const char *text, float first) {
    bc_error err = {0};
    float values[2 * VALUES + LEARNED] = {first};
    char checksum[BC_HASH_TEXT_SIZE];
    hash_state(checksum, text, values, sizeof values / sizeof values[0]);
    const bc_metadata metadata[] = {{"format", "bclass-checkpoint"},
                                    {"version", "2"},
                                    {"training", identity},
                                    {"state", text},
                                    {"sha256", checksum}};
    const bc_tensor tensors[] = {
        {.name = "values", .rank = 1, .shape = {VALUES}, .offset = 0, .count = VALUES},
        {.name = "best", .rank = 1, .shape = {VALUES}, .offset = VALUES, .count = VALUES},
        {.name = "first_moments", .rank = 1, .shape = {LEARNED}, .offset = 2 * VALUES, .count = LEARNED},
    };
    assert_int_equal(bc_safetensors_write("c", metadata, 5, tensors, 3, values, &err), BC_OK);
}

#define START "\"learning_rate\":0.1,\"train_loss\":0.7,"
#define JUDGED "\"val_loss\":0.6,\"val_auroc\":0.9,\"val_average_precision\":0.9,"
#define REST                                                                                                 \
    "\"val_recall\":null,\"val_precision\":null,\"val_worth\":-0.6,\"images_per_second\":10,\"seconds\":1"
#define EPOCH "{" START JUDGED REST "}"
#define NO_VAL                                                                                               \
    "{" START "\"val_loss\":null,\"val_auroc\":null,\"val_average_precision\":null,\"val_recall\":null,"     \
    "\"val_precision\":null,\"val_worth\":null,\"images_per_second\":10,\"seconds\":1}"

static void what_no_training_can_have_come_to_is_refused(void **unused) {
    (void)unused;
    static const char *const states[] = {
        "[]",
        "{}",
        "{\"step\":39,\"kept\":1}",
        "{\"step\":39,\"kept\":1,\"epochs\":{}}",
        "{\"step\":39,\"kept\":1,\"epochs\":[3]}",
        "{\"step\":39,\"kept\":1,\"epochs\":[{}]}",
        "{\"step\":-39,\"kept\":1,\"epochs\":[" EPOCH "]}",
        "{\"step\":39.5,\"kept\":1,\"epochs\":[" EPOCH "]}",
        "{\"step\":40,\"kept\":1,\"epochs\":[" EPOCH "]}",
        "{\"step\":0,\"kept\":1,\"epochs\":[" EPOCH "]}",
        "{\"step\":39,\"kept\":0,\"epochs\":[" EPOCH "]}",
        "{\"step\":39,\"kept\":-1,\"epochs\":[" EPOCH "]}",
        "{\"step\":39,\"kept\":2,\"epochs\":[" EPOCH "]}",
        "{\"step\":0,\"kept\":1,\"epochs\":[]}",
        "{\"step\":39,\"kept\":0,\"epochs\":[]}",
        "{\"step\":195,\"kept\":1,\"epochs\":[" EPOCH "," EPOCH "," EPOCH "," EPOCH "," EPOCH "]}",
        "{\"step\":39,\"kept\":1,\"epochs\":[" NO_VAL "]}",
        "{\"step\":39,\"kept\":1,\"epochs\":[{\"train_loss\":null,\"learning_rate\":0.1," JUDGED REST "}]}",
        "{\"step\":39,\"kept\":1,\"epochs\":[{\"train_loss\":1e999,\"learning_rate\":0.1," JUDGED REST "}]}",
        "{\"step\":39,\"kept\":1,\"epochs\":[{\"train_loss\":\"low\",\"learning_rate\":0.1," JUDGED REST
        "}]}",
    };
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        bc_error err;
        state s;
        put_state(states[i], 0);
        if (read_state(&s, identity, &err) != BC_ERROR_FORMAT || strstr(err.message, "c: ") == NULL)
            fail_msg("%s: '%s'", states[i], err.message);
        bc_history_free(&s.history);
    }
}

static void a_val_that_is_not_there_has_no_numbers(void **unused) {
    (void)unused;
    bc_error err = {0};
    state s;
    put_state("{\"step\":39,\"kept\":1,\"epochs\":[" NO_VAL "]}", 0);
    make_state(&s, false);
    s.checkpoint.has_val = false;
    assert_int_equal(bc_checkpoint_read(&s.checkpoint, "c", identity, &err), BC_OK);
    bc_history_free(&s.history);
    put_state("{\"step\":39,\"kept\":1,\"epochs\":[" EPOCH "]}", 0);
    make_state(&s, false);
    s.checkpoint.has_val = false;
    assert_int_equal(bc_checkpoint_read(&s.checkpoint, "c", identity, &err), BC_ERROR_FORMAT);
    bc_history_free(&s.history);
}

static void values_that_are_no_finite_numbers_are_neither_read_nor_written(void **unused) {
    (void)unused;
    static const char one[] = "{\"step\":39,\"kept\":1,\"epochs\":[" EPOCH "]}";
    bc_error err = {0};
    state s;
    put_state(one, 1);
    assert_int_equal(read_state(&s, identity, &err), BC_OK);
    bc_history_free(&s.history);
    put_state(one, NAN);
    assert_refused(identity, BC_ERROR_FORMAT, "no finite number");
    put_state(one, -INFINITY);
    assert_refused(identity, BC_ERROR_FORMAT, "no finite number");
    write_state();
    make_state(&s, true);
    s.moments[1] = INFINITY;
    assert_int_equal(bc_checkpoint_write(&s.checkpoint, "c", identity, &err), BC_ERROR_FORMAT);
    assert_non_null(strstr(err.message, "'first_moments'"));
    assert_int_equal(read_state(&s, identity, &err), BC_OK); /* the one before is still there */
    bc_history_free(&s.history);
}

static void assert_refused_as_damaged(void) {
    bc_error err;
    state s;
    assert_int_equal(read_state(&s, identity, &err), BC_ERROR_FORMAT);
    if (strstr(err.message, "c: no usable checkpoint: ") != err.message ||
        strstr(err.message, "; --force starts anew") == NULL)
        fail_msg("'%s'", err.message);
    bc_history_free(&s.history);
}

/* What is changed may at most be what nothing depends on, as a blank in the header. */
static void assert_refused_or_unharmed(void) {
    bc_error err;
    state s, written;
    make_state(&written, true);
    if (read_state(&s, identity, &err) == BC_OK) {
        assert_memory_equal(s.values, written.values, sizeof s.values);
        assert_memory_equal(s.best, written.best, sizeof s.best);
        assert_memory_equal(s.moments, written.moments, sizeof s.moments);
        assert_int_equal(s.history.count, 2);
        assert_true(s.history.epochs[0].learning_rate == 1 / 3.0 && s.history.epochs[0].train_loss == 0.7);
    }
    bc_history_free(&s.history);
}

/* Every file that is cut short, or has one byte changed. */
static void a_damaged_file_is_refused(void **unused) {
    (void)unused;
    uint8_t bytes[8192];
    write_state();
    FILE *file = fopen("c", "rb");
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_in_range(size, 100, sizeof bytes - 1);
    for (size_t cut = 0; cut < size; cut += 7) {
        put_bytes("c", (const char *)bytes, cut);
        assert_refused_as_damaged();
    }
    const size_t arrays = size - (2 * VALUES + LEARNED) * sizeof(float);
    for (size_t at = 0; at < size; at++) {
        bytes[at] ^= 0x01; /* which leaves digits digits, and numbers finite */
        put_bytes("c", (const char *)bytes, size);
        bytes[at] ^= 0x01;
        if (at < arrays)
            assert_refused_or_unharmed();
        else
            assert_refused_as_damaged();
    }
    put("c", "");
    assert_refused_as_damaged();
    unlink("c");
    assert_refused(identity, BC_ERROR_IO, "c: ");
}

static void arrays_of_another_length_are_refused(void **unused) {
    (void)unused;
    bc_error err = {0};
    state s;
    write_state();
    make_state(&s, false);
    s.checkpoint.arrays[2].count = VALUES - 1;
    assert_int_equal(bc_checkpoint_read(&s.checkpoint, "c", identity, &err), BC_ERROR_FORMAT);
    bc_history_free(&s.history);
    make_state(&s, false);
    s.checkpoint.arrays[4] = (bc_checkpoint_array){"second_moments", s.moments, LEARNED};
    assert_int_equal(bc_checkpoint_read(&s.checkpoint, "c", identity, &err), BC_ERROR_FORMAT);
    bc_history_free(&s.history);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        in_tree(what_was_written_is_read_to_the_bit),
        in_tree(a_checkpoint_of_another_training_is_refused_with_what_differs),
        in_tree(an_option_is_named_before_what_follows_from_it),
        in_tree(a_network_with_other_layers_is_another_training),
        in_tree(what_was_written_otherwise_is_refused_too),
        in_tree(one_without_an_epoch_is_read),
        in_tree(what_no_training_can_have_come_to_is_refused),
        in_tree(a_val_that_is_not_there_has_no_numbers),
        in_tree(values_that_are_no_finite_numbers_are_neither_read_nor_written),
        in_tree(a_damaged_file_is_refused),
        in_tree(arrays_of_another_length_are_refused),
    };
    return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
