/* Numbers and picks of a sweep in words for people. */
#include "sweep_measures.h"
#include "sweep_print.h"

#include "base/number.h"

#include <bclass/logit.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void bc_sweep_print_fixed(char cell[BC_SWEEP_CELL_SIZE], double value, int decimals) {
    char digits[BC_NUMBER_SIZE] = "NA";
    if (!isnan(value))
        bc_number_print_fixed(digits, value, decimals);
    snprintf(cell, BC_SWEEP_CELL_SIZE, "%s", digits);
}

void bc_sweep_append_line(bc_text *text, const char *line) {
    for (; *line != '\0'; line++)
        bc_text_char(text, bc_text_printable(*line));
}

enum { NAME_LENGTH = 32 };

void bc_sweep_print_name(char cell[BC_SWEEP_CELL_SIZE], const char *name) {
    size_t length = strlen(name), kept = length;
    if (length > NAME_LENGTH) {
        kept = NAME_LENGTH - 3;
        while (kept > 0 && ((unsigned char)name[kept] & 0xC0) == 0x80) /* within a UTF-8 character */
            kept--;
    }
    snprintf(cell, BC_SWEEP_CELL_SIZE, "%.*s%s", (int)kept, name, kept < length ? "..." : "");
    bc_text_one_line(cell);
}

void bc_sweep_print_count(char cell[BC_SWEEP_CELL_SIZE], double count) {
    char digits[BC_NUMBER_SIZE];
    if (!(count > 0 && count < 1)) {
        bc_sweep_print_fixed(cell, count, count == floor(count) ? 0 : 2);
        return;
    }
    bc_number_print(digits, count, 3); /* weights that sum to 1 would all be 0.00 */
    snprintf(cell, BC_SWEEP_CELL_SIZE, "%s", digits);
}

static void print_digits(char cell[BC_SWEEP_CELL_SIZE], const bc_pick *pick, bool logits) {
    char digits[BC_NUMBER_SIZE];
    for (int count = 3; count <= 17; count++) {
        double shown;
        bc_number_print(digits, pick->score, count);
        if (!bc_number_parse(digits, strlen(digits), &shown))
            continue;
        double value = logits ? bc_logit(shown) : shown;
        if (value == pick->value || (value > pick->lower && value <= pick->upper)) {
            snprintf(cell, BC_SWEEP_CELL_SIZE, "%s", digits);
            return;
        }
    }
    bc_number_print(digits, pick->logit, 9);
    snprintf(cell, BC_SWEEP_CELL_SIZE, "logit %s", digits);
}

void bc_sweep_print_pick(char cell[BC_SWEEP_CELL_SIZE], const bc_pick *pick, bool logits) {
    if (isnan(pick->value))
        snprintf(cell, BC_SWEEP_CELL_SIZE, "NA");
    else if (pick->upper == INFINITY && pick->counts.tp + pick->counts.fp == 0)
        snprintf(cell, BC_SWEEP_CELL_SIZE, "none");
    else
        print_digits(cell, pick, logits);
}

void bc_sweep_print_cutoff(char cell[BC_SWEEP_CELL_SIZE], const bc_sweep_row *row, bool logits) {
    if (bc_sweep_is_choice(&row->rule))
        bc_sweep_print_pick(cell, &row->pick, logits);
    else
        print_digits(cell, &row->pick, logits);
}

static void print_costs(bc_text *text, const bc_rule *rule, const bc_confusion *counts) {
    char recall[BC_SWEEP_CELL_SIZE], precision[BC_SWEEP_CELL_SIZE], cost[BC_NUMBER_SIZE];
    char hits[BC_SWEEP_CELL_SIZE], positives[BC_SWEEP_CELL_SIZE], alarms[BC_SWEEP_CELL_SIZE];
    bc_sweep_print_fixed(recall, bc_recall(counts), 3);
    bc_sweep_print_fixed(precision, bc_precision(counts), 3);
    bc_sweep_print_count(hits, counts->tp);
    bc_sweep_print_count(positives, counts->tp + counts->fn);
    bc_sweep_print_count(alarms, counts->fp);
    bc_text_format(text, "catches %s of %s positives (recall %s) with %s false alarm%s (precision %s)", hits,
                   positives, recall, alarms, counts->fp == 1 ? "" : "s", precision);
    if (rule->kind == BC_RULE_COST) {
        bc_number_print(cost, bc_rule_cost(rule, counts), 6);
        bc_text_format(text, ", cost %s", cost);
    }
}

