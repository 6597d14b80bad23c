/* What bclass check found, for people. */
#include "check.h"
#include "data_choice.h"
#include "table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *plural(size_t count) {
    return count == 1 ? "" : "s";
}

/* ---- what there is ---- */

static void append_formats(bc_text *text, const bc_check_session *session) {
    const bc_formats *formats = &session->formats;
    const char *before = "";
    for (int kind = 0; kind < BC_IMAGE_KINDS; kind++) {
        if (formats->of[kind] > 0) {
            bc_text_format(text, "%s%zu %s", before, formats->of[kind],
                           bc_image_kind_name((bc_image_kind)kind));
            before = ", ";
        }
    }
    bc_text_format(text, " of %ux%u", formats->least_width, formats->least_height);
    if (formats->least_width != formats->most_width || formats->least_height != formats->most_height)
        bc_text_format(text, " to %ux%u", formats->most_width, formats->most_height);
    bc_text_format(text, " pixels; the network sees %ux%u %s\n", session->preprocess.width,
                   session->preprocess.height, session->preprocess.channels > 1 ? "in colour" : "in gray");
}

static void add_split(bc_table *table, const bc_check_session *session, bc_split split, const char *name) {
    const bc_class_count *of = session->counts.of[split];
    if (of[0].pictures + of[1].pictures == 0)
        return;
    bc_table_cell(table, name);
    bc_table_count(table, of[0].pictures + of[1].pictures);
    bc_table_count(table, of[1].pictures);
    bc_table_count(table, of[0].pictures);
    if (session->dataset.groups > 0) {
        bc_table_count(table, of[1].groups);
        bc_table_count(table, of[0].groups);
    }
}

static void append_counts(bc_text *text, const bc_check_session *session) {
    const bool grouped = session->dataset.groups > 0;
    bc_table table;
    bc_table_start(&table, grouped ? "lrrrrr" : "lrrr");
    bc_table_cell(&table, "split");
    bc_table_cell(&table, "pictures");
    bc_table_cell(&table, "positive");
    bc_table_cell(&table, "negative");
    if (grouped) {
        bc_table_cell(&table, "positive groups");
        bc_table_cell(&table, "negative groups");
    }
    add_split(&table, session, BC_SPLIT_TRAIN, session->dataset.folds > 0 ? "folds" : "train");
    add_split(&table, session, BC_SPLIT_VAL, "val");
    add_split(&table, session, BC_SPLIT_TEST, "test");
    bc_table_print(text, &table);
    bc_table_free(&table);
    if (session->dataset.split_by_seed)
        bc_text_format(text, "%s drawn by --seed%s\n",
                       session->dataset.folds > 0 ? "Folds are" : "Splits are",
                       session->redrawn ? ", so that copies stay together" : "");
    bc_text_format(text,
                   "A cutoff is chosen on %zu positive%s; to promise a recall of 0.95 with confidence 0.95 "
                   "takes %zu.\n",
                   session->counts.chosen_on, plural(session->counts.chosen_on), session->counts.needed);
}

static void append_leakage(bc_text *text, const bc_check_session *session) {
    static const bc_split splits[] = {BC_SPLIT_VAL, BC_SPLIT_TEST, BC_SPLIT_OOF};
    for (size_t i = 0; i < sizeof splits / sizeof splits[0]; i++) {
        const bc_split split = splits[i];
        const bc_leakage *leakage = &session->leakage[split];
        const bc_class_count *of = session->counts.of[split == BC_SPLIT_OOF ? BC_SPLIT_TRAIN : split];
        if (leakage->exact + leakage->near > 0)
            bc_text_format(text,
                           "Known from what is learned: of the %zu pictures in %s %zu exactly and %zu more "
                           "nearly, so what is measured there is too good.\n",
                           of[0].pictures + of[1].pictures,
                           split == BC_SPLIT_OOF ? "the folds" : bc_split_name(split), leakage->exact,
                           leakage->near);
    }
}

