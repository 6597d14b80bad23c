/* `bclass sweep` says the same in all formats: "test_formats BCLASS", run in this folder. Each number of the
 * CSV stands in the JSON object at its place, digit for digit, and each line of counts and measures, rounded,
 * in the table. */
#define _POSIX_C_SOURCE 200809L
#include "base/delimited.h"
#include "base/json.h"
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const command_lines[] = {
    "data/logits.csv --at 0.3,0.5 --min-recall 0.8 --max f1",
    "data/logits.csv --cost fn=1,fp=2 --prevalence 0.1 --workload 10/day",
    "data/ties.csv --min-recall 0.6 --min-precision 0.5 --triage --bootstrap 30",
    "data/ties.csv --at 0.5 --min-recall 0.7 --confidence 0.7 --min-precision 0.99",
    "data/labels.csv --max f1 --min-recall 0.5 --confidence 0.3",
    "data/labels.csv --split all --max mcc --bootstrap 10",
};

enum { MOST_COLUMNS = 128 };

typedef struct formats {
    const char *program;
    char csv[32]; /* a file */
    bc_text json, table;
    bc_json *root;
    const char *columns[MOST_COLUMNS];
    size_t compared, wrong;
} formats;

static void stop(const char *what, const char *detail) {
    fprintf(stderr, "test_formats: %s: %s\n", what, detail);
    exit(1);
}

/* Exit code 3 is an answer too. */
static void run(bc_text *answer, const formats *in, const char *options, const char *format) {
    bc_text command = {0};
    char buffer[4096];
    size_t got;
    bc_text_format(&command, "'%s' sweep %s --quiet --format %s 2>/dev/null", in->program, options, format);
    FILE *pipe = popen(command.data, "r");
    if (pipe == NULL)
        stop("cannot run", command.data);
    while ((got = fread(buffer, 1, sizeof buffer, pipe)) > 0)
        bc_text_append(answer, buffer, got);
    pclose(pipe);
    if (answer->data == NULL)
        stop("nothing from", command.data);
    bc_text_free(&command);
}

static const bc_json *find(const bc_json *list, const char *key, const char *value) {
    for (const bc_json *item = bc_json_first(list); item != NULL; item = bc_json_next(item)) {
        const char *text = bc_json_text(bc_json_member(item, key));
        if (text != NULL && strcmp(text, value) == 0)
            return item;
    }
    return NULL;
}

static const char *cell(const formats *in, const bc_field *row, const char *column) {
    for (size_t i = 0; in->columns[i] != NULL; i++) {
        if (strcmp(in->columns[i], column) == 0)
            return row[i].data;
    }
    return "";
}

static const bc_json *place_in(const bc_json *object, const char *split) {
    const bc_json *found = strcmp(split, "test") == 0           ? bc_json_member(object, "test")
                           : strcmp(split, "cross-fitted") == 0 ? bc_json_member(object, "cross_fitted")
                                                                : NULL;
    return found != NULL ? found : object;
}

/* A number that JSON keeps elsewhere than the CSV: by the path of its members. */
static const bc_json *elsewhere(const bc_json *study, const bc_json *rule, const char *split,
                                const char *column) {
    static const char *const measures[] = {"precision", "recall", "specificity", "f1"};
    const bc_json *guarantee = bc_json_member(rule, "guarantee"),
                  *bootstrap = bc_json_member(rule, "bootstrap");
    const char *name = column + strlen("bootstrap_");
    if (strcmp(column, "confidence") == 0 || strcmp(column, "held") == 0 || strcmp(column, "needed") == 0)
        return bc_json_member(guarantee, column);
    if (strcmp(column, "forecast_misses") == 0)
        return bc_json_member(bc_json_member(guarantee, "forecast"), "misses");
    if (strcmp(column, "review_per_1000") == 0 &&
        strncmp(bc_json_text(bc_json_member(rule, "rule")), "triage", 6) == 0)
        return bc_json_member(place_in(bc_json_member(study, "triage"), split), column);
    if (strncmp(column, "bootstrap_", 10) != 0 || strcmp(split, "test") == 0 ||
        strcmp(split, "cross-fitted") == 0)
        return NULL;
    for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++) {
        if (strcmp(name, measures[i]) == 0)
            return bc_json_member(bc_json_member(bootstrap, name), "mean");
    }
    const char *end = strrchr(name, '_');
    char first[32];
    if (end == NULL)
        return bc_json_member(bootstrap, name);
    snprintf(first, sizeof first, "%.*s", (int)(end - name), name);
    return bc_json_member(bc_json_member(bootstrap, first), end + 1);
}

static bool same(const char *text, const bc_json *value) {
    double in_csv, in_json;
    bool flag;
    if (strcmp(text, "NA") == 0)
        return value == NULL || bc_json_is_null(value);
    if (!bc_number_parse(text, strlen(text), &in_csv))
        return false;
    if (bc_json_bool(value, &flag))
        return in_csv == (flag ? 1 : 0);
    return bc_json_number(value, &in_json) && in_csv == in_json;
}

/* Runs of blanks as one. */
static void squeeze(bc_text *text) {
    size_t kept = 0;
    for (size_t i = 0; i < text->length; i++) {
        if (text->data[i] != ' ' || kept == 0 || text->data[kept - 1] != ' ')
            text->data[kept++] = text->data[i];
    }
    text->length = kept;
    text->data[kept] = '\0';
}

