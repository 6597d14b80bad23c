/* What the page's script works on. */
#include "report/page_data.h"

#include "report/blocks.h"

#include "base/deflate.h"
#include "base/json.h"
#include "base/memory.h"

#include <bclass/logit.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- JSON inside HTML ---- */

/* Nothing in it can end the element it stands in, nor begin another. */
static void append_json(bc_text *text, const char *id, const bc_text *json) {
    static const char separators[] = "\xe2\x80";
    bc_text_format(text, "<script type=\"application/json\" id=\"%s\">", id);
    for (const char *c = json->data; *c != '\0'; c++) {
        if (*c == '<' || *c == '>' || *c == '&') {
            bc_text_format(text, "\\u%04x", (unsigned)*c);
        } else if (strncmp(c, separators, 2) == 0 && (c[2] == '\xa8' || c[2] == '\xa9')) {
            bc_text_string(text, c[2] == '\xa8' ? "\\u2028" : "\\u2029");
            c += 2;
        } else {
            bc_text_char(text, *c);
        }
    }
    bc_text_string(text, "</script>\n");
}

/* Ends the builder and appends what it holds, unless something failed before. */
static bc_status finish_json(bc_text *text, const char *id, bc_json_builder *json, bc_status status,
                             bc_error *err) {
    bc_text printed = {0};
    if (status == BC_OK)
        status = bc_json_finish(&printed, json, false, err);
    if (status == BC_OK)
        append_json(text, id, &printed);
    bc_text_free(&printed);
    bc_json_builder_free(json);
    return status == BC_OK ? bc_text_check(text, err) : status;
}

/* A number that may be infinite. */
static void put_value(bc_json_builder *json, const char *key, double value) {
    if (isinf(value))
        bc_json_put_text(json, key, value > 0 ? "Infinity" : "-Infinity");
    else
        bc_json_put_number(json, key, value);
}

static const bc_report_side *get_side(const bc_report *report, size_t index) {
    return index == 0 ? &report->chosen : &report->test;
}

static size_t count_sides(const bc_report *report) {
    return report->test.curve != NULL ? 2 : 1;
}

/* ---- curves ---- */

static size_t count_groups(const bc_curve *curve) {
    size_t count = 0;
    for (bc_curve_point point = bc_curve_none(); bc_curve_next(&point, curve);)
        count++;
    return count;
}

/* Of a curve with so many groups of equal values: their values and what they hold, from the lowest up; and
 * the weights of both classes from the top down to each, with 0 in front. */
typedef struct groups {
    size_t count;
    double *values, *positive_sums, *negative_sums;
    uint32_t *positives, *negatives;
    void *block;
} groups;

static bc_status groups_make(groups *of, const bc_curve *curve, bc_error *err) {
    *of = (groups){.count = count_groups(curve)};
    const size_t sums = of->count + 1;
    bc_status status = bc_alloc(&of->block, of->count + 2 * sums + of->count + 1, sizeof(double), err);
    if (status != BC_OK)
        return status;
    of->values = of->block;
    of->positive_sums = of->values + of->count;
    of->negative_sums = of->positive_sums + sums;
    of->positives = (uint32_t *)(of->negative_sums + sums);
    of->negatives = of->positives + of->count;
    bc_curve_point last = bc_curve_none(), point = last;
    for (size_t i = of->count; bc_curve_next(&point, curve); last = point) {
        const bc_confusion counts = bc_curve_counts(curve, point);
        i--;
        of->values[i] = bc_curve_upper(curve, point);
        of->positives[i] = (uint32_t)(point.positives - last.positives);
        of->negatives[i] = (uint32_t)(point.negatives - last.negatives);
        of->positive_sums[of->count - i] = counts.tp;
        of->negative_sums[of->count - i] = counts.fp;
    }
    return BC_OK;
}

static void begin_block(bc_text *text, const char *name) {
    bc_text_format(text, ",\"%s\":\"", name);
}

