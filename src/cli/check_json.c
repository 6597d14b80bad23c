/* What bclass check found, an object a line. */
#include "check.h"
#include "data_choice.h"

#include "base/json.h"

static bc_status end_line(bc_text *text, bc_json_builder *json, bc_error *err) {
    bc_status status = bc_json_finish(text, json, false, err);
    bc_text_char(text, '\n');
    return status;
}

/* ---- the summary ---- */

static void put_split(bc_json_builder *json, const bc_check_session *session, bc_split split,
                      const char *name) {
    const bc_class_count *of = session->counts.of[split];
    const bc_leakage *leakage =
        &session->leakage[split == BC_SPLIT_TRAIN && session->dataset.folds > 0 ? BC_SPLIT_OOF : split];
    if (of[0].pictures + of[1].pictures == 0)
        return;
    bc_json_begin_object(json, name);
    bc_json_put_integer(json, "positives", (int64_t)of[1].pictures);
    bc_json_put_integer(json, "negatives", (int64_t)of[0].pictures);
    bc_json_put_integer(json, "positive_groups", (int64_t)of[1].groups);
    bc_json_put_integer(json, "negative_groups", (int64_t)of[0].groups);
    bc_json_put_integer(json, "leaked", (int64_t)leakage->exact);
    bc_json_put_integer(json, "leaked_nearly", (int64_t)leakage->near);
    bc_json_end(json);
}

static void put_formats(bc_json_builder *json, const bc_formats *formats) {
    bc_json_begin_object(json, "formats");
    for (int kind = 0; kind < BC_IMAGE_KINDS; kind++) {
        if (formats->of[kind] > 0)
            bc_json_put_integer(json, bc_image_kind_name((bc_image_kind)kind), (int64_t)formats->of[kind]);
    }
    bc_json_end(json);
    bc_json_put_integer(json, "least_width", formats->least_width);
    bc_json_put_integer(json, "most_width", formats->most_width);
    bc_json_put_integer(json, "least_height", formats->least_height);
    bc_json_put_integer(json, "most_height", formats->most_height);
}

/* What the network sees. */
static void put_size(bc_json_builder *json, const bc_preprocess *preprocess) {
    bc_json_put_integer(json, "width", preprocess->width);
    bc_json_put_integer(json, "height", preprocess->height);
    bc_json_put_integer(json, "channels", preprocess->channels);
}

static void put_shortcuts(bc_json_builder *json, const bc_check_session *session) {
    bc_json_begin_array(json, "measures");
    for (int kind = 0; kind < BC_MEASURES; kind++) {
        bc_json_begin_object(json, NULL);
        bc_json_put_text(json, "measure", bc_measure_name((bc_measure_kind)kind));
        bc_json_put_number(json, "auroc", session->shortcuts[kind].auroc);
        bc_json_put_number(json, "auroc_low", session->shortcuts[kind].low);
        bc_json_put_number(json, "auroc_high", session->shortcuts[kind].high);
        bc_json_end(json);
    }
    bc_json_end(json);
}

static bc_status append_summary(bc_text *text, const bc_check_session *session, bc_error *err) {
    const bc_dataset *dataset = &session->dataset;
    bc_json_builder *json;
    bc_status status = bc_json_builder_create(&json, err);
    if (status != BC_OK)
        return status;
    bc_json_put_text(json, "kind", "summary");
    bc_json_put_text(json, "data", session->name);
    bc_json_put_integer(json, "pictures", (int64_t)dataset->count);
    bc_json_put_integer(json, "unreadable", (int64_t)session->cache.skipped_count);
    bc_json_put_text(json, "positive", dataset->positive);
    bc_json_put_text(json, "negative", dataset->negative);
    put_formats(json, &session->formats);
    if (dataset->count > 0)
        put_size(json, &session->preprocess);
    bc_json_put_bool(json, "split_by_seed", dataset->split_by_seed);
    bc_json_put_integer(json, "folds", (int64_t)dataset->folds);
    bc_json_begin_object(json, "splits");
    put_split(json, session, BC_SPLIT_TRAIN, dataset->folds > 0 ? "oof" : "train");
    put_split(json, session, BC_SPLIT_VAL, "val");
    put_split(json, session, BC_SPLIT_TEST, "test");
    bc_json_end(json);
    bc_json_put_integer(json, "positives_chosen_on", (int64_t)session->counts.chosen_on);
    bc_json_put_integer(json, "positives_needed", (int64_t)session->counts.needed);
    put_shortcuts(json, session);
    if (session->set->run != NULL) {
        bc_json_put_integer(json, "scored", (int64_t)session->labels.scored);
        bc_json_put_integer(json, "scored_unknown", (int64_t)session->labels.unknown);
        bc_json_put_integer(json, "likely_wrong", (int64_t)session->labels.likely);
    }
    bc_json_put_integer(json, "errors", (int64_t)session->findings.severities[BC_SEVERITY_ERROR]);
    bc_json_put_integer(json, "warnings", (int64_t)session->findings.severities[BC_SEVERITY_WARNING]);
    bc_json_put_integer(json, "notes", (int64_t)session->findings.severities[BC_SEVERITY_NOTE]);
    status = end_line(text, json, err);
    bc_json_builder_free(json);
    return status;
}

