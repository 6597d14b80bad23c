/*
 * The score table: what a classifier said of each item, and what the item is. Read from any file that holds
 * scores, written as scores.csv.
 *
 *     path,label,logit,score,split[,fold][,group][,weight]
 *
 * label is 1 for the positive class, 0 for the negative one, empty when unknown.
 */
#ifndef BCLASS_SCORES_H
#define BCLASS_SCORES_H

#include <bclass/error.h>
#include <bclass/split.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A struct of arrays, all of them count long. Zero-initialise; add rows; free. */
typedef struct bc_scores {
    size_t count, capacity;
    bool logits;      /* values are logits, else probabilities within [0, 1] */
    double *values;   /* never NaN; logits may be infinite */
    int8_t *labels;   /* 1 positive, 0 negative, -1 unknown */
    uint8_t *splits;  /* bc_split */
    double *weights;  /* NULL when every weight is 1 */
    int32_t *targets; /* index in target_names; NULL when the rows are all about one label */
    size_t *order;    /* which row each was when it was read; NULL where they are as read */
    int32_t *folds;   /* -1: none; NULL when no row has one */
    uint64_t *paths;  /* where in strings; NULL when no row has one */
    uint64_t *groups; /* likewise */
    char *strings;    /* NUL-terminated one after the other, the empty one first */
    size_t strings_length, strings_capacity;
    char *positive, *negative; /* names of the classes; NULL when not known */
    char **target_names;       /* in order of first appearance; NULL where targets is */
    size_t target_count;
} bc_scores;

typedef struct bc_score_row {
    const char *path, *group; /* NULL or empty: none; copied */
    double value, weight;
    int32_t fold;
    int label;
    bc_split split;
} bc_score_row;

/* Value 0, unknown label, no split, no fold, weight 1: a row to start from. */
extern const bc_score_row bc_score_row_blank;

bc_status bc_scores_add(bc_scores *scores, const bc_score_row *row, bc_error *err);
void bc_scores_free(bc_scores *scores);

/* The empty string when the row has none. */
const char *bc_scores_path(const bc_scores *scores, size_t row);
const char *bc_scores_group(const bc_scores *scores, size_t row);

/* Rows of a split with a label (1, 0, -1). */
size_t bc_scores_count(const bc_scores *scores, bc_split split, int label);

/* Puts the rows of each target together, in the order of their names; within a target they stay in order. For
 * scores with targets. O(n). */
bc_status bc_scores_group_targets(bc_scores *scores, bc_error *err);

/* So many rows from first on as a table of their own. All of it is lent: it is not freed, nothing is added to
 * it, and it lives no longer than scores. */
bc_scores bc_scores_slice(const bc_scores *scores, size_t first, size_t count);

typedef struct bc_scores_options {
    const char *label_column; /* NULL: label or y_true */
    const char *score_column; /* NULL: logit, else score, y_score, prob or probability */
    const char *positive;     /* the name of the positive class, any other label being negative; NULL: labels
                                 are 1 and 0, 1 and -1, or true and false */
    bool logit;               /* the score column holds logits; a column named logit always does */
    bool details;             /* also keep path, fold, group and weight */
} bc_scores_options;

/* Reads CSV, TSV, semicolon-separated text or JSON lines, plain or gzip, from path or standard input ("-"). A
 * first row that holds a number is data: the columns then go by their numbers, and of two columns the first
 * is the label. *scores is zero-initialised by this function and freed by the caller in any case. Errors name
 * file and line: BC_ERROR_USAGE when it must be told which columns or class to use, BC_ERROR_FORMAT for a row
 * that cannot be used and for a file without rows. */
bc_status bc_scores_read(bc_scores *scores, const char *path, const bc_scores_options *options,
                         bc_error *err);

/* Writes scores.csv whole or not at all. The values must be logits; they are written with 9 significant
 * digits, which lose nothing of a float. fold, group and weight appear when any row has one. */
bc_status bc_scores_write(const bc_scores *scores, const char *path, bc_error *err);

#ifdef __cplusplus
}
#endif

#endif
