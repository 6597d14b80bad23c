/* The file that a training goes on from. */
#include "temporary_tree.h"

#include "train/checkpoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES = 5, LEARNED = 3 };

static const char identity[] =
    "{\"program\":\"bclass 1\",\"data\":{\"sha256\":\"ab\",\"val\":0.15},\"lr\":0.01,\"tta\":false}";

typedef struct state {
    float values[VALUES], best[VALUES], moments[LEARNED];
    bc_epoch epochs[2];
    bc_history history;
    bc_checkpoint checkpoint;
} state;

static void make_state(state *s, bool filled) {
    *s = (state){.checkpoint = {.history = &s->history}};
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
    s->epochs[1] = (bc_epoch){.number = 2, .learning_rate = 0.1, .train_loss = 0.65, .val_loss = NAN};
    s->history = (bc_history){.epochs = s->epochs, .count = 2, .capacity = 2, .best = 1};
    s->checkpoint.step = 77;
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
    assert_int_equal(s.checkpoint.step, 77);
    assert_int_equal(s.history.count, 2);
    assert_int_equal(s.history.best, 1);
    assert_true(s.history.epochs[0].learning_rate == 1 / 3.0 && s.history.epochs[0].val_worth == -0.6);
    assert_true(s.history.epochs[1].number == 2 && isnan(s.history.epochs[1].val_loss));
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
        BC_ERROR_USAGE, "'sha256' differs");
    assert_refused(
        "{\"program\":\"bclass 1\",\"data\":{\"sha256\":\"ab\",\"val\":0.15},\"lr\":0.01,\"tta\":true}",
        BC_ERROR_USAGE, "'tta' differs");
    assert_refused("{\"program\":\"bclass 1\",\"data\":{\"sha256\":\"ab\"},\"lr\":0.01,\"tta\":false}",
                   BC_ERROR_USAGE, "differs");
}

/* Every file that is cut short, or has one byte changed in its header, is refused or read without harm. */
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
        bc_error err;
        state s;
        assert_int_equal(read_state(&s, identity, &err), BC_ERROR_FORMAT);
        bc_history_free(&s.history);
    }
    for (size_t at = 0; at < size; at++) {
        bytes[at] ^= 0x15;
        put_bytes("c", (const char *)bytes, size);
        bytes[at] ^= 0x15;
        bc_error err;
        state s;
        (void)read_state(&s, identity, &err);
        bc_history_free(&s.history);
    }
    put("c", "");
    assert_refused(identity, BC_ERROR_FORMAT, "c: ");
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
        in_tree(a_damaged_file_is_refused),
        in_tree(arrays_of_another_length_are_refused),
    };
    return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
