/* From a row to the file and the line it was read from. Rows stand in the order of their lines, so only the
 * places are kept where the two do not run on alike: behind a header, an empty line, a row of several lines.
 */
#include "base/memory.h"
#include "scores/table.h"

#include <stdlib.h>
#include <string.h>

typedef struct stretch {
    size_t row, rows_per_line; /* its first row */
    uint64_t line;
} stretch;

typedef struct source {
    size_t row; /* its first row */
    char *name;
} source;

struct bc_scores_lines {
    stretch *stretches;
    size_t count, capacity;
    source *sources;
    size_t source_count, source_capacity;
};

static uint64_t line_of(const stretch *of, size_t row) {
    return of->line + (row - of->row) / of->rows_per_line;
}

bc_status bc_scores_begin_file(bc_scores *scores, const char *name, bc_error *err) {
    void *block = scores->lines;
    bc_status status = block != NULL ? BC_OK : bc_alloc(&block, 1, sizeof *scores->lines, err);
    scores->lines = block;
    if (status != BC_OK)
        return status;
    bc_scores_lines *lines = scores->lines;
    block = lines->sources;
    status = bc_grow(&block, &lines->source_capacity, lines->source_count + 1, sizeof(source), err);
    lines->sources = block;
    if (status != BC_OK)
        return status;
    source *next = &lines->sources[lines->source_count];
    *next = (source){.row = scores->count};
    status = bc_copy_text(&next->name, name, strlen(name), err);
    lines->source_count += status == BC_OK;
    return status;
}

/* Whether the rows to come run on from the last stretch anyway. */
static bool runs_on(const stretch *last, size_t row, uint64_t line, size_t rows_per_line) {
    return last->rows_per_line == rows_per_line && (row - last->row) % rows_per_line == 0 &&
           line_of(last, row) == line;
}

bc_status bc_scores_mark_line(bc_scores *scores, uint64_t line, size_t rows_per_line, bc_error *err) {
    bc_scores_lines *lines = scores->lines;
    if (lines->count > 0 && runs_on(&lines->stretches[lines->count - 1], scores->count, line, rows_per_line))
        return BC_OK;
    if (lines->count > 0 && lines->stretches[lines->count - 1].row == scores->count)
        lines->count--; /* no row came of it */
    void *block = lines->stretches;
    bc_status status = bc_grow(&block, &lines->capacity, lines->count + 1, sizeof(stretch), err);
    lines->stretches = block;
    if (status == BC_OK)
        lines->stretches[lines->count++] = (stretch){scores->count, rows_per_line, line};
    return status;
}

/* Rows may have been put in another order since. */
static size_t row_as_read(const bc_scores *scores, size_t row) {
    return scores->order != NULL ? scores->order[row] : row;
}

uint64_t bc_scores_line(const bc_scores *scores, size_t row) {
    const bc_scores_lines *lines = scores->lines;
    row = row_as_read(scores, row);
    size_t first = 0, last = lines != NULL ? lines->count : 0; /* the stretch lies in [first, last) */
    if (last == 0 || row < lines->stretches[0].row)
        return 0;
    while (last - first > 1) {
        size_t middle = first + (last - first) / 2;
        if (lines->stretches[middle].row <= row)
            first = middle;
        else
            last = middle;
    }
    return line_of(&lines->stretches[first], row);
}

const char *bc_scores_file(const bc_scores *scores, size_t row) {
    const bc_scores_lines *lines = scores->lines;
    row = row_as_read(scores, row);
    for (size_t i = lines != NULL ? lines->source_count : 0; i > 0; i--) {
        if (lines->sources[i - 1].row <= row)
            return lines->sources[i - 1].name;
    }
    return "";
}

void bc_scores_free_lines(bc_scores_lines *lines) {
    if (lines == NULL)
        return;
    for (size_t i = 0; i < lines->source_count; i++)
        free(lines->sources[i].name);
    free(lines->sources);
    free(lines->stretches);
    free(lines);
}
