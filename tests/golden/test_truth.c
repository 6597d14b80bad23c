/* `bclass sweep --format json` against numbers that others computed: "test_truth BCLASS TRUTH.csv", run in
 * the folder that the files of the table are relative to. */
#define _POSIX_C_SOURCE 200809L
#include "base/delimited.h"
#include "base/json.h"
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_COLUMN, OPTIONS, PLACE, KEY, VALUE, TOLERANCE, SOURCE, COLUMNS };

typedef struct truth {
    const char *program;
    bc_text command; /* that root is the answer to */
    bc_json *root;
    size_t checked, wrong;
} truth;

static void stop(const char *what, const char *detail) {
    fprintf(stderr, "test_truth: %s: %s\n", what, detail);
    exit(1);
}

/* Runs the command unless it was the last one. */
static void ask(truth *in, const char *file, const char *options) {
    bc_text command = {0}, answer = {0};
    bc_text_format(&command, "'%s' sweep %s --quiet --format json %s", in->program, file, options);
    if (in->command.data != NULL && strcmp(in->command.data, command.data) == 0) {
        bc_text_free(&command);
        return;
    }
    FILE *pipe = popen(command.data, "r");
    if (pipe == NULL)
        stop("cannot run", command.data);
    char buffer[4096];
    size_t got;
    while ((got = fread(buffer, 1, sizeof buffer, pipe)) > 0)
        bc_text_append(&answer, buffer, got);
    if (pclose(pipe) != 0)
        stop("not exit code 0 from", command.data);
    bc_error err;
    bc_json_free(in->root);
    if (bc_json_parse(&in->root, answer.data, answer.length, "the answer", &err) != BC_OK)
        stop(command.data, err.message);
    bc_text_free(&answer);
    bc_text_free(&in->command);
    in->command = command;
}

static const bc_json *rule_in(const bc_json *rows, const char *rule, size_t length) {
    for (const bc_json *row = bc_json_first(rows); row != NULL; row = bc_json_next(row)) {
        const char *name = bc_json_text(bc_json_member(row, "rule"));
        if (name != NULL && bc_text_equals(name, rule, length))
            return row;
    }
    return NULL;
}

/* The object of a label, or an average. */
static const bc_json *label_at(const bc_json *root, const char *name, size_t length) {
    for (const bc_json *target = bc_json_first(bc_json_member(root, "targets")); target != NULL;
         target = bc_json_next(target)) {
        const char *label = bc_json_text(bc_json_member(target, "target"));
        if (label != NULL && bc_text_equals(label, name, length))
            return target;
    }
    for (const bc_json *average = bc_json_first(root); average != NULL; average = bc_json_next(average)) {
        if (bc_text_equals(bc_json_key(average), name, length))
            return average;
    }
    return NULL;
}

/* place: "" for the whole, a rule's name, "test" behind either for what the test split says; before it, with
 * "| " between, the name of a label or of an average. */
static const bc_json *object_at(const truth *in, const char *place) {
    const char *bar = strstr(place, "| ");
    const bc_json *root = bar != NULL ? label_at(in->root, place, (size_t)(bar - place)) : in->root;
    place = bar != NULL ? bar + 2 : place;
    size_t length = strlen(place);
    bool test = length >= 4 && strcmp(place + length - 4, "test") == 0;
    length -= test ? 4 : 0;
    length -= length > 0 && place[length - 1] == ' ';
    const bc_json *found = root;
    if (length > 0) {
        found = rule_in(bc_json_member(root, "at"), place, length);
        if (found == NULL)
            found = rule_in(bc_json_member(root, "picks"), place, length);
    }
    return test ? bc_json_member(found, "test") : found;
}

/* key: "auroc", or that of a member of a member, "calibration_error.mcb". */
static const bc_json *member_at(const bc_json *object, const char *key) {
    char name[64];
    for (const char *dot; (dot = strchr(key, '.')) != NULL; key = dot + 1) {
        snprintf(name, sizeof name, "%.*s", (int)(dot - key), key);
        object = bc_json_member(object, name);
    }
    return bc_json_member(object, key);
}

static void check(truth *in, const bc_field *row) {
    const bc_json *value = member_at(object_at(in, row[PLACE].data), row[KEY].data);
    double expected = NAN, tolerance, found = NAN;
    bool null_expected = strcmp(row[VALUE].data, "null") == 0;
    if (!bc_number_parse(row[TOLERANCE].data, row[TOLERANCE].length, &tolerance) ||
        (!null_expected && !bc_number_parse(row[VALUE].data, row[VALUE].length, &expected)))
        stop("no number in the table", row[VALUE].data);
    bool is_number = bc_json_number(value, &found);
    in->checked++;
    if (null_expected ? value != NULL && bc_json_is_null(value)
                      : is_number && fabs(found - expected) <= tolerance * fmax(1, fabs(expected)))
        return;
    in->wrong++;
    fprintf(stderr, "%s\n    %s %s is %.17g, %s says %s\n", in->command.data, row[PLACE].data, row[KEY].data,
            found, row[SOURCE].data, row[VALUE].data);
}

int main(int argc, char **argv) {
    bc_error err = {0};
    bc_input *input = NULL;
    bc_delimited *rows = NULL;
    bc_field *row;
    size_t count;
    uint64_t line;
    if (argc != 3)
        stop("usage", "test_truth BCLASS TRUTH.csv");
    truth in = {.program = argv[1]};
    if (bc_input_open(&input, argv[2], &err) != BC_OK ||
        bc_delimited_open(&rows, input, ',', &err) != BC_OK ||
        bc_delimited_next(&row, &count, &line, rows, &err) != BC_OK)
        stop("cannot read", err.message);
    while (bc_delimited_next(&row, &count, &line, rows, &err) == BC_OK && row != NULL) {
        if (count != COLUMNS)
            stop("a row of another length", argv[2]);
        FILE *there = fopen(row[FILE_COLUMN].data, "r");
        if (there == NULL) {
            fprintf(stderr, "test_truth: %s is not here, skipped\n", row[FILE_COLUMN].data);
            return 77;
        }
        fclose(there);
        ask(&in, row[FILE_COLUMN].data, row[OPTIONS].data);
        check(&in, row);
    }
    if (err.status != BC_OK)
        stop("cannot read", err.message);
    bc_delimited_free(rows);
    bc_input_free(input);
    bc_json_free(in.root);
    bc_text_free(&in.command);
    printf("%zu numbers checked, %zu wrong\n", in.checked, in.wrong);
    return in.wrong == 0 && in.checked > 0 ? 0 : 1;
}
