/* cutoff.json, written and read. The hexadecimal logit is what counts for logits, and the score for scores.
 */
#include <bclass/cutoff.h>
#include <bclass/logit.h>
#include <bclass/scores.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/output.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* As many labels as a file of scores may have take less than SIZE_LIMIT. */
enum { SIZE_LIMIT = 1 << 26, VERSION = 1 };

static const char format_name[] = "bclass cutoff";

static const char *const floor_keys[BC_FLOOR_COUNT] = {"recall", "precision", "specificity"};

void bc_cutoff_free(bc_cutoff *cutoff) {
    if (cutoff == NULL)
        return;
    free(cutoff->positive);
    free(cutoff->negative);
    free(cutoff->target);
    *cutoff = (bc_cutoff){0};
}

void bc_cutoffs_free(bc_cutoffs *cutoffs) {
    for (size_t i = 0; cutoffs != NULL && i < cutoffs->count; i++)
        bc_cutoff_free(&cutoffs->items[i]);
    if (cutoffs != NULL) {
        free(cutoffs->items);
        *cutoffs = (bc_cutoffs){0};
    }
}

/* ---- writing ---- */

static void put_counts(bc_json_builder *builder, const bc_confusion *counts) {
    double positives = counts->tp + counts->fn, negatives = counts->fp + counts->tn;
    bc_json_put_number(builder, "rows", positives + negatives);
    bc_json_put_number(builder, "positives", positives);
    bc_json_put_number(builder, "negatives", negatives);
    bc_json_put_number(builder, "tp", counts->tp);
    bc_json_put_number(builder, "fp", counts->fp);
    bc_json_put_number(builder, "fn", counts->fn);
    bc_json_put_number(builder, "tn", counts->tn);
}

static bool has_floor(const bc_cutoff *cutoff) {
    for (size_t i = 0; i < BC_FLOOR_COUNT; i++) {
        if (cutoff->floors[i] > 0)
            return true;
    }
    return false;
}

static void put_floors(bc_json_builder *builder, const bc_cutoff *cutoff) {
    bool promised = cutoff->confidence > 0;
    if (!has_floor(cutoff))
        return;
    bc_json_begin_object(builder, promised ? "guarantee" : "floors");
    for (size_t i = 0; i < BC_FLOOR_COUNT; i++) {
        if (cutoff->floors[i] > 0)
            bc_json_put_number(builder, floor_keys[i], cutoff->floors[i]);
    }
    if (promised)
        bc_json_put_number(builder, "confidence", cutoff->confidence);
    bc_json_end(builder);
}

static void put_cutoff(bc_json_builder *builder, const bc_cutoff *cutoff) {
    char logit[BC_NUMBER_SIZE];
    bc_number_print_hex(logit, cutoff->logit);
    bc_json_put_number(builder, "cutoff", cutoff->score);
    bc_json_put_text(builder, "logit", logit);
    bc_json_put_text(builder, "rule", cutoff->rule);
    bc_json_begin_object(builder, "chosen_on");
    bc_json_put_text(builder, "split", cutoff->split);
    put_counts(builder, &cutoff->chosen);
    if (cutoff->weighted)
        bc_json_put_bool(builder, "weighted", true);
    bc_json_end(builder);
    if (cutoff->has_test) {
        bc_json_begin_object(builder, "test");
        put_counts(builder, &cutoff->test);
        bc_json_end(builder);
    }
    put_floors(builder, cutoff);
}

