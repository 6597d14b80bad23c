/* The rules of a sweep as they are given on the command line. */
#include "sweep_rules.h"

#include "base/memory.h"
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char ladder[] = "0.01,0.02,0.05,0.1,0.2,0.25,0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.95,0.99";

static bc_status add_rule(bc_sweep_rows *rows, const bc_rule *rule, bc_error *err) {
    void *block = rows->items;
    bc_status status = bc_grow(&block, &rows->capacity, rows->count + 1, sizeof *rows->items, err);
    rows->items = block;
    if (status != BC_OK)
        return status;
    bc_sweep_row *row = &rows->items[rows->count++];
    *row = (bc_sweep_row){.rule = *rule};
    bc_rule_name(row->name, rule);
    return BC_OK;
}

/* A number from 0 to 1. */
static bc_status parse_share(double *share, const char *option, const char *text, size_t length,
                             bc_error *err) {
    if (bc_number_parse(text, length, share) && *share >= 0 && *share <= 1)
        return BC_OK;
    return bc_fail(err, BC_ERROR_USAGE, "--%s takes a number from 0 to 1, not '%.*s'", option, (int)length,
                   text);
}

static bc_status parse_logit(double *logit, const char *text, size_t length, bc_error *err) {
    if (bc_number_parse(text, length, logit) && isfinite(*logit))
        return BC_OK;
    return bc_fail(err, BC_ERROR_USAGE, "--at-logit takes a finite number, not '%.*s'", (int)length, text);
}

static bc_status add_list(bc_sweep_rows *rows, const bc_option_use *use, bc_error *err) {
    bool logit = use->option != NULL && strcmp(use->option->name, "at-logit") == 0;
    const char *list = use->text;
    bc_status status = BC_OK;
    for (bool more = true; status == BC_OK && more;) {
        size_t length = strcspn(list, ",");
        bc_rule rule = {.kind = logit ? BC_RULE_AT_LOGIT : BC_RULE_AT};
        status = logit ? parse_logit(&rule.target, list, length, err)
                       : parse_share(&rule.target, "at", list, length, err);
        if (status == BC_OK)
            status = add_rule(rows, &rule, err);
        more = list[length] == ',';
        list += length + 1;
    }
    return status;
}

/* One of "fn=A" and "fp=B" at the start of text; returns what is left of it, NULL when it is none of them. */
static const char *parse_cost_part(bc_rule *rule, const char *text) {
    double *cost = strncmp(text, "fn=", 3) == 0   ? &rule->cost_fn
                   : strncmp(text, "fp=", 3) == 0 ? &rule->cost_fp
                                                  : NULL;
    if (cost == NULL || !isnan(*cost))
        return NULL;
    size_t length = strcspn(text + 3, ",");
    bool right = bc_number_parse(text + 3, length, cost) && *cost >= 0 && *cost <= 1e100;
    return right ? text + 3 + length : NULL;
}

static bc_status parse_cost(bc_rule *rule, const char *text, bc_error *err) {
    *rule = (bc_rule){.kind = BC_RULE_COST, .cost_fn = NAN, .cost_fp = NAN};
    const char *rest = parse_cost_part(rule, text);
    rest = rest != NULL && *rest == ',' ? parse_cost_part(rule, rest + 1) : NULL;
    if (rest != NULL && *rest == '\0' && rule->cost_fn + rule->cost_fp > 0)
        return BC_OK;
    return bc_fail(err, BC_ERROR_USAGE,
                   "--cost takes fn=A,fp=B, what a miss and a false alarm cost (not both 0), not '%s'", text);
}

static bc_status parse_budget(bc_rule *rule, const char *text, bc_error *err) {
    size_t length = strlen(text);
    int64_t items;
    *rule = (bc_rule){.kind = BC_RULE_BUDGET, .percent = length > 0 && text[length - 1] == '%'};
    if (rule->percent && bc_number_parse(text, length - 1, &rule->target) && rule->target >= 0 &&
        rule->target <= 100)
        return BC_OK;
    if (!rule->percent && bc_integer_parse(text, length, &items) && items >= 0) {
        rule->target = (double)items;
        return BC_OK;
    }
    return bc_fail(err, BC_ERROR_USAGE, "--budget takes a number of items, or a share such as 5%%, not '%s'",
                   text);
}

static bc_status parse_max(bc_rule *rule, const char *text, bc_error *err) {
    *rule = (bc_rule){.kind = BC_RULE_MAX};
    if (bc_metric_parse(&rule->metric, text))
        return BC_OK;
    return bc_fail(err, BC_ERROR_USAGE,
                   "--max takes one of f1, f2, fbeta=B, mcc, youden, accuracy, balanced-accuracy, kappa, not "
                   "'%s'",
                   text);
}

static bc_status parse_rule(bc_rule *rule, const bc_option_use *use, bc_error *err) {
    const char *option = use->option->name;
    if (strcmp(option, "max") == 0)
        return parse_max(rule, use->text, err);
    if (strcmp(option, "cost") == 0)
        return parse_cost(rule, use->text, err);
    if (strcmp(option, "budget") == 0)
        return parse_budget(rule, use->text, err);
    *rule = (bc_rule){.kind = strcmp(option, "min-recall") == 0      ? BC_RULE_MIN_RECALL
                              : strcmp(option, "min-precision") == 0 ? BC_RULE_MIN_PRECISION
                                                                     : BC_RULE_MIN_SPECIFICITY};
    return parse_share(&rule->target, option, use->text, strlen(use->text), err);
}

