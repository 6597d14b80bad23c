/* cutoff.json, written and read. The hexadecimal logit is what counts; the score is there for people. */
#include <bclass/cutoff.h>
#include <bclass/logit.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_LIMIT = 1 << 20, VERSION = 1 };

static const char format_name[] = "bclass cutoff";

void bc_cutoff_free(bc_cutoff *cutoff) {
    if (cutoff == NULL)
        return;
    free(cutoff->positive);
    free(cutoff->negative);
    *cutoff = (bc_cutoff){0};
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

static void put_guarantee(bc_json_builder *builder, const bc_cutoff *cutoff) {
    if (!(cutoff->confidence > 0))
        return;
    bc_json_begin_object(builder, "guarantee");
    if (cutoff->promised_recall > 0)
        bc_json_put_number(builder, "recall", cutoff->promised_recall);
    if (cutoff->promised_precision > 0)
        bc_json_put_number(builder, "precision", cutoff->promised_precision);
    bc_json_put_number(builder, "confidence", cutoff->confidence);
    bc_json_end(builder);
}

static void put_cutoff(bc_json_builder *builder, const bc_cutoff *cutoff) {
    char logit[BC_NUMBER_SIZE];
    bc_number_print_hex(logit, cutoff->logit);
    bc_json_put_text(builder, "format", format_name);
    bc_json_put_integer(builder, "version", VERSION);
    bc_json_put_number(builder, "cutoff", cutoff->score);
    bc_json_put_text(builder, "logit", logit);
    bc_json_put_text(builder, "rule", cutoff->rule);
    bc_json_begin_object(builder, "chosen_on");
    bc_json_put_text(builder, "split", cutoff->split);
    put_counts(builder, &cutoff->chosen);
    bc_json_end(builder);
    if (cutoff->has_test) {
        bc_json_begin_object(builder, "test");
        put_counts(builder, &cutoff->test);
        bc_json_end(builder);
    }
    put_guarantee(builder, cutoff);
    bc_json_put_text(builder, "positive", cutoff->positive);
    bc_json_put_text(builder, "negative", cutoff->negative);
    bc_json_put_text(builder, "scores_sha256",
                     cutoff->scores_sha256[0] != '\0' ? cutoff->scores_sha256 : NULL);
}

bc_status bc_cutoff_write(const bc_cutoff *cutoff, const char *path, bc_error *err) {
    bc_json_builder *builder;
    bc_text text = {0};
    if (!isfinite(cutoff->logit))
        return bc_fail(err, BC_ERROR_UNMET, "%s: not written: the cutoff's logit is infinite, the rule %s",
                       path, cutoff->logit > 0 ? "calls nothing positive" : "calls everything positive");
    bc_status status = bc_json_builder_create(&builder, err);
    if (status != BC_OK)
        return status;
    put_cutoff(builder, cutoff);
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
    if (!(fabs(score - cutoff->score) <= 1e-9 * score))
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
    if (value == NULL || (bc_json_number(value, share) && *share > 0 && *share < 1))
        return BC_OK;
    return wrong(path, key, "a number between 0 and 1", err);
}

static bc_status get_guarantee(bc_cutoff *cutoff, const bc_json *root, const char *path, bc_error *err) {
    const bc_json *guarantee = bc_json_member(root, "guarantee");
    if (guarantee == NULL)
        return BC_OK;
    bc_status status = get_share(&cutoff->promised_recall, guarantee, "recall", path, err);
    if (status == BC_OK)
        status = get_share(&cutoff->promised_precision, guarantee, "precision", path, err);
    if (status == BC_OK)
        status = get_share(&cutoff->confidence, guarantee, "confidence", path, err);
    if (status == BC_OK &&
        (cutoff->confidence <= 0 || cutoff->promised_recall + cutoff->promised_precision <= 0))
        status = wrong(path, "guarantee", "a floor and a confidence", err);
    return status;
}

static bc_status get_cutoff(bc_cutoff *cutoff, const bc_json *root, const char *path, bc_error *err) {
    const char *format = bc_json_text(bc_json_member(root, "format"));
    int64_t version;
    if (format == NULL || strcmp(format, format_name) != 0)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: not a cutoff file", path);
    if (!bc_json_integer(bc_json_member(root, "version"), &version) || version != VERSION)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: a cutoff file of another version", path);
    const bc_json *chosen = bc_json_member(root, "chosen_on"), *test = bc_json_member(root, "test");
    bc_status status = get_numbers(cutoff, root, path, err);
    if (status == BC_OK)
        status = get_short_text(cutoff->rule, sizeof cutoff->rule, root, "rule", path, err);
    if (status == BC_OK)
        status = get_short_text(cutoff->split, sizeof cutoff->split, chosen, "split", path, err);
    if (status == BC_OK)
        status = get_counts(&cutoff->chosen, chosen, path, err);
    cutoff->has_test = test != NULL;
    if (status == BC_OK && test != NULL)
        status = get_counts(&cutoff->test, test, path, err);
    if (status == BC_OK)
        status = get_guarantee(cutoff, root, path, err);
    if (status == BC_OK)
        status = get_name(&cutoff->positive, root, "positive", path, err);
    if (status == BC_OK)
        status = get_name(&cutoff->negative, root, "negative", path, err);
    if (status == BC_OK)
        status = get_hash(cutoff, root, path, err);
    return status;
}

bc_status bc_cutoff_read(bc_cutoff *cutoff, const char *path, bc_error *err) {
    uint8_t *data = NULL;
    size_t size;
    bc_json *root = NULL;
    *cutoff = (bc_cutoff){0};
    bc_status status = bc_file_read(&data, &size, path, SIZE_LIMIT, err);
    if (status != BC_OK)
        return status;
    if (bc_json_parse(&root, (const char *)data, size, path, NULL) != BC_OK || !bc_json_is_object(root))
        status = bc_fail(err, BC_ERROR_FORMAT, "%s: not a cutoff file", path);
    else
        status = get_cutoff(cutoff, root, path, err);
    bc_json_free(root);
    free(data);
    return status;
}
