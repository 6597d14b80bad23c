/*
 * The score table: what a classifier said of each item, and what the item is. Read from any file that holds
 * scores, written as scores.csv.
 *
 *     path,label,logit,score,split[,fold][,group][,weight][,target]
 *
 * label is 1 for the positive class, 0 for the negative one, empty when unknown. target names the label that
 * the row is about, where a file holds several.
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

typedef struct bc_scores_lines bc_scores_lines; /* see bc_scores_line */

/* A struct of arrays, all of them count long. Zero-initialise; add rows; free. A row takes 9 bytes, and what
 * the columns that may be NULL take. */
typedef struct bc_scores {
    size_t count, capacity;
    bool logits;      /* values are logits, else probabilities within [0, 1] */
    double *values;   /* never NaN; logits may be infinite */
    int8_t *labels;   /* 1 positive, 0 negative, -1 unknown */
    uint8_t *splits;  /* bc_split; NULL when no row has one */
    double *weights;  /* see bc_score_weight_fits; NULL when every weight is 1 */
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
    uint64_t skipped;    /* rows that could not be used, see skip_bad */
    char *first_skipped; /* what was wrong with the first of them: "FILE:LINE: ..."; NULL when none was */
    bc_scores_lines *lines;
} bc_scores;

typedef struct bc_score_row {
    const char *path, *group; /* NULL or empty: none; copied */
    double value, weight;
    int32_t fold, target; /* -1: none; either all rows have a target or none has */
    int label;
    bc_split split;
} bc_score_row;

/* From 1e-100 to 1e100: then sums and products of weights neither overflow nor vanish. */
bool bc_score_weight_fits(double weight);

/* Value 0, unknown label, no split, fold or target, weight 1: a row to start from. */
extern const bc_score_row bc_score_row_blank;

bc_status bc_scores_add(bc_scores *scores, const bc_score_row *row, bc_error *err);
void bc_scores_free(bc_scores *scores);

/* Frees the rows; names of classes and targets, and what is known of the files, stay. */
void bc_scores_clear(bc_scores *scores);

/* The empty string when the row has none. */
const char *bc_scores_path(const bc_scores *scores, size_t row);
const char *bc_scores_group(const bc_scores *scores, size_t row);

/* BC_SPLIT_NONE when the row has none. */
bc_split bc_scores_split(const bc_scores *scores, size_t row);

/* Where a row was read: the line it starts on, from 1, and the file, "standard input" for "-". 0 and "" for a
 * row that was not read. O(log n) in the number of places where lines and rows do not run alike. */
uint64_t bc_scores_line(const bc_scores *scores, size_t row);
const char *bc_scores_file(const bc_scores *scores, size_t row);

/* Whether the row has a label, and is in one of these splits: bits 1 << BC_SPLIT_... */
bool bc_scores_is_labelled(const bc_scores *scores, size_t row, unsigned splits);

/* The row's value as a logit. */
double bc_scores_logit(const bc_scores *scores, size_t row);

/* The splits in which any row has a label: bits 1 << BC_SPLIT_... */
unsigned bc_scores_labelled_splits(const bc_scores *scores);

/* Rows of a split with a label (1, 0, -1). */
size_t bc_scores_count(const bc_scores *scores, bc_split split, int label);

/* Puts the rows of each target together, in the order of their names; within a target they stay in order. For
 * scores with targets. O(n). */
bc_status bc_scores_group_targets(bc_scores *scores, bc_error *err);

/* So many rows from first on as a table of their own. All of it is lent: it is not freed, nothing is added to
 * it, and it lives no longer than scores. */
bc_scores bc_scores_slice(const bc_scores *scores, size_t first, size_t count);

enum { BC_TARGET_LIMIT = 1 << 16 }; /* different names in a column of targets */

/* The names of columns are matched without regard to case and to blanks around them, an exact match first. */
typedef struct bc_scores_options {
    const char *label_column;  /* NULL: label or y_true */
    const char *score_column;  /* NULL: logit, else score, y_score, prob or probability */
    const char *weight_column; /* NULL: weight where there is one; an empty cell is 1 */
    const char *target_column; /* NULL: target where there is one */
    const char *wide;     /* two prefixes "y_:s_": instead of a label and a score column there are columns
                             y_NAME and s_NAME, and each line is a row per NAME, which is its target */
    const char *positive; /* the name of the positive class, any other label being negative; NULL: labels
                             are 1 and 0, 1 and -1, or true and false */
    bool logit;           /* the score column holds logits; a column named logit always does */
    bool details;         /* also keep path, fold and group; where a file has one of these, reading it then
                             takes several times as long */
    bool groups;          /* likewise, but only group */
    bool labels_optional; /* no column of labels is no error: they are all unknown */
    bool skip_bad;        /* count rows that cannot be used instead of failing at the first */
    unsigned threads;     /* 0: as many as there are CPUs; the rows do not depend on it */
    /* Called now and then, by one thread at a time: so many rows are read, and of the present file such a
     * share, NaN where its size is not known. May be NULL. */
    void (*on_progress)(void *context, size_t rows, double share);
    void *context;
} bc_scores_options;

/* Reads CSV, TSV, semicolon-separated text or JSON lines, plain or gzip, from path or standard input ("-"). A
 * first row that holds a number is data: the columns then go by their numbers, and of two columns the first
 * is the label. *scores is zero-initialised by this function and freed by the caller in any case. Errors name
 * file and line: BC_ERROR_USAGE when it must be told which columns or class to use, BC_ERROR_FORMAT for a row
 * that cannot be used and for a file without rows. */
bc_status bc_scores_read(bc_scores *scores, const char *path, const bc_scores_options *options,
                         bc_error *err);

/* Reads several files as one, in order. Each has a header of its own; all must hold scores of one scale, and
 * all or none have targets. */
bc_status bc_scores_read_many(bc_scores *scores, const char *const *paths, size_t count,
                              const bc_scores_options *options, bc_error *err);

/* Writes scores.csv whole or not at all, or to standard output ("-"). A logit has 9 significant digits where
 * it is a float, of which they lose nothing, and else as many as it takes; a score has 9. fold, group,
 * weight and target appear when any row has one. */
bc_status bc_scores_write(const bc_scores *scores, const char *path, bc_error *err);

#ifdef __cplusplus
}
#endif

#endif
