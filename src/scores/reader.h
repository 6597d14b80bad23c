/*
 * Reading one score file after the other into a table. There are two ways to read a row. The careful one
 * (rows.c) takes any row and says what is wrong with it. The plain one (plain.c, in parallel: blocks.c) takes
 * only rows without surprises, whose words the careful one has seen before, and leaves every other row to it.
 */
#ifndef BC_SCORES_READER_H
#define BC_SCORES_READER_H

#include "base/input.h"
#include "base/number.h"
#include "base/threads.h"
#include "scores/columns.h"
#include "scores/words.h"

#include <bclass/scores.h>

/* What one row says in one column; empty when it says nothing. */
typedef struct bc_slice {
    const char *text;
    size_t length;
    const double *number; /* in place of the text, of what is a number already; else NULL */
} bc_slice;

typedef struct bc_reader {
    bc_scores *scores;
    const bc_scores_options *options;
    bc_pool *pool;         /* NULL until there is enough to read for several threads */
    struct bc_slot *slots; /* blocks.c's */
    size_t slot_count;
    bool positive_found, several_negatives;
    bc_words targets; /* all that were read so far */

    /* of the file being read */
    bc_input *input;
    uint64_t size; /* of its text; 0: not known */
    bc_columns columns;
    bc_words labels, splits; /* the words that were read so far, with what they mean */
    double negative;         /* 0 or -1 once a row has told which of the two is the negative label, else 1 */

    /* of the row being read */
    uint64_t line;
    bc_slice cells[BC_COLUMN_COUNT];
    const char *names[BC_COLUMN_COUNT]; /* of the cells' columns, for messages */
} bc_reader;

/* ---- rows.c ---- */

bool bc_reader_is_wide(const bc_reader *in);

/* Tells who asked for it that there are so many rows. */
void bc_reader_tell(const bc_reader *in, size_t rows);

/* Whether there are columns that only the careful way reads. */
bool bc_reader_has_details(const bc_reader *in);

/* How many rows of the table a row of the file gives. */
size_t bc_reader_rows_per_line(const bc_reader *in);

/* Makes the columns of the table that the file fills; checks that files read as one go together. */
bc_status bc_reader_begin_rows(bc_reader *in, bc_error *err);

/* Adds the row whose cells these are: one cell for each column of the file. The columns' numbers stand in
 * in->columns, the row's in in->line. */
bc_status bc_reader_add(bc_reader *in, const bc_slice *cells, bc_error *err);

/* Whether the failure is that of one row, is to be passed over, and was counted instead. */
bool bc_reader_skips(bc_reader *in, bc_status status, const bc_error *err);

/* ---- blocks.c ---- */

/* Reads plain rows as long as there are any. In front of what is not plain, and at the end of the text, it
 * stops with the input standing there. */
bc_status bc_reader_read_plain(bc_reader *in, char separator, bc_error *err);

void bc_reader_free_slots(bc_reader *in);

#endif