/* The part of a table's line that tells the counts and measures. */
static void check_table(formats *in, const bc_field *row, const char *options) {
    static const char *const columns[] = {"tp",     "fp",          "fn", "tn", "precision",
                                          "recall", "specificity", "f1", "f2"};
    bc_text line = {0};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        const char *text = cell(in, row, columns[i]);
        char digits[BC_NUMBER_SIZE] = "NA";
        double number;
        if (i < 4 && strcmp(text, "NA") == 0) { /* the averages but micro, and what was not met */
            bc_text_free(&line);
            return;
        }
        if (bc_number_parse(text, strlen(text), &number))
            bc_number_print_fixed(digits, number, i < 4 ? 0 : 3);
        bc_text_format(&line, " %s", digits);
    }
    in->compared++;
    if (strstr(in->table.data, line.data) == NULL) {
        fprintf(stderr, "%s: the table has no '%s'\n", options, line.data);
        in->wrong++;
    }
    bc_text_free(&line);
}

static void check_row(formats *in, const bc_field *row, const char *options) {
    const char *target = cell(in, row, "target"), *average = cell(in, row, "average");
    const char *rule_name = cell(in, row, "rule"), *split = cell(in, row, "split");
    const bc_json *study = average[0] != '\0'  ? bc_json_member(in->root, average)
                           : target[0] != '\0' ? find(bc_json_member(in->root, "targets"), "target", target)
                                               : in->root;
    const bc_json *rule = find(bc_json_member(study, "picks"), "rule", rule_name);
    if (rule == NULL)
        rule = find(bc_json_member(study, "at"), "rule", rule_name);
    if (rule == NULL)
        stop("no such rule in the JSON object", rule_name);
    for (size_t i = 0; in->columns[i] != NULL; i++) {
        const char *column = in->columns[i];
        if (strcmp(column, "target") == 0 || strcmp(column, "average") == 0 || strcmp(column, "rule") == 0 ||
            strcmp(column, "split") == 0)
            continue;
        const bc_json *value = bc_json_member(place_in(rule, split), column);
        if (value == NULL) /* the cutoff is that of all places */
            value = bc_json_member(rule, column);
        if (value == NULL)
            value = elsewhere(study, rule, split, column);
        in->compared++;
        if (same(row[i].data, value))
            continue;
        in->wrong++;
        fprintf(stderr, "%s: %s %s %s, %s: %s in CSV, not in JSON\n", options, target, average, rule_name,
                column, row[i].data);
    }
    check_table(in, row, options);
}

static void check_csv(formats *in, const char *options) {
    bc_error err = {0};
    bc_input *input = NULL;
    bc_delimited *rows = NULL;
    bc_field *row;
    bc_text header = {0};
    size_t count = 0;
    uint64_t line;
    if (bc_input_open(&input, in->csv, &err) != BC_OK ||
        bc_delimited_open(&rows, input, ',', &err) != BC_OK ||
        bc_delimited_next(&row, &count, &line, rows, &err) != BC_OK || row == NULL || count >= MOST_COLUMNS)
        stop("cannot read the CSV", err.message);
    for (size_t i = 0; i < count; i++) /* NUL and all */
        bc_text_append(&header, row[i].data, row[i].length + 1);
    const char *name = header.data;
    for (size_t i = 0; i < count; i++, name += strlen(name) + 1)
        in->columns[i] = name;
    in->columns[count] = NULL;
    while (bc_delimited_next(&row, &count, &line, rows, &err) == BC_OK && row != NULL)
        check_row(in, row, options);
    if (err.status != BC_OK)
        stop("cannot read the CSV", err.message);
    bc_delimited_free(rows);
    bc_input_free(input);
    bc_text_free(&header);
}

static void check(formats *in, const char *options) {
    bc_text csv = {0};
    bc_error err;
    bc_text_clear(&in->json);
    bc_text_clear(&in->table);
    run(&csv, in, options, "csv");
    run(&in->json, in, options, "json");
    run(&in->table, in, options, "table");
    squeeze(&in->table);
    FILE *file = fopen(in->csv, "w");
    if (file == NULL || fwrite(csv.data, 1, csv.length, file) != csv.length || fclose(file) != 0)
        stop("cannot write", in->csv);
    if (bc_json_parse(&in->root, in->json.data, in->json.length, "the answer", &err) != BC_OK)
        stop(options, err.message);
    check_csv(in, options);
    bc_json_free(in->root);
    bc_text_free(&csv);
}

int main(int argc, char **argv) {
    if (argc != 2)
        stop("usage", "test_formats BCLASS");
    formats in = {.program = argv[1], .csv = "/tmp/test-formats-XXXXXX"};
    int file = mkstemp(in.csv);
    if (file < 0)
        stop("cannot make a file", in.csv);
    close(file);
    for (size_t i = 0; i < sizeof command_lines / sizeof command_lines[0]; i++)
        check(&in, command_lines[i]);
    unlink(in.csv);
    bc_text_free(&in.json);
    bc_text_free(&in.table);
    printf("%zu numbers compared, %zu wrong\n", in.compared, in.wrong);
    return in.wrong == 0 && in.compared > 1000 ? 0 : 1;
}
