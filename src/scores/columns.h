/*
 * Which column of a score file plays which part, told by its name.
 */
#ifndef BC_SCORES_COLUMNS_H
#define BC_SCORES_COLUMNS_H

#include <bclass/scores.h>

typedef enum bc_column {
    BC_COLUMN_LABEL,
    BC_COLUMN_VALUE, /* logit or score */
    BC_COLUMN_SPLIT,
    BC_COLUMN_WEIGHT,
    BC_COLUMN_TARGET,
    BC_COLUMN_PATH,
    BC_COLUMN_FOLD,
    BC_COLUMN_GROUP,
    BC_COLUMN_COUNT
} bc_column;

/* Of a wide file: the two columns of one target. */
typedef struct bc_pair {
    size_t label, value; /* where they stand */
    char *label_name, *value_name;
    const char *target; /* the name behind the prefix, inside label_name */
} bc_pair;

typedef struct bc_columns {
    size_t count;                 /* columns in the file */
    size_t at[BC_COLUMN_COUNT];   /* SIZE_MAX: the file has none */
    char *names[BC_COLUMN_COUNT]; /* as in the file; NULL: the file has none */
    bool logits;                  /* the value is a logit */
    bc_pair *pairs;               /* in the order of the label columns; NULL unless the file is wide */
    size_t pair_count, pair_capacity;
} bc_columns;

/* Zero-initialises *columns, which is freed by the caller in any case. file stands in messages. */
bc_status bc_columns_choose(bc_columns *columns, const char *const *names, size_t count,
                            const bc_scores_options *options, const char *file, bc_error *err);

/* The same for a file without names: its columns are called 1, 2, ... */
bc_status bc_columns_choose_numbered(bc_columns *columns, size_t count, const bc_scores_options *options,
                                     const char *file, bc_error *err);

void bc_columns_free(bc_columns *columns);

#endif
