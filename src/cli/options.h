/*
 * The option table. A command describes each of its options once, in a row; parsing, checking, "--help" and
 * "did you mean" all come from the rows, and a test lints them.
 */
#ifndef BC_CLI_OPTIONS_H
#define BC_CLI_OPTIONS_H

#include "base/text.h"

#include <bclass/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum bc_option_kind {
    BC_OPTION_FLAG,     /* bool: present or not; "--no-NAME" rows set false by `value` */
    BC_OPTION_INTEGER,  /* int64_t within [least, most] */
    BC_OPTION_NUMBER,   /* double within [least, most] */
    BC_OPTION_TEXT,     /* const char * into argv */
    BC_OPTION_CHOICE,   /* int: the index in choices */
    BC_OPTION_REPEATED, /* each use is appended to a bc_option_uses, in order, across all such options */
} bc_option_kind;

/* One row. The field it sets lies at offset in the command's settings, which hold the default beforehand. */
typedef struct bc_option {
    const char *name; /* long name without dashes; NULL ends the table */
    char letter;      /* short name, or 0 */
    bc_option_kind kind;
    size_t offset;
    const char *value_name;     /* in help: "R", "FILE"; NULL for flags */
    const char *default_text;   /* in help, when there is one; the settings hold the value */
    double least, most;         /* of numbers, both allowed */
    const char *const *choices; /* NULL-terminated, of choices */
    bool value;                 /* what a flag sets */
    const char *help;           /* one sentence without a full stop */
    const char *section;        /* heading in help that starts at this row, or NULL */
} bc_option;

typedef struct bc_option_use {
    const bc_option *option;
    const char *text;
} bc_option_use;

typedef struct bc_option_uses {
    bc_option_use *items;
    size_t count, capacity;
} bc_option_uses;

typedef struct bc_arguments {
    const char *
        *items; /* the words that are no options, in order; "-" is one of them; all words after "--" */
    size_t count;
    bool help; /* --help or -h was among the options; nothing else was then checked */
} bc_arguments;

/* Reads argv[0..argc) into settings and *arguments (freed with bc_arguments_free). Options and other words
 * may be mixed; "--name=value", "--name value", "-n value" and "-nvalue" are alike. Errors are
 * BC_ERROR_USAGE. */
bc_status bc_options_parse(void *settings, bc_arguments *arguments, const bc_option *table, int argc,
                           char **argv, bc_error *err);
void bc_arguments_free(bc_arguments *arguments);

/* Appends paragraphs, each a line here, as the lines of --help, with blank ones between. */
void bc_options_paragraphs(bc_text *text, const char *paragraphs);

/* Appends the rows as the aligned lines of --help. */
void bc_options_help(bc_text *text, const bc_option *table);

#endif
