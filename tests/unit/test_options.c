/* The option tables of all commands: that each row is whole, and that no two rows mean the same word. */
#define _POSIX_C_SOURCE 200809L
#include "cmocka_includes.h"

#include "cli/command.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { HELP_WIDTH = 100 }; /* of a line of --help */

typedef void look(const bc_command *command, const bc_option *row);

static void at_every_row(look *look_at) {
    size_t rows = 0;
    for (const bc_command *const *command = bc_commands; *command != NULL; command++) {
        for (const bc_option *row = (*command)->options; row->name != NULL; row++, rows++)
            look_at(*command, row);
    }
    assert_true(rows > 0);
}

static void complain(const bc_command *command, const bc_option *row, const char *what) {
    fail_msg("%s --%s: %s", command->name, row->name, what);
}

static void name_is_a_plain_word(const bc_command *command, const bc_option *row) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    if (row->name[0] == '\0' || row->name[0] == '-' || strspn(row->name, letters) != strlen(row->name))
        complain(command, row, "not a plain lower-case name");
    if (row->letter != '\0' && !isalnum((unsigned char)row->letter))
        complain(command, row, "the short name is no letter or digit");
}

static void name_is_its_own(const bc_command *command, const bc_option *row) {
    if (strcmp(row->name, "help") == 0 || row->letter == 'h')
        complain(command, row, "--help and -h are taken");
    for (const bc_option *other = command->options; other < row; other++) {
        if (strcmp(other->name, row->name) == 0)
            complain(command, row, "there twice");
        if (row->letter != '\0' && other->letter == row->letter)
            complain(command, row, "its letter is there twice");
    }
}

static void help_is_a_sentence_without_a_full_stop(const bc_command *command, const bc_option *row) {
    if (row->help == NULL || row->help[0] == '\0') {
        complain(command, row, "no help");
        return;
    }
    if (row->help[strlen(row->help) - 1] == '.' || isspace((unsigned char)row->help[0]))
        complain(command, row, "the help ends in a full stop or starts with a blank");
    if (row->default_text != NULL && row->default_text[0] == '\0')
        complain(command, row, "an empty default");
}

static size_t field_size(bc_option_kind kind) {
    switch (kind) {
    case BC_OPTION_FLAG:
        return sizeof(bool);
    case BC_OPTION_INTEGER:
        return sizeof(int64_t);
    case BC_OPTION_NUMBER:
        return sizeof(double);
    case BC_OPTION_TEXT:
        return sizeof(char *);
    case BC_OPTION_CHOICE:
        return sizeof(int);
    case BC_OPTION_REPEATED:
        return sizeof(bc_option_uses);
    }
    return SIZE_MAX;
}

static void field_lies_within_the_settings(const bc_command *command, const bc_option *row) {
    size_t size = field_size(row->kind);
    if (size == SIZE_MAX || row->offset > command->settings_size - size)
        complain(command, row, "its field lies outside the settings");
}

static void value_is_described(const bc_command *command, const bc_option *row) {
    bool flag = row->kind == BC_OPTION_FLAG, choice = row->kind == BC_OPTION_CHOICE,
         number = row->kind == BC_OPTION_INTEGER || row->kind == BC_OPTION_NUMBER;
    if (flag != (row->value_name == NULL) && !choice)
        complain(command, row, "a value needs a name in the help, and a flag has none");
    if (choice != (row->choices != NULL))
        complain(command, row, "choices must be there for a choice, and only then");
    if (choice && (row->choices[0] == NULL || row->choices[1] == NULL))
        complain(command, row, "fewer than two choices");
    if (number ? !(row->least < row->most) : row->least != 0 || row->most != 0)
        complain(command, row, "a number needs a range, and nothing else has one");
}

/* The value that the command starts with, as the help should state it: a choice's word, or a number in range.
 */
static void default_is_allowed(const bc_command *command, const bc_option *row) {
    void *settings = calloc(1, command->settings_size);
    assert_non_null(settings);
    command->set_defaults(settings);
    const char *field = (const char *)settings + row->offset;
    if (row->kind == BC_OPTION_CHOICE) {
        int index, count = 0;
        memcpy(&index, field, sizeof index);
        while (row->choices[count] != NULL)
            count++;
        if (index >= count || (index >= 0 && row->default_text == NULL))
            complain(command, row, "the default is no choice, or the help does not state it");
        else if (index >= 0 && strstr(row->default_text, row->choices[index]) != row->default_text)
            complain(command, row, "the help states another default");
    } else if (row->kind == BC_OPTION_TEXT) {
        const char *text;
        memcpy(&text, field, sizeof(char *));
        if (text != NULL && row->default_text == NULL)
            complain(command, row, "a default that the help does not state");
    } else if (row->kind == BC_OPTION_INTEGER || row->kind == BC_OPTION_NUMBER) {
        if (row->default_text == NULL)
            complain(command, row, "a number without a default in the help");
    }
    if (command->free_settings != NULL)
        command->free_settings(settings);
    free(settings);
}