/* With as few digits as show that it lies below the target. */
static void print_below(char digits[BC_SWEEP_CELL_SIZE], double value, double target) {
    double shown = target;
    for (int count = 3; count <= 17 && !(shown < target); count++) {
        bc_number_print(digits, value, count);
        if (!bc_number_parse(digits, strlen(digits), &shown))
            return;
    }
}

/* Of a rule with one floor. */
static double floored_share(const bc_rule *rule, const bc_confusion *counts) {
    return rule->kind == BC_RULE_MIN_RECALL      ? bc_recall(counts)
           : rule->kind == BC_RULE_MIN_PRECISION ? bc_precision(counts)
                                                 : bc_specificity(counts);
}

static void print_nearest(bc_text *text, const bc_sweep_row *row, const char *cutoff) {
    char recall[BC_SWEEP_CELL_SIZE], precision[BC_SWEEP_CELL_SIZE], specificity[BC_SWEEP_CELL_SIZE],
        best[BC_SWEEP_CELL_SIZE];
    const bc_confusion *counts = &row->pick.counts;
    bc_sweep_print_fixed(recall, bc_recall(counts), 3);
    if (row->rule.kind == BC_RULE_FLOORS) {
        bc_sweep_print_fixed(precision, bc_precision(counts), 3);
        bc_sweep_print_fixed(specificity, bc_specificity(counts), 3);
        bc_text_format(text, "the nearest is cutoff %s with recall %s, precision %s and specificity %s",
                       cutoff, recall, precision, specificity);
    } else if (row->rule.kind == BC_RULE_BUDGET) {
        bc_sweep_print_count(best, counts->tp + counts->fp);
        bc_text_format(text, "the fewest that a cutoff can call positive is %s", best);
    } else {
        print_below(best, floored_share(&row->rule, counts), row->rule.target);
        bc_text_format(text, "the best attainable is %s, at cutoff %s with recall %s", best, cutoff, recall);
    }
}

static const char *set_name(const bc_sweep_study *study) {
    return strcmp(study->chosen.split, "all") == 0 ? "this file" : study->chosen.split;
}

/* With a few digits, rounded down so that no more is said than holds. */
static void print_rounded_down(char cell[BC_SWEEP_CELL_SIZE], double value) {
    bc_sweep_print_fixed(cell, floor(value * 1000) / 1000, 3);
}

static void print_dependence(bc_text *text, const bc_sweep_study *study, const bc_guarantee *of) {
    static const char reason[] = "and promises are made by counting rows that are drawn independently";
    if (study->copies > 1)
        bc_text_format(text, "every row is there %zu times, %s; keep one of each", study->copies, reason);
    else
        bc_text_format(text, "%s share groups, %s; keep one row of each group",
                       of->precision > 0 ? "rows" : "positives", reason);
}

static void print_lack(bc_text *text, const bc_sweep_study *study, const bc_guarantee *of) {
    char best[BC_SWEEP_CELL_SIZE];
    const char *name = set_name(study);
    switch (of->lack) {
    case BC_LACK_POSITIVES:
        print_rounded_down(best, of->best_recall);
        bc_text_format(text,
                       "needs %" PRIu64 " positives, %s has %" PRIu64 "; with %" PRIu64
                       " the best guarantee is recall %s",
                       of->needed, name, of->positives, of->positives, best);
        return;
    case BC_LACK_ITEMS:
        bc_text_format(text,
                       "needs %" PRIu64 " positives among the highest scores, %s has too few rows to test it",
                       of->needed, name);
        return;
    case BC_LACK_PRECISION:
        bc_text_format(text,
                       "needs %" PRIu64 " positives among the %" PRIu64 " highest scores, %s has %" PRIu64
                       " there",
                       of->first_needed, of->first_items, name, of->first_hits);
        return;
    case BC_LACK_BOTH:
        bc_text_string(text, "each can be guaranteed, but of no cutoff both");
        return;
    case BC_LACK_EQUALITY:
        bc_text_string(text, "the rows have weights, and promises are made by counting rows that are alike");
        return;
    case BC_LACK_INDEPENDENCE:
        print_dependence(text, study, of);
        return;
    case BC_LACK_NONE:
        return;
    }
}

/* What a promise comes to, in plain words. */
static void print_promise(bc_text *text, const bc_sweep_row *row) {
    char share[BC_NUMBER_SIZE], sure[BC_NUMBER_SIZE];
    const bc_guarantee *of = &row->guarantee;
    uint64_t misses;
    bc_number_print(sure, 100 * of->confidence, 6);
    bc_text_format(text, "    guarantee, for items like these: %s %% sure that ", sure);
    if (of->recall > 0) {
        bc_number_print(share, 100 * of->recall, 6);
        bc_text_format(text, "at least %s %% of all positives are caught", share);
    }
    if (of->precision > 0) {
        bc_number_print(share, 100 * of->precision, 6);
        bc_text_format(text, "%sat least %s %% of the items called positive are",
                       of->recall > 0 ? " and " : "", share);
    }
    bc_text_char(text, '\n');
    if (bc_sweep_forecast(&misses, row))
        bc_text_format(text,
                       "    forecast: of the next %d positives, %s %% sure to miss at most %" PRIu64 "\n",
                       (int)BC_SWEEP_NEXT, sure, misses);
}

