/* Parses a command line by its option table, and prints the table as help. */
#include "options.h"

#include "base/memory.h"
#include "base/number.h"

#include <stdlib.h>
#include <string.h>

static const bc_option help_row = {
    .name = "help", .letter = 'h', .kind = BC_OPTION_FLAG, .help = "print this help"};

static const bc_option *find_name(const bc_option *table, const char *name, size_t length) {
    for (const bc_option *row = table; row->name != NULL; row++) {
        if (bc_text_equals(row->name, name, length))
            return row;
    }
    return bc_text_equals(help_row.name, name, length) ? &help_row : NULL;
}

static const bc_option *find_letter(const bc_option *table, char letter) {
    for (const bc_option *row = table; row->name != NULL; row++) {
        if (row->letter == letter)
            return row;
    }
    return letter == help_row.letter ? &help_row : NULL;
}

static bc_status unknown(const bc_option *table, const char *word, const char *name, size_t length,
                         bc_error *err) {
    char typed[64];
    size_t kept = length < sizeof typed - 1 ? length : sizeof typed - 1;
    memcpy(typed, name, kept);
    typed[kept] = '\0';
    const char *nearest = NULL;
    size_t least = length / 3 + 1; /* farther away is no typing error */
    for (const bc_option *row = table; row->name != NULL; row++) {
        size_t distance = bc_text_distance(typed, row->name);
        if (distance <= least) {
            least = distance - (distance > 0);
            nearest = row->name;
        }
    }
    if (nearest != NULL)
        return bc_fail(err, BC_ERROR_USAGE, "unknown option '%s'; did you mean '--%s'?", word, nearest);
    return bc_fail(err, BC_ERROR_USAGE, "unknown option '%s'; see --help", word);
}

static void list_choices(bc_text *text, const bc_option *row, const char *separator) {
    for (const char *const *choice = row->choices; *choice != NULL; choice++) {
        bc_text_string(text, choice == row->choices ? "" : separator);
        bc_text_string(text, *choice);
    }
}

static bc_status set_choice(int *field, const bc_option *row, const char *text, bc_error *err) {
    for (int i = 0; row->choices[i] != NULL; i++) {
        if (strcmp(row->choices[i], text) == 0) {
            *field = i;
            return BC_OK;
        }
    }
    bc_text known = {0};
    list_choices(&known, row, ", ");
    bc_status status = bc_fail(err, BC_ERROR_USAGE, "--%s takes one of %s, not '%s'", row->name,
                               known.data != NULL ? known.data : "", text);
    bc_text_free(&known);
    return status;
}

static bc_status lacks_value(const bc_option *row, bc_error *err) {
    bc_text known = {0};
    if (row->kind == BC_OPTION_CHOICE)
        list_choices(&known, row, ", ");
    else
        bc_text_string(&known, row->value_name);
    bc_status status = bc_fail(err, BC_ERROR_USAGE, "--%s needs a value (%s)", row->name,
                               known.data != NULL ? known.data : "");
    bc_text_free(&known);
    return status;
}

static bc_status out_of_range(const bc_option *row, const char *text, const char *kind, bc_error *err) {
    char least[BC_NUMBER_SIZE], most[BC_NUMBER_SIZE];
    bc_number_print(least, row->least, 16);
    bc_number_print(most, row->most, 16);
    return bc_fail(err, BC_ERROR_USAGE, "--%s takes %s from %s to %s, not '%s'", row->name, kind, least, most,
                   text);
}

static bc_status add_use(bc_option_uses *uses, const bc_option *row, const char *text, bc_error *err) {
    void *block = uses->items;
    bc_status status = bc_grow(&block, &uses->capacity, uses->count + 1, sizeof *uses->items, err);
    uses->items = block;
    if (status == BC_OK)
        uses->items[uses->count++] = (bc_option_use){row, text};
    return status;
}

static bc_status set(void *settings, const bc_option *row, const char *text, bc_error *err) {
    void *field = (char *)settings + row->offset;
    double number;
    int64_t integer;
    switch (row->kind) {
    case BC_OPTION_FLAG:
        *(bool *)field = row->value;
        return BC_OK;
    case BC_OPTION_INTEGER:
        if (!bc_integer_parse(text, strlen(text), &integer) || (double)integer < row->least ||
            (double)integer > row->most)
            return out_of_range(row, text, "a whole number", err);
        *(int64_t *)field = integer;
        return BC_OK;
    case BC_OPTION_NUMBER:
        if (!bc_number_parse(text, strlen(text), &number) || !(number >= row->least && number <= row->most))
            return out_of_range(row, text, "a number", err);
        *(double *)field = number;
        return BC_OK;
    case BC_OPTION_TEXT:
        *(const char **)field = text;
        return BC_OK;
    case BC_OPTION_CHOICE:
        return set_choice(field, row, text, err);
    case BC_OPTION_REPEATED:
        return add_use(field, row, text, err);
    }
    return BC_OK;
}

/* The state of reading one command line. */
typedef struct reading {
    void *settings;
    bc_arguments *arguments;
    const bc_option *table;
    int argc, next;
    char **argv;
} reading;