static bc_status append_groups(bc_text *text, const groups *of, bool weighted, bc_error *err) {
    bc_text_format(text, "{\"count\":%zu", of->count);
    begin_block(text, "values");
    bc_status status = bc_block_rising(text, of->values, of->count, err);
    bc_text_char(text, '"');
    begin_block(text, "positives");
    if (status == BC_OK)
        status = bc_block_counts(text, of->positives, of->count, err);
    bc_text_char(text, '"');
    begin_block(text, "negatives");
    if (status == BC_OK)
        status = bc_block_counts(text, of->negatives, of->count, err);
    bc_text_char(text, '"');
    if (weighted) {
        begin_block(text, "positiveSums");
        if (status == BC_OK)
            status = bc_block_rising(text, of->positive_sums, of->count + 1, err);
        bc_text_char(text, '"');
        begin_block(text, "negativeSums");
        if (status == BC_OK)
            status = bc_block_rising(text, of->negative_sums, of->count + 1, err);
        bc_text_char(text, '"');
    }
    bc_text_char(text, '}');
    return status;
}

bc_status bc_page_curves(bc_text *text, const bc_report *report, bc_error *err) {
    bc_status status = BC_OK;
    bc_text_string(text, "<script type=\"application/json\" id=\"curves\">[");
    for (size_t i = 0; status == BC_OK && i < count_sides(report); i++) {
        const bc_curve *curve = get_side(report, i)->curve;
        groups of;
        if (i > 0)
            bc_text_char(text, ',');
        status = groups_make(&of, curve, err);
        if (status == BC_OK)
            status = append_groups(text, &of, bc_curve_is_weighted(curve), err);
        free(of.block);
    }
    bc_text_string(text, "]</script>\n");
    return status == BC_OK ? bc_text_check(text, err) : status;
}

/* ---- paths ---- */

/* What a row is called, with a NUL behind it. */
static void append_name(bc_text *text, const bc_report *report, size_t row) {
    const char *path = bc_scores_path(report->scores, row);
    if (path[0] != '\0')
        bc_text_string(text, path);
    else
        bc_text_format(text, "line %" PRIu64, bc_scores_line(report->scores, row));
    bc_text_char(text, '\0');
}

/* One list: the rows that a cutoff misjudges first. */
typedef struct list {
    size_t *rows, count, total;
    bc_text packed;
} list;

static bc_status pack(list *to, const bc_report *report, bc_error *err) {
    bc_text names = {0};
    for (size_t i = 0; i < to->count; i++)
        append_name(&names, report, to->rows[i]);
    bc_text_clear(&to->packed);
    bc_status status = bc_text_check(&names, err);
    if (status == BC_OK)
        status = bc_deflate(&to->packed, names.length > 0 ? names.data : "", names.length, err);
    bc_text_free(&names);
    return status;
}

/* As many as fit into room bytes. */
static bc_status fill(list *to, const bc_report *report, const bc_report_side *side, bool positives,
                      size_t most, size_t room, bc_error *err) {
    void *block;
    to->total = positives ? side->curve->positive.count : side->curve->negative.count;
    most = most < to->total ? most : to->total;
    bc_status status = bc_alloc(&block, most, sizeof *to->rows, err);
    to->rows = block;
    if (status != BC_OK)
        return status;
    to->count = bc_order_worst(to->rows, side->order, report->scores, positives, most);
    status = pack(to, report, err);
    while (status == BC_OK && to->packed.length > room && to->count > 0) {
        to->count = to->packed.length / 2 > room ? to->count / 4 : to->count / 2;
        status = pack(to, report, err);
    }
    return status;
}

static void append_list(bc_text *text, const char *name, const list *of) {
    bc_text_format(text, "\"%s\":{\"count\":%zu,\"total\":%zu,\"names\":\"", name, of->count, of->total);
    bc_text_base64(text, of->packed.data, of->packed.length);
    bc_text_string(text, "\"}");
}

bc_status bc_page_paths(bc_text *text, const bc_report *report, size_t room, bc_error *err) {
    static const char *const names[] = {"negatives", "positives"};
    const size_t sides = count_sides(report), lists = 2 * sides;
    bc_status status = BC_OK;
    bc_text_string(text, "<script type=\"application/json\" id=\"paths\">[");
    for (size_t i = 0; status == BC_OK && i < lists; i++) {
        const bool positives = i % 2 == 1;
        list of = {0};
        status = fill(&of, report, get_side(report, i / 2), positives, BC_REPORT_PATHS / lists,
                      room / lists * 3 / 4, err);
        bc_text_string(text, positives ? "," : i > 0 ? ",{" : "{");
        append_list(text, names[positives], &of);
        bc_text_string(text, positives ? "}" : "");
        bc_text_free(&of.packed);
        free(of.rows);
    }
    bc_text_string(text, "]</script>\n");
    return status == BC_OK ? bc_text_check(text, err) : status;
}