static void put_cutoffs(bc_json_builder *builder, const bc_cutoffs *cutoffs) {
    static const bc_cutoff none = {0};
    const bc_cutoff *first = cutoffs->count > 0 ? &cutoffs->items[0] : &none;
    bc_json_put_text(builder, "format", format_name);
    bc_json_put_integer(builder, "version", VERSION);
    if (cutoffs->many)
        bc_json_begin_array(builder, "targets");
    for (size_t i = 0; i < cutoffs->count; i++) {
        if (cutoffs->many) {
            bc_json_begin_object(builder, NULL);
            bc_json_put_text(builder, "target", cutoffs->items[i].target);
        }
        put_cutoff(builder, &cutoffs->items[i]);
        if (cutoffs->many)
            bc_json_end(builder);
    }
    if (cutoffs->many)
        bc_json_end(builder);
    bc_json_put_text(builder, "positive", first->positive);
    bc_json_put_text(builder, "negative", first->negative);
    bc_json_put_text(builder, "scores_sha256", first->scores_sha256[0] != '\0' ? first->scores_sha256 : NULL);
}

static bc_status check_finite(const bc_cutoffs *cutoffs, const char *path, bc_error *err) {
    for (size_t i = 0; i < cutoffs->count; i++) {
        const bc_cutoff *cutoff = &cutoffs->items[i];
        bool named = cutoff->target != NULL;
        if (!isfinite(cutoff->logit))
            return bc_fail(err, BC_ERROR_UNMET,
                           "%s: not written: the cutoff's logit is infinite, the rule %s%s%s%s", path,
                           cutoff->logit > 0 ? "calls nothing positive" : "calls everything positive",
                           named ? " (label '" : "", named ? cutoff->target : "", named ? "')" : "");
    }
    return BC_OK;
}

bc_status bc_cutoffs_write(const bc_cutoffs *cutoffs, const char *path, bc_error *err) {
    bc_json_builder *builder;
    bc_text text = {0};
    bc_status status = check_finite(cutoffs, path, err);
    if (status == BC_OK)
        status = bc_json_builder_create(&builder, err);
    if (status != BC_OK)
        return status;
    put_cutoffs(builder, cutoffs);
    status = bc_json_finish(&text, builder, true, err);
    if (status == BC_OK) {
        bc_text_char(&text, '\n');
        status = bc_text_check(&text, err);
    }
    if (status == BC_OK)
        status = bc_output_file(path, text.data, text.length, err);
    bc_text_free(&text);
    bc_json_builder_free(builder);
    return status;
}

bc_status bc_cutoff_write(const bc_cutoff *cutoff, const char *path, bc_error *err) {
    bc_cutoff copy = *cutoff;
    const bc_cutoffs one = {.items = &copy, .count = 1};
    return bc_cutoffs_write(&one, path, err);
}

/* ---- reading ---- */

static bc_status wrong(const char *path, const char *key, const char *expected, bc_error *err) {
    return bc_fail(err, BC_ERROR_FORMAT, "%s: damaged cutoff file: '%s' is not %s", path, key, expected);
}

static bc_status get_short_text(char *text, size_t size, const bc_json *object, const char *key,
                                const char *path, bc_error *err) {
    const char *found = bc_json_text(bc_json_member(object, key));
    if (found == NULL || strlen(found) >= size)
        return wrong(path, key, "a short text", err);
    memcpy(text, found, strlen(found) + 1);
    return BC_OK;
}

static bc_status get_count(double *count, const bc_json *object, const char *key, const char *path,
                           bc_error *err) {
    if (!bc_json_number(bc_json_member(object, key), count) || !(*count >= 0))
        return wrong(path, key, "a count", err);
    return BC_OK;
}

static bc_status get_counts(bc_confusion *counts, const bc_json *object, const char *path, bc_error *err) {
    bc_status status = get_count(&counts->tp, object, "tp", path, err);
    if (status == BC_OK)
        status = get_count(&counts->fp, object, "fp", path, err);
    if (status == BC_OK)
        status = get_count(&counts->fn, object, "fn", path, err);
    if (status == BC_OK)
        status = get_count(&counts->tn, object, "tn", path, err);
    return status;
}

static bc_status get_name(char **name, const bc_json *root, const char *key, const char *path,
                          bc_error *err) {
    const bc_json *value = bc_json_member(root, key);
    const char *text = bc_json_text(value);
    if (text != NULL)
        return bc_copy_text(name, text, strlen(text), err);
    return value == NULL || bc_json_is_null(value) ? BC_OK : wrong(path, key, "a name", err);
}