static void every_option_has_a_plain_name(void **state) {
    (void)state;
    at_every_row(name_is_a_plain_word);
}

static void no_name_or_letter_is_there_twice(void **state) {
    (void)state;
    at_every_row(name_is_its_own);
}

static void every_option_has_help(void **state) {
    (void)state;
    at_every_row(help_is_a_sentence_without_a_full_stop);
}

static void every_option_sets_a_field_of_its_command(void **state) {
    (void)state;
    at_every_row(field_lies_within_the_settings);
}

static void every_value_has_a_name_choices_or_a_range(void **state) {
    (void)state;
    at_every_row(value_is_described);
}

static void every_default_is_stated_and_allowed(void **state) {
    (void)state;
    at_every_row(default_is_allowed);
}

static void every_command_is_described(void **state) {
    (void)state;
    for (const bc_command *const *command = bc_commands; *command != NULL; command++) {
        const bc_command *one = *command;
        assert_true(one->name[0] != '\0' && one->usage[0] != '\0' && one->summary[0] != '\0');
        assert_true(one->description[0] != '\0' && one->description[strlen(one->description) - 1] != '\n');
        assert_true(strncmp(one->examples, "  bclass ", 9) == 0);
        assert_int_equal(one->examples[strlen(one->examples) - 1], '\n');
        assert_non_null(one->run);
        for (const bc_command *const *other = bc_commands; other < command; other++)
            assert_string_not_equal((*other)->name, one->name);
    }
}

static void help_lines_are_not_too_long(void **state) {
    (void)state;
    for (const bc_command *const *command = bc_commands; *command != NULL; command++) {
        bc_text text = {0};
        bc_options_paragraphs(&text, (*command)->description);
        bc_options_help(&text, (*command)->options);
        for (const char *line = text.data; *line != '\0';) {
            size_t length = strcspn(line, "\n");
            if (length > HELP_WIDTH)
                fail_msg("%s --help: %zu columns: %.*s", (*command)->name, length, (int)length, line);
            line += length + (line[length] == '\n');
        }
        bc_text_free(&text);
    }
}

/* ---- parsing ---- */

typedef struct example {
    bool flag;
    int64_t whole;
    double number;
    const char *text;
    int choice;
    bc_option_uses uses;
} example;

static const char *const colours[] = {"red", "green", NULL};
static const bc_option example_table[] = {
    {.name = "flag", .letter = 'f', .kind = BC_OPTION_FLAG, .offset = offsetof(example, flag), .value = true},
    {.name = "no-flag", .kind = BC_OPTION_FLAG, .offset = offsetof(example, flag), .value = false},
    {.name = "whole",
     .letter = 'w',
     .kind = BC_OPTION_INTEGER,
     .offset = offsetof(example, whole),
     .value_name = "N",
     .least = -5,
     .most = 5},
    {.name = "number",
     .kind = BC_OPTION_NUMBER,
     .offset = offsetof(example, number),
     .value_name = "X",
     .least = 0,
     .most = 1},
    {.name = "text",
     .letter = 't',
     .kind = BC_OPTION_TEXT,
     .offset = offsetof(example, text),
     .value_name = "S"},
    {.name = "choice", .kind = BC_OPTION_CHOICE, .offset = offsetof(example, choice), .choices = colours},
    {.name = "one", .kind = BC_OPTION_REPEATED, .offset = offsetof(example, uses), .value_name = "S"},
    {.name = "two", .kind = BC_OPTION_REPEATED, .offset = offsetof(example, uses), .value_name = "S"},
    {.name = NULL},
};

static bc_status parse(example *settings, bc_arguments *arguments, const char *const *words, bc_error *err) {
    char *argv[16];
    int argc = 0;
    for (; words[argc] != NULL; argc++) {
        argv[argc] = strdup(words[argc]);
        assert_non_null(argv[argc]);
    }
    *settings = (example){0};
    bc_status status = bc_options_parse(settings, arguments, example_table, argc, argv, err);
    for (int i = 0; i < argc; i++) /* what was found is looked at by the caller through words */
        free(argv[i]);
    return status;
}

