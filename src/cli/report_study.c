/* The rows of a report and the cutoffs that have a button. */
#include "report_session.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/number.h"

#include <bclass/clusters.h>
#include <bclass/interval.h>
#include <bclass/logit.h>
#include <bclass/reliability.h>
#include <bclass/repeats.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

static void measure(bc_report_side *side) {
    bc_binned_error error;
    bc_curve_measure(&side->measures, side->curve, bc_interval_quantile);
    bc_binned_error_measure(&error, side->curve, BC_BINS_EQUAL_MASS, BC_BINS_DEFAULT);
    side->calibration_error = error.value;
}

static bc_status build_side(bc_report_side *side, bc_curve *curve, bc_order *order, unsigned splits,
                            const bc_report_session *session, bc_error *err) {
    bc_status status = bc_curve_build_in(curve, &session->scores, splits, session->pool, err);
    if (status == BC_OK)
        status = bc_order_make(order, &session->scores, splits, err);
    side->curve = curve;
    side->order = order;
    side->splits = splits;
    if (status == BC_OK)
        measure(side);
    return status;
}

/* As a sweep does, so that both promise the same. */
static bc_status mark_clusters(bc_report_session *session, bc_error *err) {
    bc_clusters clusters;
    bc_curve *curve = &session->chosen;
    session->copies = bc_repeats_within(curve);
    bc_status status = bc_clusters_find(&clusters, curve, &session->scores, session->choice.splits, err);
    if (status == BC_OK)
        bc_clusters_mark(curve, &clusters);
    if (session->copies > 1)
        curve->positives_cluster = curve->items_cluster = true;
    bc_clusters_free(&clusters);
    return status;
}

static bc_status choose_rows(bc_report_session *session, bc_error *err) {
    session->choice = bc_split_choose(&session->scores, (bc_split_wanted)session->set->split);
    const bc_split_choice *choice = &session->choice;
    const unsigned there = bc_scores_labelled_splits(&session->scores);
    if (there == 0)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: no row has a label", session->file);
    if ((there & choice->splits) == 0)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: no labelled row in split '%s'", session->file,
                       choice->name);
    session->report.in_sample = (there & choice->splits & 1u << BC_SPLIT_TRAIN) != 0;
    return session->set->allow_train
               ? BC_OK
               : bc_split_check_held_out(choice, &session->scores, session->file, "choose", err);
}

/* ---- cutoffs ---- */

static double on_scale(const bc_report_session *session, double score, double logit) {
    return session->scores.logits ? logit : score;
}

static void set_half(bc_report_session *session) {
    session->cutoffs[BC_REPORT_HALF] =
        (bc_report_cutoff){.id = "half", .label = "0.5", .mark = "0.5", .value = on_scale(session, 0.5, 0)};
}

static void tell_lack(bc_report_cutoff *cutoff, const bc_guarantee *of) {
    char best[BC_NUMBER_SIZE];
    bc_number_print_fixed(best, floor(of->best_recall * 1000) / 1000, 3);
    switch (of->lack) {
    case BC_LACK_POSITIVES:
        snprintf(cutoff->note, sizeof cutoff->note,
                 "it needs %" PRIu64 " positives, and there are %" PRIu64
                 ", which can promise a recall of %s",
                 of->needed, of->positives, best);
        break;
    case BC_LACK_EQUALITY:
        snprintf(cutoff->note, sizeof cutoff->note,
                 "rows have weights, and promises are made by counting rows that are alike");
        break;
    default:
        snprintf(cutoff->note, sizeof cutoff->note, "positives share groups, or are copies");
        break;
    }
}

static void set_promised(bc_report_session *session) {
    static const double recall = 0.95, confidence = 0.95;
    const bc_rule rule = {.kind = BC_RULE_MIN_RECALL, .target = recall, .confidence = confidence};
    bc_report_cutoff *cutoff = &session->cutoffs[BC_REPORT_PROMISED];
    bc_guarantee *guarantee = &session->guarantee;
    bc_pick pick = bc_pick_none;
    *cutoff = (bc_report_cutoff){
        .id = "promised", .mark = "promised", .label = "recall 0.95 cannot be promised", .value = NAN};
    if (session->report.in_sample) {
        snprintf(cutoff->note, sizeof cutoff->note, "rows that were learned from promise nothing");
        return;
    }
    bc_guarantee_choose(guarantee, &pick, &session->chosen, &rule);
    if (guarantee->held) {
        cutoff->label = "recall 0.95 promised";
        cutoff->value = pick.value;
        snprintf(
            cutoff->note, sizeof cutoff->note,
            "95 %% sure that at least 95 %% of all positives to come are caught, if they are like these");
    } else {
        tell_lack(cutoff, guarantee);
    }
}