/* ---- pictures ---- */

static bc_status put_jpeg(bc_json_builder *json, const bc_image *image, size_t *room, bc_error *err) {
    enum { QUALITY = 80, QUALITY_OF_SMALL = 95, SMALL = 64 * 64 }; /* whose single pixels are seen */
    bc_text encoded = {0};
    uint8_t *bytes;
    size_t size;
    bc_status status = bc_image_encode_jpeg(
        &bytes, &size, image, image->width * image->height > SMALL ? QUALITY : QUALITY_OF_SMALL, err);
    if (status != BC_OK)
        return status;
    bc_text_base64(&encoded, bytes, size);
    status = bc_text_check(&encoded, err);
    if (status == BC_OK && encoded.length <= *room) {
        bc_json_put_text(json, "jpeg", encoded.data);
        bc_json_put_integer(json, "width", image->width);
        bc_json_put_integer(json, "height", image->height);
        *room -= encoded.length;
    }
    bc_text_free(&encoded);
    free(bytes);
    return status;
}

static bc_status put_picture(bc_json_builder *json, const bc_report *report, const bc_picture *picture,
                             size_t *room, bc_error *err) {
    static const char *const states[] = {"shown", "gone", "damaged"};
    const bc_scores *scores = report->scores;
    const bc_split split = bc_scores_split(scores, picture->row);
    bc_text name = {0};
    append_name(&name, report, picture->row);
    bc_status status = bc_text_check(&name, err);
    bc_json_begin_object(json, NULL);
    bc_json_put_integer(json, "side", report->test.curve != NULL && (report->test.splits >> split & 1) != 0);
    bc_json_put_bool(json, "positive", scores->labels[picture->row] == 1);
    put_value(json, "value", scores->values[picture->row]);
    bc_json_put_text(json, "path", name.data);
    bc_json_put_text(json, "state", states[picture->state]);
    if (status == BC_OK && picture->state == BC_PICTURE_SHOWN)
        status = put_jpeg(json, &picture->image, room, err);
    bc_json_end(json);
    bc_text_free(&name);
    return status;
}

static void put_suspects(bc_json_builder *json, const bc_report *report) {
    const bc_pictures *pictures = report->pictures;
    bc_json_begin_array(json, "suspects");
    for (size_t i = 0; i < report->suspects->count; i++) {
        const bc_suspect *suspect = &report->suspects->items[i];
        for (size_t k = 0; k < pictures->count; k++) {
            if (pictures->items[k].row != suspect->row)
                continue;
            bc_json_begin_object(json, NULL);
            bc_json_put_integer(json, "picture", (int64_t)k);
            bc_json_end(json);
            break;
        }
    }
    bc_json_end(json);
}

bc_status bc_page_pictures(bc_text *text, const bc_report *report, size_t room, bc_error *err) {
    bc_json_builder *json;
    bc_status status = bc_json_builder_create(&json, err);
    if (status != BC_OK)
        return status;
    bc_json_put_bool(json, "named", report->scores->paths != NULL);
    bc_json_begin_array(json, "items");
    for (size_t i = 0; status == BC_OK && i < report->pictures->count; i++)
        status = put_picture(json, report, &report->pictures->items[i], &room, err);
    bc_json_end(json);
    put_suspects(json, report);
    return finish_json(text, "pictures", json, status, err);
}

/* ---- all else ---- */