static bc_status use(reading *in, const bc_option *row, const char *value, bc_error *err) {
    if (row == &help_row) {
        in->arguments->help = true;
        return BC_OK;
    }
    if (row->kind == BC_OPTION_FLAG && value != NULL)
        return bc_fail(err, BC_ERROR_USAGE, "--%s takes no value", row->name);
    if (row->kind != BC_OPTION_FLAG && value == NULL) {
        if (in->next == in->argc)
            return lacks_value(row, err);
        value = in->argv[in->next++];
    }
    return set(in->settings, row, value, err);
}

static bc_status read_long(reading *in, const char *word, bc_error *err) {
    const char *name = word + 2, *equals = strchr(name, '=');
    size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
    const bc_option *row = find_name(in->table, name, length);
    if (row == NULL)
        return unknown(in->table, word, name, length, err);
    return use(in, row, equals != NULL ? equals + 1 : NULL, err);
}

static bc_status read_short(reading *in, const char *word, bc_error *err) {
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        const bc_option *row = find_letter(in->table, *letter);
        if (row == NULL)
            return unknown(in->table, word, word + 1, strlen(word + 1), err);
        bool takes_value = row != &help_row && row->kind != BC_OPTION_FLAG;
        bc_status status = use(in, row, takes_value && letter[1] != '\0' ? letter + 1 : NULL, err);
        if (status != BC_OK || takes_value)
            return status;
    }
    return BC_OK;
}

/* A word that starts with a dash is no option when it is "-" or a number, unless a digit is an option's. */
static bool is_option(const bc_option *table, const char *word) {
    double number;
    return word[0] == '-' && word[1] != '\0' &&
           (find_letter(table, word[1]) != NULL || !bc_number_parse(word, strlen(word), &number));
}

bc_status bc_options_parse(void *settings, bc_arguments *arguments, const bc_option *table, int argc,
                           char **argv, bc_error *err) {
    void *block;
    *arguments = (bc_arguments){0};
    bc_status status = bc_alloc(&block, (size_t)argc, sizeof *arguments->items, err);
    arguments->items = block;
    reading in = {settings, arguments, table, argc, 0, argv};
    bool options_end = false;
    while (status == BC_OK && in.next < argc && !arguments->help) {
        const char *word = argv[in.next++];
        if (!options_end && strcmp(word, "--") == 0)
            options_end = true;
        else if (options_end || !is_option(table, word))
            arguments->items[arguments->count++] = word;
        else if (word[1] == '-')
            status = read_long(&in, word, err);
        else
            status = read_short(&in, word, err);
    }
    return status;
}

void bc_arguments_free(bc_arguments *arguments) {
    free(arguments->items);
    *arguments = (bc_arguments){0};
}

static void print_left_side(bc_text *text, const bc_option *row) {
    if (row->letter != 0)
        bc_text_format(text, "  -%c, --%s", row->letter, row->name);
    else
        bc_text_format(text, "      --%s", row->name);
    if (row->kind == BC_OPTION_CHOICE) {
        bc_text_char(text, ' ');
        list_choices(text, row, "|");
    } else if (row->value_name != NULL) {
        bc_text_format(text, " %s", row->value_name);
    }
}

enum { HELP_COLUMN = 30, HELP_WIDTH = 100 };

/* The words of one line, broken into lines that start at the column. The cursor already stands there. */
static void print_wrapped(bc_text *text, const char *words, size_t start) {
    size_t column = start;
    for (const char *word = words; *word != '\0' && *word != '\n';) {
        size_t length = strcspn(word, " \n");
        if (column > start && column + 1 + length > HELP_WIDTH) {
            bc_text_format(text, "\n%*s", (int)start, "");
            column = start;
        } else if (column > start) {
            bc_text_char(text, ' ');
            column++;
        }
        bc_text_append(text, word, length);
        column += length;
        word += length;
        word += strspn(word, " ");
    }
}

static void print_row(bc_text *text, const bc_option *row) {
    bc_text left = {0}, help = {0};
    print_left_side(&left, row);
    if (row->section != NULL)
        bc_text_format(text, "\n%s:\n", row->section);
    bc_text_string(text, left.data != NULL ? left.data : "");
    if (left.length + 2 > HELP_COLUMN)
        bc_text_format(text, "\n%*s", HELP_COLUMN, "");
    else
        bc_text_format(text, "%*s", (int)(HELP_COLUMN - left.length), "");
    bc_text_string(&help, row->help);
    if (row->default_text != NULL)
        bc_text_format(&help, " (default: %s)", row->default_text);
    print_wrapped(text, help.data != NULL ? help.data : "", HELP_COLUMN);
    bc_text_char(text, '\n');
    text->failed |= left.failed || help.failed;
    bc_text_free(&left);
    bc_text_free(&help);
}

void bc_options_paragraphs(bc_text *text, const char *paragraphs) {
    for (const char *line = paragraphs; *line != '\0';) {
        bc_text_string(text, line > paragraphs ? "\n" : "");
        print_wrapped(text, line, 0);
        bc_text_char(text, '\n');
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
}

void bc_options_help(bc_text *text, const bc_option *table) {
    for (const bc_option *row = table; row->name != NULL; row++)
        print_row(text, row);
    print_row(text, &help_row);
}