static void append_shortcuts(bc_text *text, const bc_check_session *session) {
    bc_table table;
    bc_table_start(&table, "lrrr");
    bc_table_cell(&table, "told by");
    bc_table_cell(&table, "AUROC");
    bc_table_cell(&table, "low");
    bc_table_cell(&table, "high");
    for (int kind = 0; kind < BC_MEASURES; kind++) {
        const bc_shortcut *shortcut = &session->shortcuts[kind];
        if (isnan(shortcut->auroc))
            continue;
        bc_table_cell(&table, bc_measure_name((bc_measure_kind)kind));
        bc_table_number(&table, shortcut->auroc, 3);
        bc_table_number(&table, shortcut->low, 3);
        bc_table_number(&table, shortcut->high, 3);
    }
    if (table.count > 4) {
        bc_text_string(text, "How well the class is told by one measure alone, out of 5 folds, with the 95% "
                             "interval; 0.5 and below is not at all:\n");
        bc_table_print(text, &table);
    } else {
        bc_text_string(text, "No measure tells the classes apart: the pictures are alike in all of them.\n");
    }
    bc_table_free(&table);
}

/* ---- findings ---- */

static const bc_sample *sample_of(const bc_check_session *session, const bc_finding *finding, size_t place) {
    return &session->dataset.samples[session->findings.samples[finding->first + place]];
}

static const bc_image_facts *facts_of(const bc_check_session *session, const bc_finding *finding) {
    return &session->examined[session->findings.samples[finding->first]].facts;
}

/* What all findings of a kind and severity have in common. */
static void append_heading(bc_text *text, const bc_check_session *session, const bc_finding *finding,
                           size_t count) {
    static const char *const words[] = {
        [BC_FINDING_UNREADABLE] = "cannot be read and will be left out",
        [BC_FINDING_CLASS] = "classes without a picture to train on",
        [BC_FINDING_MISNAMED] = "named as another kind than they are",
        [BC_FINDING_ROTATED] = "stored turned or mirrored; EXIF says so, and they are turned upright",
        [BC_FINDING_CMYK] = "in CMYK, converted without a colour profile",
        [BC_FINDING_ANIMATED] = "animated; the first frame is used",
        [BC_FINDING_TINY] = "smaller than half of what the network sees",
        [BC_FINDING_HUGE] = "of more than 40 million pixels",
        [BC_FINDING_COPIES] = "copies of a picture",
        [BC_FINDING_SHORTCUT] = "the class can be told without a look at what is shown",
        [BC_FINDING_POSITIVES] = "few positives",
        [BC_FINDING_ORIGIN] = "pictures that the run was made of are not in the data",
        [BC_FINDING_SUSPECT] = "labels that the run contradicts most",
    };
    bc_text_format(text, "%s: %s", bc_severity_name(finding->severity), words[finding->kind]);
    if (finding->kind == BC_FINDING_SUSPECT)
        bc_text_format(text, "; about %zu of the %zu it scored are wrong or not understood",
                       session->labels.likely, session->labels.scored);
    bc_text_format(text, " (%zu)\n", count);
}

static void append_copies(bc_text *text, const bc_check_session *session, const bc_finding *finding) {
    enum { MEMBERS = 6 };
    static const char *const likeness[] = {"the same file", "the same pixels", "nearly the same"};
    bc_text_format(text, "  %s%s%s:", likeness[finding->likeness],
                   !finding->across_splits      ? ""
                   : session->dataset.folds > 0 ? ", across folds"
                                                : ", across splits",
                   finding->contradictory ? ", with both labels" : "");
    for (size_t i = 0; i < finding->count && i < MEMBERS; i++) {
        const bc_sample *sample = sample_of(session, finding, i);
        char split[BC_PART_NAME_SIZE];
        bc_data_name_part(split, sample);
        bc_text_string(text, i > 0 ? ", " : " ");
        bc_text_utf8_line(text, sample->path);
        if (finding->across_splits)
            bc_text_format(text, " (%s)", split);
    }
    if (finding->count > MEMBERS)
        bc_text_format(text, " and %zu more", finding->count - MEMBERS);
}

static void append_path(bc_text *text, const bc_check_session *session, const bc_finding *finding) {
    bc_text_string(text, "  ");
    bc_text_utf8_line(text, sample_of(session, finding, 0)->path);
}

static void append_origin(bc_text *text, const bc_finding *finding) {
    bc_text_format(text, "  of %.0f that it recorded %.0f are there", finding->low, finding->value);
    if (finding->high < finding->low)
        bc_text_format(text, ", where a part of its data as large as this has about %.0f", finding->high);
    if (finding->severity == BC_SEVERITY_WARNING)
        bc_text_string(text, "; it may be a run of other data");
}