/* Both numbers say the same cutoff, so one that was changed by hand is noticed. */
static bc_status get_numbers(bc_cutoff *cutoff, const bc_json *root, const char *path, bc_error *err) {
    const char *hex = bc_json_text(bc_json_member(root, "logit"));
    if (hex == NULL || !bc_number_parse(hex, strlen(hex), &cutoff->logit) || !isfinite(cutoff->logit))
        return wrong(path, "logit", "a finite number as hexadecimal text", err);
    if (!bc_json_number(bc_json_member(root, "cutoff"), &cutoff->score) ||
        !(cutoff->score >= 0 && cutoff->score <= 1))
        return wrong(path, "cutoff", "a number from 0 to 1", err);
    double score = bc_sigmoid(cutoff->logit);
    if (!(fabs(score - cutoff->score) <= 1e-9 * score + DBL_MIN)) /* below which numbers lose digits */
        return bc_fail(err, BC_ERROR_FORMAT,
                       "%s: damaged cutoff file: 'cutoff' and 'logit' are not the same cutoff", path);
    return BC_OK;
}

static bc_status get_hash(bc_cutoff *cutoff, const bc_json *root, const char *path, bc_error *err) {
    const bc_json *value = bc_json_member(root, "scores_sha256");
    const char *text = bc_json_text(value);
    if (value == NULL || bc_json_is_null(value))
        return BC_OK;
    if (text == NULL || strlen(text) != sizeof cutoff->scores_sha256 - 1 ||
        strspn(text, "0123456789abcdef") != strlen(text))
        return wrong(path, "scores_sha256", "64 hexadecimal digits", err);
    memcpy(cutoff->scores_sha256, text, sizeof cutoff->scores_sha256);
    return BC_OK;
}

/* A share that may be missing, which is 0. */
static bc_status get_share(double *share, const bc_json *object, const char *key, const char *path,
                           bc_error *err) {
    const bc_json *value = bc_json_member(object, key);
    *share = 0;
    if (value == NULL || (bc_json_number(value, share) && *share > 0 && *share <= 1))
        return BC_OK;
    return wrong(path, key, "a number above 0, up to 1", err);
}

/* Floors that are promised, or those that are not; the file has one of both or none. */
static bc_status get_floors(bc_cutoff *cutoff, const bc_json *root, const char *path, bc_error *err) {
    const bc_json *guarantee = bc_json_member(root, "guarantee"), *plain = bc_json_member(root, "floors");
    const bc_json *found = guarantee != NULL ? guarantee : plain;
    bc_status status = BC_OK;
    if (found == NULL)
        return BC_OK;
    for (size_t i = 0; status == BC_OK && i < BC_FLOOR_COUNT; i++)
        status = get_share(&cutoff->floors[i], found, floor_keys[i], path, err);
    if (status == BC_OK && guarantee != NULL)
        status = get_share(&cutoff->confidence, guarantee, "confidence", path, err);
    if (status == BC_OK && guarantee != NULL &&
        (cutoff->confidence <= 0 || cutoff->confidence >= 1 || !has_floor(cutoff)))
        status = wrong(path, "guarantee", "a floor and a confidence", err);
    return status;
}

/* What each cutoff has of its own. */
static bc_status get_cutoff(bc_cutoff *cutoff, const bc_json *object, const char *path, bc_error *err) {
    const bc_json *chosen = bc_json_member(object, "chosen_on"), *test = bc_json_member(object, "test");
    bc_status status = get_numbers(cutoff, object, path, err);
    if (status == BC_OK)
        status = get_short_text(cutoff->rule, sizeof cutoff->rule, object, "rule", path, err);
    if (status == BC_OK)
        status = get_short_text(cutoff->split, sizeof cutoff->split, chosen, "split", path, err);
    if (status == BC_OK)
        status = get_counts(&cutoff->chosen, chosen, path, err);
    bc_json_bool(bc_json_member(chosen, "weighted"), &cutoff->weighted);
    cutoff->has_test = test != NULL;
    if (status == BC_OK && test != NULL)
        status = get_counts(&cutoff->test, test, path, err);
    if (status == BC_OK)
        status = get_floors(cutoff, object, path, err);
    return status;
}