static bool differ(const char *a, const char *b) {
    return a != NULL && b != NULL && a[0] != '\0' && b[0] != '\0' && strcmp(a, b) != 0;
}

static void compare_scores(bc_report_session *session, const bc_cutoff *saved, const char *path) {
    char sha256[BC_HASH_TEXT_SIZE];
    if (strcmp(session->file, "standard input") == 0 || bc_hash_file(sha256, session->file, NULL) != BC_OK)
        return;
    if (differ(saved->scores_sha256, sha256))
        bc_report_warn(session, "The cutoff in %s was chosen on another file of scores than this.", path);
}

static void take_saved(bc_report_session *session, const bc_cutoff *saved, const char *path) {
    bc_report_cutoff *cutoff = &session->cutoffs[BC_REPORT_SAVED];
    cutoff->label = "saved";
    cutoff->value = on_scale(session, saved->score, saved->logit);
    snprintf(cutoff->note, sizeof cutoff->note, "%s, chosen on %s, from %s", saved->rule, saved->split,
             bc_file_name(path));
    compare_scores(session, saved, path);
    if (differ(saved->positive, session->report.positive) ||
        differ(saved->negative, session->report.negative))
        bc_report_warn(session, "The cutoff in %s was chosen for other classes than these.", path);
}

/* The one for this label. */
static bc_status read_saved(bc_report_session *session, const char *path, bc_error *err) {
    const char *target = session->set->target;
    bc_cutoffs saved;
    bool found = false;
    bc_status status = bc_cutoffs_read(&saved, path, err);
    for (size_t i = 0; status == BC_OK && i < saved.count; i++) {
        if (saved.many && differ(saved.items[i].target, target))
            continue;
        if (!found)
            take_saved(session, &saved.items[i], path);
        found = true;
    }
    if (status == BC_OK && saved.many && target == NULL)
        status = bc_fail(err, BC_ERROR_USAGE, "%s holds cutoffs of many labels", path);
    else if (status == BC_OK && !found)
        status = bc_fail(err, BC_ERROR_FORMAT, "%s holds no cutoff for this label", path);
    bc_cutoffs_free(&saved);
    return status;
}

/* --cutoff, a number or a file; else what the run has, which may be damaged. */
static bc_status set_saved(bc_report_session *session, bc_error *err) {
    const char *given = session->set->cutoff;
    bc_report_cutoff *cutoff = &session->cutoffs[BC_REPORT_SAVED];
    bc_error found = {0};
    double score;
    *cutoff = (bc_report_cutoff){.id = "saved", .label = "none saved", .mark = "saved", .value = NAN};
    if (given != NULL && bc_number_parse(given, strlen(given), &score)) {
        if (!(score >= 0 && score <= 1))
            return bc_fail(err, BC_ERROR_USAGE,
                           "--cutoff takes a number from 0 to 1 or a cutoff file, not '%s'", given);
        *cutoff =
            (bc_report_cutoff){.id = "saved", .label = "given", .mark = "given", .note = "given by --cutoff"};
        cutoff->value = on_scale(session, score, bc_logit(score));
        return BC_OK;
    }
    if (given != NULL)
        return read_saved(session, given, err);
    if (session->run.cutoff == NULL || read_saved(session, session->run.cutoff, &found) == BC_OK)
        return BC_OK;
    bc_report_warn(session, "%s", found.message);
    return found.status == BC_ERROR_MEMORY ? bc_fail(err, found.status, "%s", found.message) : BC_OK;
}

/* ---- both ---- */

bc_status bc_report_study(bc_report_session *session, bc_error *err) {
    bc_report *report = &session->report;
    bc_status status = choose_rows(session, err);
    report->chosen.name = session->choice.name;
    report->test.name = bc_split_name(BC_SPLIT_TEST);
    if (status == BC_OK)
        status = build_side(&report->chosen, &session->chosen, &session->chosen_order, session->choice.splits,
                            session, err);
    if (status == BC_OK && session->choice.has_test)
        status = build_side(&report->test, &session->test, &session->test_order, 1u << BC_SPLIT_TEST, session,
                            err);
    if (status == BC_OK)
        status = mark_clusters(session, err);
    if (status != BC_OK)
        return status;
    session->saturation = bc_saturation_find(&session->chosen);
    if (session->choice.has_test)
        session->shared = bc_repeats_between(&session->test, &session->chosen);
    set_half(session);
    set_promised(session);
    status = set_saved(session, err);
    report->cutoffs = session->cutoffs;
    report->cutoff_count = BC_REPORT_CUTOFFS;
    const bool saved = !isnan(session->cutoffs[BC_REPORT_SAVED].value);
    report->start = (size_t)(saved ? BC_REPORT_SAVED : BC_REPORT_HALF);
    return status;
}