static void options_and_words_may_be_mixed(void **state) {
    (void)state;
    example settings = {0};
    bc_arguments arguments;
    bc_error err;
    char *argv[] = {"a", "--whole=-3", "-f",       "-",     "--one",    "x",   "-tabc", "--two=y", "--one",
                    "z", "-fw2",       "--choice", "green", "--number", "0.5", "--",    "--flag"};
    assert_int_equal(bc_options_parse(&settings, &arguments, example_table,
                                      (int)(sizeof argv / sizeof argv[0]), argv, &err),
                     BC_OK);
    assert_int_equal(arguments.count, 3);
    assert_string_equal(arguments.items[0], "a");
    assert_string_equal(arguments.items[1], "-");
    assert_string_equal(arguments.items[2], "--flag");
    assert_true(settings.flag && settings.whole == 2 && settings.number == 0.5 && settings.choice == 1);
    assert_string_equal(settings.text, "abc");
    assert_int_equal(settings.uses.count, 3);
    assert_string_equal(settings.uses.items[1].option->name, "two");
    assert_string_equal(settings.uses.items[2].text, "z");
    bc_arguments_free(&arguments);
    free(settings.uses.items);
}

static void a_number_is_a_word_unless_its_digit_is_an_option(void **state) {
    (void)state;
    static const bc_option digit_table[] = {
        {.name = "null", .letter = '0', .kind = BC_OPTION_FLAG, .value = true}, {.name = NULL}};
    bool null = false;
    bc_arguments arguments;
    bc_error err;
    char *argv[] = {"-1.5", "-", "-0", "-2"};
    assert_int_equal(bc_options_parse(&null, &arguments, digit_table, 4, argv, &err), BC_OK);
    assert_true(null);
    assert_int_equal(arguments.count, 3);
    assert_string_equal(arguments.items[0], "-1.5");
    assert_string_equal(arguments.items[2], "-2");
    bc_arguments_free(&arguments);
}

static void wrong_options_are_told(void **state) {
    (void)state;
    static const struct {
        const char *words[4], *message;
    } wrong[] = {
        {{"--wholes", "3"}, "unknown option '--wholes'; did you mean '--whole'?"},
        {{"--xyzzy"}, "unknown option '--xyzzy'; see --help"},
        {{"-x"}, "unknown option '-x'; see --help"},
        {{"--whole"}, "--whole needs a value (N)"},
        {{"--choice"}, "--choice needs a value (red, green)"},
        {{"--whole", "6"}, "--whole takes a whole number from -5 to 5, not '6'"},
        {{"--whole", "1.0"}, "--whole takes a whole number from -5 to 5, not '1.0'"},
        {{"--number", "nan"}, "--number takes a number from 0 to 1, not 'nan'"},
        {{"--choice=blue"}, "--choice takes one of red, green, not 'blue'"},
        {{"--flag=1"}, "--flag takes no value"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        example settings;
        bc_arguments arguments;
        bc_error err;
        assert_int_equal(parse(&settings, &arguments, wrong[i].words, &err), BC_ERROR_USAGE);
        assert_string_equal(err.message, wrong[i].message);
        bc_arguments_free(&arguments);
    }
}

static void help_wins_over_what_follows(void **state) {
    (void)state;
    example settings;
    bc_arguments arguments;
    bc_error err;
    assert_int_equal(parse(&settings, &arguments, (const char *const[]){"-h", "--xyzzy", NULL}, &err), BC_OK);
    assert_true(arguments.help);
    bc_arguments_free(&arguments);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_has_a_plain_name),
        cmocka_unit_test(no_name_or_letter_is_there_twice),
        cmocka_unit_test(every_option_has_help),
        cmocka_unit_test(every_option_sets_a_field_of_its_command),
        cmocka_unit_test(every_value_has_a_name_choices_or_a_range),
        cmocka_unit_test(every_default_is_stated_and_allowed),
        cmocka_unit_test(every_command_is_described),
        cmocka_unit_test(help_lines_are_not_too_long),
        cmocka_unit_test(options_and_words_may_be_mixed),
        cmocka_unit_test(a_number_is_a_word_unless_its_digit_is_an_option),
        cmocka_unit_test(wrong_options_are_told),
        cmocka_unit_test(help_wins_over_what_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