/* ---- findings ---- */

/* Of each picture it is about: path, label and split. */
static void put_pictures(bc_json_builder *json, const bc_check_session *session, const bc_finding *finding) {
    bc_json_begin_array(json, "paths");
    if (finding->path != NULL)
        bc_json_put_text(json, NULL, finding->path);
    for (size_t i = 0; i < finding->count; i++)
        bc_json_put_text(json, NULL,
                         session->dataset.samples[session->findings.samples[finding->first + i]].path);
    bc_json_end(json);
    if (finding->count == 0)
        return;
    const uint32_t *samples = session->findings.samples + finding->first;
    bc_json_begin_array(json, "labels");
    for (size_t i = 0; i < finding->count; i++)
        bc_json_put_integer(json, NULL, session->dataset.samples[samples[i]].label);
    bc_json_end(json);
    bc_json_begin_array(json, "splits");
    for (size_t i = 0; i < finding->count; i++) {
        char name[BC_PART_NAME_SIZE];
        bc_data_name_part(name, &session->dataset.samples[samples[i]]);
        bc_json_put_text(json, NULL, name);
    }
    bc_json_end(json);
}

static void put_facts(bc_json_builder *json, const bc_image_facts *facts) {
    bc_json_put_text(json, "format", bc_image_kind_name(facts->info.kind));
    bc_json_put_integer(json, "width", facts->info.width);
    bc_json_put_integer(json, "height", facts->info.height);
    bc_json_put_integer(json, "orientation", facts->orientation);
}

static void put_details(bc_json_builder *json, const bc_check_session *session, const bc_finding *finding) {
    switch (finding->kind) {
    case BC_FINDING_UNREADABLE:
        bc_json_put_text(json, "reason", finding->words);
        break;
    case BC_FINDING_CLASS:
        bc_json_put_text(json, "class", finding->words);
        break;
    case BC_FINDING_COPIES:
        bc_json_put_text(json, "same", bc_likeness_name(finding->likeness));
        bc_json_put_bool(json, "across_splits", finding->across_splits);
        bc_json_put_bool(json, "contradictory", finding->contradictory);
        break;
    case BC_FINDING_SHORTCUT:
        bc_json_put_text(json, "measure", finding->words);
        bc_json_put_number(json, "auroc", finding->value);
        bc_json_put_number(json, "auroc_low", finding->low);
        bc_json_put_number(json, "auroc_high", finding->high);
        break;
    case BC_FINDING_POSITIVES:
        bc_json_put_number(json, "positives", finding->value);
        bc_json_put_number(json, "needed", finding->low);
        break;
    case BC_FINDING_ORIGIN:
        bc_json_put_number(json, "found", finding->value);
        bc_json_put_number(json, "recorded", finding->low);
        bc_json_put_number(json, "expected", finding->high);
        break;
    case BC_FINDING_SUSPECT:
        bc_json_put_number(json, "other", finding->value);
        bc_json_put_bool(json, "likely", finding->likely);
        break;
    default:
        put_facts(json, &session->examined[session->findings.samples[finding->first]].facts);
    }
}

static bc_status append_finding(bc_text *text, const bc_check_session *session, const bc_finding *finding,
                                bc_error *err) {
    bc_json_builder *json;
    bc_status status = bc_json_builder_create(&json, err);
    if (status != BC_OK)
        return status;
    bc_json_put_text(json, "kind", bc_finding_name(finding->kind));
    bc_json_put_text(json, "severity", bc_severity_name(finding->severity));
    put_details(json, session, finding);
    put_pictures(json, session, finding);
    status = end_line(text, json, err);
    bc_json_builder_free(json);
    return status;
}

bc_status bc_check_append_json(bc_text *text, const bc_check_session *session, bc_error *err) {
    bc_status status = append_summary(text, session, err);
    for (size_t i = 0; status == BC_OK && i < session->findings.count; i++)
        status = append_finding(text, session, &session->findings.items[i], err);
    return status;
}