static void append_item(bc_text *text, const bc_check_session *session, const bc_finding *finding) {
    switch (finding->kind) {
    case BC_FINDING_UNREADABLE:
        bc_text_string(text, "  ");
        bc_text_utf8_line(text, finding->path);
        bc_text_string(text, ": ");
        bc_text_utf8_line(text, finding->words);
        break;
    case BC_FINDING_CLASS:
        bc_text_string(text, "  ");
        bc_text_utf8_line(text, finding->words);
        break;
    case BC_FINDING_MISNAMED:
        append_path(text, session, finding);
        bc_text_format(text, " is a %s", bc_image_kind_name(facts_of(session, finding)->info.kind));
        break;
    case BC_FINDING_TINY:
    case BC_FINDING_HUGE:
        append_path(text, session, finding);
        bc_text_format(text, " is %ux%u", facts_of(session, finding)->info.width,
                       facts_of(session, finding)->info.height);
        break;
    case BC_FINDING_COPIES:
        append_copies(text, session, finding);
        break;
    case BC_FINDING_SHORTCUT:
        bc_text_format(text, "  %s: AUROC %.3f (%.3f to %.3f)", finding->words, finding->value, finding->low,
                       finding->high);
        break;
    case BC_FINDING_POSITIVES:
        bc_text_format(text, "  %.0f where %.0f are needed%s", finding->value, finding->low,
                       session->dataset.folds > 0 ? "" : "; --folds would choose on all that are trained on");
        break;
    case BC_FINDING_ORIGIN:
        append_origin(text, finding);
        break;
    case BC_FINDING_SUSPECT:
        append_path(text, session, finding);
        bc_text_format(text, " is %s; the run gives that %.3f%s",
                       sample_of(session, finding, 0)->label == 1 ? session->dataset.positive
                                                                  : session->dataset.negative,
                       1 - finding->value, finding->likely ? "" : " (no rarer than mistakes of the run)");
        break;
    default:
        append_path(text, session, finding);
    }
    bc_text_char(text, '\n');
}

static void append_kind(bc_text *text, const bc_check_session *session, bc_finding_kind kind,
                        bc_severity severity) {
    const bc_findings *findings = &session->findings;
    size_t count = 0, listed = 0;
    for (size_t i = 0; i < findings->count; i++)
        count += findings->items[i].kind == kind && findings->items[i].severity == severity;
    for (size_t i = 0; i < findings->count && count > 0; i++) {
        const bc_finding *finding = &findings->items[i];
        if (finding->kind != kind || finding->severity != severity)
            continue;
        if (listed == 0) {
            bc_text_char(text, '\n');
            append_heading(text, session, finding, count);
        }
        if (listed == (size_t)session->set->list)
            break;
        append_item(text, session, finding);
        listed++;
    }
    if (count > listed)
        bc_text_format(text, "  and %zu more; --list %zu names all\n", count - listed, count);
}

static void append_pictures(bc_text *text, const bc_check_session *session) {
    append_formats(text, session);
    bc_text_char(text, '\n');
    append_counts(text, session);
    append_leakage(text, session);
    bc_text_char(text, '\n');
    append_shortcuts(text, session);
}

void bc_check_append_text(bc_text *text, const bc_check_session *session) {
    const size_t *severities = session->findings.severities;
    if (session->dataset.count > 0)
        append_pictures(text, session);
    else
        bc_text_string(text, "No file can be read as a picture.\n");
    for (int severity = BC_SEVERITY_COUNT; severity-- > 0;) {
        for (int kind = 0; kind < BC_FINDING_KINDS; kind++)
            append_kind(text, session, (bc_finding_kind)kind, (bc_severity)severity);
    }
    bc_text_format(text, "\n%zu error%s, %zu warning%s, %zu note%s\n", severities[BC_SEVERITY_ERROR],
                   plural(severities[BC_SEVERITY_ERROR]), severities[BC_SEVERITY_WARNING],
                   plural(severities[BC_SEVERITY_WARNING]), severities[BC_SEVERITY_NOTE],
                   plural(severities[BC_SEVERITY_NOTE]));
}
