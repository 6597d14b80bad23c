/* What a report warns of: that its numbers may not mean what they seem to. */
#include "report_session.h"

#include "base/number.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void bc_report_warn(bc_report_session *session, const char *format, ...) {
    char line[2 * BC_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    bc_report_add_fact(&session->warnings, "", "", line);
}

static const char *plural(size_t count) {
    return count == 1 ? "" : "s";
}

static void warn_of_rows(bc_report_session *session) {
    const bc_report *report = &session->report;
    if (report->in_sample)
        bc_report_warn(session, "Rows that the network learned from are among these: it knows them, and all "
                                "numbers are better than those to come.");
    else if (session->choice.splits == 1u << BC_SPLIT_TEST)
        bc_report_warn(session,
                       "These are test rows. If a cutoff is chosen on them, none are left that could "
                       "tell what it is worth.");
    else if (!session->choice.has_test)
        bc_report_warn(session, "There are no test rows. A cutoff chosen here is also measured here, so its "
                                "numbers are a little better than those to come.");
    if (session->scores.skipped > 0)
        bc_report_warn(session, "%" PRIu64 " row%s could not be used; the first: %s", session->scores.skipped,
                       plural((size_t)session->scores.skipped), session->scores.first_skipped);
    const uint64_t unknown = session->chosen.unknown + session->test.unknown;
    if (unknown > 0)
        bc_report_warn(session, "%" PRIu64 " row%s without a label, not counted.", unknown,
                       plural((size_t)unknown));
}

/* How far one item more or less moves a share. */
static void warn_of_few(bc_report_session *session, const char *split, const bc_curve *curve) {
    enum { FEW = 50 };
    char rows[48] = "These rows have";
    if (strcmp(split, "all") != 0)
        snprintf(rows, sizeof rows, "%s has", split);
    const size_t positives = curve->positive.count, negatives = curve->negative.count;
    if (positives == 0 || negatives == 0)
        bc_report_warn(session, "%s only %s items, so what takes both classes is NA.", rows,
                       positives == 0 ? "negative" : "positive");
    else if (positives < FEW)
        bc_report_warn(session, "%s %zu positive%s: each of them moves the recall by %.0f points.", rows,
                       positives, plural(positives), 100 / (double)positives);
}

static void warn_of_repeats(bc_report_session *session) {
    if (session->copies > 1)
        bc_report_warn(session,
                       "Every score is there %zu times with the same label. Is the file joined with itself? "
                       "Intervals are then too narrow.",
                       session->copies);
    else if (session->chosen.items_cluster)
        bc_report_warn(session,
                       "Rows share groups. Intervals take rows for independent, which makes them too "
                       "narrow.");
    if (session->shared > 0)
        bc_report_warn(session,
                       "%zu of %zu test rows have the score and the label of a %s row. If they are the same "
                       "pictures, the test is none.",
                       session->shared, session->test.positive.count + session->test.negative.count,
                       session->choice.name);
}

static void warn_of_scores(bc_report_session *session) {
    const bc_saturation *of = &session->saturation;
    const bc_curve_measures *measures = &session->report.chosen.measures;
    if (measures->auroc < 0.5 && !(measures->auroc_high >= 0.5)) { /* so not by chance */
        char area[BC_NUMBER_SIZE];
        bc_number_print_fixed(area, measures->auroc, 3);
        bc_report_warn(
            session,
            "AUROC %s is below 0.5: higher scores go with negatives. Is the positive class the other "
            "one?",
            area);
    }
    if (of->ends)
        bc_report_warn(
            session,
            "The scores are saturated: %zu of %zu are exactly 0 and %zu exactly 1, and what is equal "
            "no cutoff tells apart. Save logits with 9 digits.",
            of->at_zero, of->rows, of->at_one);
    if (of->stuck)
        bc_report_warn(
            session,
            "The scores are saturated: moving the cutoff from 0.5 to 0.05 changes %zu of %zu rows. "
            "Scores of rows that were learned from are like that; where these are held out, 'bclass "
            "calibrate' brings them back from the ends.",
            of->moved, of->rows);
}

static void warn_of_run(bc_report_session *session) {
    const bc_json *settings = session->run.settings;
    int64_t skipped = 0, steps = 0;
    if (bc_json_integer(bc_json_member(bc_json_member(settings, "data"), "skipped"), &skipped) && skipped > 0)
        bc_report_warn(
            session, "%" PRId64 " picture%s could not be read when the network was trained, see skipped.csv.",
            skipped, plural((size_t)skipped));
    if (bc_json_integer(bc_json_member(settings, "stopped_after_steps"), &steps))
        bc_report_warn(session, "The training was ended early, after %" PRId64 " steps.", steps);
}

void bc_report_collect_warnings(bc_report_session *session) {
    warn_of_rows(session);
    warn_of_few(session, session->choice.name, &session->chosen);
    if (session->choice.has_test)
        warn_of_few(session, "test", &session->test);
    warn_of_scores(session);
    warn_of_repeats(session);
    warn_of_run(session);
}