/* Makes one rule of all that set a floor; it takes the place of the first. */
static bc_status join_floors(bc_sweep_rows *rows, bc_error *err) {
    bc_rule joined = {.kind = BC_RULE_FLOORS};
    size_t kept = 0, first = rows->count, floors = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const bc_rule *rule = &rows->items[i].rule;
        if (rule->kind < BC_RULE_MIN_RECALL || rule->kind > BC_RULE_MIN_SPECIFICITY) {
            rows->items[kept++] = rows->items[i];
            continue;
        }
        double *floor = &joined.floors[rule->kind - BC_RULE_MIN_RECALL];
        if (*floor > 0)
            return bc_fail(err, BC_ERROR_USAGE, "--together takes each floor once");
        *floor = rule->target;
        if (floors++ == 0)
            first = kept++;
    }
    if (floors < 2)
        return bc_fail(err, BC_ERROR_USAGE,
                       "--together needs two of --min-recall, --min-precision and --min-specificity");
    rows->count = kept;
    rows->items[first] = (bc_sweep_row){.rule = joined};
    bc_rule_name(rows->items[first].name, &joined);
    return BC_OK;
}

static const double highest_promise = 0.999999; /* beyond it, it takes more items than anyone has */

static bool can_be_promised(double floor) {
    return floor > 0 && floor <= highest_promise;
}

static bc_status add_confidence(bc_sweep_row *row, double confidence, size_t *promised, bc_error *err) {
    bc_rule *rule = &row->rule;
    bool alone = rule->kind == BC_RULE_MIN_RECALL || rule->kind == BC_RULE_MIN_PRECISION;
    if (rule->kind == BC_RULE_MIN_SPECIFICITY ||
        (rule->kind == BC_RULE_FLOORS && rule->floors[BC_FLOOR_SPECIFICITY] > 0))
        return bc_fail(err, BC_ERROR_USAGE, "--confidence promises recall and precision, not specificity");
    if (!alone && rule->kind != BC_RULE_FLOORS)
        return BC_OK;
    if (alone ? !can_be_promised(rule->target)
              : !can_be_promised(rule->floors[BC_FLOOR_RECALL]) ||
                    !can_be_promised(rule->floors[BC_FLOOR_PRECISION]))
        return bc_fail(
            err, BC_ERROR_USAGE,
            "--confidence takes floors above 0, up to 0.999999; no number of items can promise all");
    rule->confidence = confidence;
    bc_rule_name(row->name, rule);
    ++*promised;
    return BC_OK;
}

static bc_status add_promises(bc_sweep_rows *rows, double confidence, bc_error *err) {
    size_t promised = 0;
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < rows->count; i++)
        status = add_confidence(&rows->items[i], confidence, &promised, err);
    if (status == BC_OK && promised == 0)
        status = bc_fail(err, BC_ERROR_USAGE, "--confidence needs --min-recall or --min-precision");
    return status;
}

/* False when there is none, or more than one. */
static bool find_only(size_t *found, const bc_sweep_rows *rows, bc_rule_kind kind) {
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->items[i].rule.kind != kind)
            continue;
        *found = i;
        count++;
    }
    return count == 1;
}

static void mark_triage(bc_sweep_row *row) {
    char name[BC_RULE_NAME_SIZE];
    bc_rule_name(name, &row->rule);
    snprintf(row->name, sizeof row->name, "triage %.*s", BC_RULE_NAME_SIZE - 8, name);
}

static bc_status pair_rules(bc_sweep_rules *rules, bc_error *err) {
    if (!find_only(&rules->low, &rules->picks, BC_RULE_MIN_RECALL) ||
        !find_only(&rules->high, &rules->picks, BC_RULE_MIN_PRECISION))
        return bc_fail(err, BC_ERROR_USAGE, "--triage needs one --min-recall and one --min-precision");
    rules->triage = true;
    mark_triage(&rules->picks.items[rules->low]);
    mark_triage(&rules->picks.items[rules->high]);
    return BC_OK;
}

bc_status bc_sweep_read_rules(bc_sweep_rules *rules, const bc_sweep_choices *choices, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < choices->at.count; i++)
        status = add_list(&rules->at, &choices->at.items[i], err);
    for (size_t i = 0; status == BC_OK && i < choices->rules.count; i++) {
        bc_rule rule;
        status = parse_rule(&rule, &choices->rules.items[i], err);
        if (status == BC_OK)
            status = add_rule(&rules->picks, &rule, err);
    }
    if (status == BC_OK && choices->together && choices->triage)
        status =
            bc_fail(err, BC_ERROR_USAGE, "--together makes one cutoff and --triage two; give one of them");
    if (status == BC_OK && choices->together)
        status = join_floors(&rules->picks, err);
    if (status == BC_OK && choices->confidence > 0)
        status = add_promises(&rules->picks, choices->confidence, err);
    if (status == BC_OK && choices->triage)
        status = pair_rules(rules, err);
    return status;
}

bc_status bc_sweep_usual_cutoffs(bc_sweep_rules *rules, bool many, bc_error *err) {
    const bc_option_use usual = {.text = many ? "0.5" : ladder};
    return rules->at.count == 0 ? add_list(&rules->at, &usual, err) : BC_OK;
}

void bc_sweep_rules_free(bc_sweep_rules *rules) {
    free(rules->at.items);
    free(rules->picks.items);
    *rules = (bc_sweep_rules){0};
}
