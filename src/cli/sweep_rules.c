/* The rules of a sweep as they are given on the command line. */
#include "sweep.h"

#include "base/memory.h"
#include "base/number.h"

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

static bc_status add_list(bc_sweep_rows *rows, const char *list, bc_error *err) {
    bc_status status = BC_OK;
    for (bool more = true; status == BC_OK && more;) {
        size_t length = strcspn(list, ",");
        bc_rule rule = {.kind = BC_RULE_AT};
        status = parse_share(&rule.target, "at", list, length, err);
        if (status == BC_OK)
            status = add_rule(rows, &rule, err);
        more = list[length] == ',';
        list += length + 1;
    }
    return status;
}

static bc_status parse_rule(bc_rule *rule, const bc_option_use *use, bc_error *err) {
    *rule = (bc_rule){0};
    if (strcmp(use->option->name, "max") == 0) {
        rule->kind = BC_RULE_MAX;
        if (bc_metric_parse(&rule->metric, use->text))
            return BC_OK;
        return bc_fail(err, BC_ERROR_USAGE,
                       "--max takes one of f1, f2, fbeta=B, mcc, youden, accuracy, not '%s'", use->text);
    }
    bool recall = strcmp(use->option->name, "min-recall") == 0;
    rule->kind = recall ? BC_RULE_MIN_RECALL : BC_RULE_MIN_PRECISION;
    return parse_share(&rule->target, use->option->name, use->text, strlen(use->text), err);
}

bc_status bc_sweep_read_rules(bc_sweep *sweep, const bc_option_uses *at, const bc_option_uses *rules,
                              bc_error *err) {
    bc_status status = at->count == 0 ? add_list(&sweep->at, ladder, err) : BC_OK;
    for (size_t i = 0; status == BC_OK && i < at->count; i++)
        status = add_list(&sweep->at, at->items[i].text, err);
    for (size_t i = 0; status == BC_OK && i < rules->count; i++) {
        bc_rule rule;
        status = parse_rule(&rule, &rules->items[i], err);
        if (status == BC_OK)
            status = add_rule(&sweep->picks, &rule, err);
    }
    return status;
}
