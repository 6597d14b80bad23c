/*
 * A command of the program: one file each, with one constant entry that main.c lists.
 */
#ifndef BC_CLI_COMMAND_H
#define BC_CLI_COMMAND_H

#include "options.h"

#include <bclass/error.h>

#include <stddef.h>

typedef struct bc_command {
    const char *name;
    const char *usage;        /* the words after the command's name: "DATA -o RUN" */
    const char *summary;      /* one line, for the list of commands */
    const char *description;  /* paragraphs above the options in --help, a line each */
    const char *examples;     /* command lines at the end of --help */
    const bc_option *options; /* the table */
    size_t settings_size;

    /* Fills the settings with the defaults. */
    void (*set_defaults)(void *settings);

    /* Does the work. Data goes to standard output, everything else to standard error. */
    bc_status (*run)(void *settings, const bc_arguments *arguments, bc_error *err);

    /* Frees what parsing or running put into the settings; may be NULL. */
    void (*free_settings)(void *settings);
} bc_command;

extern const bc_command bc_command_train, bc_command_predict, bc_command_sweep, bc_command_calibrate,
    bc_command_report, bc_command_check;

/* All commands this program was built with, in the order of the help; NULL ends the list. */
extern const bc_command *const bc_commands[];

/* What they are for, in a sentence. */
extern const char *const bc_commands_purpose;

#endif