static void put_side(bc_json_builder *json, const bc_report_side *side) {
    const bc_curve_measures *of = &side->measures;
    bc_json_begin_object(json, NULL);
    bc_json_put_text(json, "name", side->name);
    bc_json_put_bool(json, "weighted", bc_curve_is_weighted(side->curve));
    bc_json_put_number(json, "auroc", of->auroc);
    bc_json_put_number(json, "aurocLow", of->auroc_low);
    bc_json_put_number(json, "aurocHigh", of->auroc_high);
    bc_json_put_number(json, "averagePrecision", of->average_precision);
    put_value(json, "logLoss", of->log_loss);
    bc_json_put_number(json, "brier", of->brier);
    bc_json_put_number(json, "calibrationError", side->calibration_error);
    bc_json_end(json);
}

static void put_cutoffs(bc_json_builder *json, const bc_report *report) {
    bc_json_begin_array(json, "cutoffs");
    for (size_t i = 0; i < report->cutoff_count; i++) {
        const bc_report_cutoff *cutoff = &report->cutoffs[i];
        bc_json_begin_object(json, NULL);
        bc_json_put_text(json, "id", cutoff->id);
        bc_json_put_text(json, "label", cutoff->label);
        put_value(json, "value", cutoff->value);
        bc_json_put_text(json, "note", cutoff->note);
        bc_json_end(json);
    }
    bc_json_end(json);
    bc_json_put_integer(json, "start", (int64_t)report->start);
}

static void put_facts(bc_json_builder *json, const char *key, const bc_report_facts *facts) {
    bc_json_begin_array(json, key);
    for (size_t i = 0; i < facts->count; i++) {
        bc_json_begin_array(json, NULL);
        bc_json_put_text(json, NULL, facts->items[i].section);
        bc_json_put_text(json, NULL, facts->items[i].name);
        bc_json_put_text(json, NULL, facts->items[i].value);
        bc_json_end(json);
    }
    bc_json_end(json);
}

static void put_trained(bc_json_builder *json, const bc_report *report) {
    if (!report->trained) {
        bc_json_put_null(json, "trained");
        return;
    }
    bc_json_begin_array(json, "trained");
    bc_json_put_integer(json, NULL, report->trained_positives);
    bc_json_put_integer(json, NULL, report->trained_negatives);
    bc_json_end(json);
}

static void put_rows(bc_json_builder *json, const bc_scores *scores) {
    bc_json_begin_array(json, "splits");
    for (int split = 0; split < BC_SPLIT_COUNT; split++) {
        size_t counts[3];
        for (int label = -1; label <= 1; label++)
            counts[label + 1] = bc_scores_count(scores, (bc_split)split, label);
        if (counts[0] + counts[1] + counts[2] == 0)
            continue;
        bc_json_begin_object(json, NULL);
        bc_json_put_text(json, "name", bc_split_name((bc_split)split));
        bc_json_put_integer(json, "positives", (int64_t)counts[2]);
        bc_json_put_integer(json, "negatives", (int64_t)counts[1]);
        bc_json_put_integer(json, "unlabelled", (int64_t)counts[0]);
        bc_json_end(json);
    }
    bc_json_end(json);
}

bc_status bc_page_facts(bc_text *text, const bc_report *report, bc_error *err) {
    bc_json_builder *json;
    bc_status status = bc_json_builder_create(&json, err);
    if (status != BC_OK)
        return status;
    bc_json_put_text(json, "title", report->title);
    bc_json_put_text(json, "program", report->program);
    bc_json_put_text(json, "file", report->file);
    bc_json_put_bool(json, "logits", report->scores->logits);
    bc_json_put_text(json, "positive", report->positive);
    bc_json_put_text(json, "negative", report->negative);
    bc_json_put_bool(json, "inSample", report->in_sample);
    bc_json_put_text(json, "sweepWords", report->sweep_words);
    bc_json_put_text(json, "cutoffFile", report->cutoff_word);
    bc_json_put_text(json, "predictWords", report->predict_words);
    bc_json_begin_array(json, "sides");
    for (size_t i = 0; i < count_sides(report); i++)
        put_side(json, get_side(report, i));
    bc_json_end(json);
    put_cutoffs(json, report);
    put_trained(json, report);
    put_rows(json, report->scores);
    put_facts(json, "warnings", report->warnings);
    put_facts(json, "facts", report->facts);
    if (report->warnings->failed || report->facts->failed)
        status = bc_fail(err, BC_ERROR_MEMORY, "out of memory (what is known of the run)");
    return finish_json(text, "facts", json, status, err);
}