/* What they have in common. */
static bc_status get_common(bc_cutoff *cutoff, const bc_json *root, const char *path, bc_error *err) {
    bc_status status = get_name(&cutoff->positive, root, "positive", path, err);
    if (status == BC_OK)
        status = get_name(&cutoff->negative, root, "negative", path, err);
    if (status == BC_OK)
        status = get_hash(cutoff, root, path, err);
    return status;
}

static bc_status get_targets(bc_cutoffs *cutoffs, const bc_json *root, const char *path, bc_error *err) {
    const bc_json *target = bc_json_first(bc_json_member(root, "targets"));
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < cutoffs->count; i++, target = bc_json_next(target)) {
        bc_cutoff *cutoff = &cutoffs->items[i];
        status = get_name(&cutoff->target, target, "target", path, err);
        if (status == BC_OK && cutoff->target == NULL)
            status = wrong(path, "target", "a name", err);
        if (status == BC_OK)
            status = get_cutoff(cutoff, target, path, err);
        if (status == BC_OK)
            status = get_common(cutoff, root, path, err);
    }
    return status;
}

static bc_status get_cutoffs(bc_cutoffs *cutoffs, const bc_json *root, const char *path, bc_error *err) {
    const char *format = bc_json_text(bc_json_member(root, "format"));
    const bc_json *targets = bc_json_member(root, "targets");
    int64_t version;
    if (format == NULL || strcmp(format, format_name) != 0)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: not a cutoff file", path);
    if (!bc_json_integer(bc_json_member(root, "version"), &version) || version != VERSION)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: a cutoff file of another version", path);
    if (targets != NULL && (!bc_json_is_array(targets) || bc_json_count(targets) > BC_TARGET_LIMIT))
        return wrong(path, "targets", "a list of at most 65536", err);
    size_t count = targets != NULL ? bc_json_count(targets) : 1;
    void *block;
    bc_status status = bc_alloc(&block, count, sizeof *cutoffs->items, err);
    if (status != BC_OK)
        return status;
    *cutoffs = (bc_cutoffs){block, count, targets != NULL};
    if (cutoffs->many)
        return get_targets(cutoffs, root, path, err);
    status = get_cutoff(&cutoffs->items[0], root, path, err);
    return status == BC_OK ? get_common(&cutoffs->items[0], root, path, err) : status;
}

bc_status bc_cutoffs_read(bc_cutoffs *cutoffs, const char *path, bc_error *err) {
    uint8_t *data = NULL;
    size_t size;
    bc_json *root = NULL;
    *cutoffs = (bc_cutoffs){0};
    bc_status status = bc_file_read(&data, &size, path, SIZE_LIMIT, err);
    if (status != BC_OK)
        return status;
    status = bc_json_parse_object(&root, (const char *)data, size, path, "not a cutoff file", err);
    if (status == BC_OK)
        status = get_cutoffs(cutoffs, root, path, err);
    bc_json_free(root);
    free(data);
    return status;
}

bc_status bc_cutoff_read(bc_cutoff *cutoff, const char *path, bc_error *err) {
    bc_cutoffs found;
    *cutoff = (bc_cutoff){0};
    bc_status status = bc_cutoffs_read(&found, path, err);
    if (status == BC_OK && found.many)
        status = bc_fail(err, BC_ERROR_USAGE,
                         "%s: holds cutoffs of %zu labels, not the one of a single label", path, found.count);
    if (status == BC_OK) {
        *cutoff = found.items[0];
        found.items[0] = (bc_cutoff){0};
    }
    bc_cutoffs_free(&found);
    return status;
}
