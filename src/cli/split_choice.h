/*
 * Which rows of a score file a command chooses or fits on, and whether test rows are left to report on.
 */
#ifndef BC_CLI_SPLIT_CHOICE_H
#define BC_CLI_SPLIT_CHOICE_H

#include <bclass/error.h>
#include <bclass/scores.h>

#include <stdbool.h>

/* The values of --split. */
typedef enum bc_split_wanted {
    BC_WANTED_AUTO, /* val or oof where test is there too, else all but train */
    BC_WANTED_VAL,
    BC_WANTED_TEST,
    BC_WANTED_OOF,
    BC_WANTED_TRAIN,
    BC_WANTED_ALL
} bc_split_wanted;

extern const char *const bc_split_wanted_names[]; /* NULL behind the last */

typedef struct bc_split_choice {
    unsigned splits;  /* bits 1 << BC_SPLIT_... */
    const char *name; /* "val", "test", ..., or "all" */
    bool has_test;    /* labelled test rows are there, and are not among them */
} bc_split_choice;

bc_split_choice bc_split_choose(const bc_scores *scores, bc_split_wanted wanted);

/* Refuses rows that were learned from. file and doing, "choose" or "fit", stand in the message. */
bc_status bc_split_check_held_out(const bc_split_choice *choice, const bc_scores *scores, const char *file,
                                  const char *doing, bc_error *err);

/* Refuses rows that were learned from for a promise, which they cannot make even when they are allowed. */
bc_status bc_split_check_promise(const bc_split_choice *choice, const bc_scores *scores, const char *file,
                                 bc_error *err);

#endif