void bc_sweep_unmet(bc_text *text, const bc_sweep_study *study, const bc_sweep_row *row) {
    char cutoff[BC_SWEEP_CELL_SIZE];
    if (row->rule.confidence > 0) {
        bc_text_format(text, "%s: cannot be guaranteed, ", row->name);
        print_lack(text, study, &row->guarantee);
        return;
    }
    bc_text_format(text, "%s: cannot be met, ", row->name);
    if (isnan(row->pick.value)) {
        bc_text_string(text, "it is undefined at every cutoff");
    } else {
        bc_sweep_print_cutoff(cutoff, row, study->chosen.curve.logits);
        print_nearest(text, row, cutoff);
    }
}

/* "catches ... on val,\n    and on test it catches ..." */
static void print_places(bc_text *text, const bc_sweep_study *study, const bc_sweep_row *row) {
    bc_sweep_result results[BC_SWEEP_PLACES];
    size_t count = bc_sweep_results(results, study, row);
    for (size_t i = 0; i < count; i++) {
        bool split = results[i].place == BC_SWEEP_TEST || (i == 0 && study->has_test);
        if (i > 0)
            bc_text_format(text, ",\n    and %s%s ", split ? "on " : "", results[i].split);
        if (i > 0 && results[i].counts != NULL)
            bc_text_string(text, "it ");
        if (results[i].counts != NULL)
            print_costs(text, &row->rule, results[i].counts);
        else
            bc_text_string(text, "the rule is met in no fold");
        if (i == 0 && count > 1)
            bc_text_format(text, " %s%s", split ? "on " : "", results[i].split);
        if (results[i].place == BC_SWEEP_FITTED && row->fitted.met > 0 &&
            row->fitted.met < study->folds.count)
            bc_text_format(text, " in the %u of %u folds whose others meet the rule", row->fitted.met,
                           study->folds.count);
    }
}

void bc_sweep_sentence(bc_text *text, const bc_sweep_study *study, const bc_sweep_row *row) {
    char cutoff[BC_SWEEP_CELL_SIZE];
    if (!row->pick.met) {
        bc_sweep_unmet(text, study, row);
        bc_text_char(text, '\n');
        return;
    }
    bc_sweep_print_cutoff(cutoff, row, study->chosen.curve.logits);
    bc_text_format(text, "%s: cutoff %s ", row->name, cutoff);
    print_places(text, study, row);
    bc_text_char(text, '\n');
    if (row->rule.confidence > 0)
        print_promise(text, row);
}

static void print_review(bc_text *text, const bc_sweep_study *study, const bc_sweep_result *result) {
    char per_1000[BC_SWEEP_CELL_SIZE], items[BC_SWEEP_CELL_SIZE], missed[BC_SWEEP_CELL_SIZE],
        alarms[BC_SWEEP_CELL_SIZE];
    bc_sweep_review review = bc_sweep_find_review(study, result->place);
    bc_sweep_print_fixed(per_1000, review.per_1000, 1);
    bc_sweep_print_count(items, review.items);
    bc_sweep_print_count(missed, review.missed);
    bc_sweep_print_count(alarms, review.alarms);
    bc_text_format(text,
                   "    %s: %s left to a person (%s of 1000), %s positive%s called negative, %s negative%s "
                   "called positive\n",
                   result->split, items, per_1000, missed, review.missed == 1 ? "" : "s", alarms,
                   review.alarms == 1 ? "" : "s");
}

void bc_sweep_triage_sentence(bc_text *text, const bc_sweep_study *study) {
    char low[BC_SWEEP_CELL_SIZE], high[BC_SWEEP_CELL_SIZE];
    if (!bc_sweep_has_review(study))
        return;
    bc_sweep_print_cutoff(low, study->low, study->chosen.curve.logits);
    bc_sweep_print_cutoff(high, study->high, study->chosen.curve.logits);
    bc_text_format(text, "triage: negative below %s, positive from %s on\n", low, high);
    bc_sweep_result results[BC_SWEEP_PLACES];
    size_t count = bc_sweep_results(results, study, study->low);
    for (size_t i = 0; i < count; i++)
        print_review(text, study, &results[i]);
}
