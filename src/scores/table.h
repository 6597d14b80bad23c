/*
 * What the reader does with a table besides adding rows one by one.
 */
#ifndef BC_SCORES_TABLE_H
#define BC_SCORES_TABLE_H

#include <bclass/scores.h>

typedef enum bc_optional_column { BC_HAS_SPLITS, BC_HAS_WEIGHTS, BC_HAS_TARGETS } bc_optional_column;

/* Makes the column if it is not there, and fills it for the rows there are. */
bc_status bc_scores_make(bc_scores *scores, bc_optional_column column, bc_error *err);

/* Room for rows in all columns there are; the columns may move. */
bc_status bc_scores_reserve(bc_scores *scores, size_t rows, bc_error *err);

/* So many rows are expected in all: makes room for them at once, if there is memory for it. */
void bc_scores_expect(bc_scores *scores, size_t rows);

/* *target = the index of the next name. */
bc_status bc_scores_add_target(int32_t *target, bc_scores *scores, const char *name, size_t length,
                               bc_error *err);

/* The rows added from now on are read from this file. */
bc_status bc_scores_begin_file(bc_scores *scores, const char *name, bc_error *err);

/* They are so many a line, from this line on. */
bc_status bc_scores_mark_line(bc_scores *scores, uint64_t line, size_t rows_per_line, bc_error *err);

/* Gives back a column of weights that are all 1. */
void bc_scores_trim(bc_scores *scores);

void bc_scores_free_lines(bc_scores_lines *lines);

#endif
