/* A file of scores: the plain and the careful way to read it agree to the bit, and what was read is the same
 * when it is written and read again. The first byte chooses the options, and whether it is compressed. */
#include "fuzz.h"

#include <bclass/scores.h>

#include <string.h>
#include <zlib.h>

enum { SKIP_BAD = 1, NAMED = 2, LOGIT = 4, WIDE = 8, COMPRESSED = 16, UNLABELLED = 32 };

static void write_input(const uint8_t *data, size_t size, bool compressed) {
    if (!compressed || size == 0) {
        fuzz_write(FUZZ_INPUT, data, size);
        return;
    }
    gzFile file = gzopen(fuzz_path(FUZZ_INPUT), "wb1");
    fuzz_require(file != NULL && gzwrite(file, data, (unsigned)size) == (int)size && gzclose(file) == Z_OK,
                 "a compressed file can be written");
}

static bool is_same_text(const char *a, const char *b) {
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool is_same_column(const void *a, const void *b, size_t size) {
    return a == NULL || b == NULL ? a == b : memcmp(a, b, size) == 0;
}

static void require_same(const bc_scores *a, const bc_scores *b) {
    const size_t n = a->count;
    fuzz_require(n == b->count && a->logits == b->logits && a->skipped == b->skipped, "both ways have rows");
    fuzz_require(is_same_column(a->values, b->values, n * sizeof *a->values) &&
                     is_same_column(a->labels, b->labels, n) && is_same_column(a->splits, b->splits, n) &&
                     is_same_column(a->weights, b->weights, n * sizeof *a->weights) &&
                     is_same_column(a->targets, b->targets, n * sizeof *a->targets),
                 "both ways have the same columns");
    fuzz_require(a->target_count == b->target_count && is_same_text(a->positive, b->positive) &&
                     is_same_text(a->negative, b->negative) &&
                     is_same_text(a->first_skipped, b->first_skipped),
                 "both ways have the same names");
    for (size_t i = 0; i < a->target_count; i++)
        fuzz_require(is_same_text(a->target_names[i], b->target_names[i]), "both ways have the same targets");
    for (size_t i = 0; i < n; i++)
        fuzz_require(bc_scores_line(a, i) == bc_scores_line(b, i), "both ways have the same lines");
}

/* Whether the plain way could differ: lines of objects are read in one way only, and what is wrong with
 * columns that are details, as folds that are no numbers, is told where they are asked for. */
static bool has_two_ways(const uint8_t *data, size_t size) {
    if (memchr(data, '{', size) != NULL)
        return false;
    for (size_t i = 0; i + 4 <= size; i++) {
        if ((data[i] | 32) == 'f' && (data[i + 1] | 32) == 'o' && (data[i + 2] | 32) == 'l' &&
            (data[i + 3] | 32) == 'd')
            return false;
    }
    return true;
}

static bool tells_of_details(const char *message) {
    return strstr(message, "two columns") != NULL;
}

/* The digits that are written of a float carry a float. */
static bool is_same_logit(double written, double again) {
    return again == written || ((double)(float)written == written && (float)again == (float)written);
}

static void require_kept(const bc_scores *a, const bc_scores *b) {
    fuzz_require(a->count == b->count, "all rows are read again");
    for (size_t i = 0; i < a->count; i++) {
        const double logit = bc_scores_logit(a, i);
        const char *path = bc_scores_path(a, i);
        fuzz_require(a->labels[i] == b->labels[i] && bc_scores_split(a, i) == bc_scores_split(b, i) &&
                         is_same_logit(logit, b->values[i]),
                     "a row that is read again is the same");
        fuzz_require(strcmp(path, bc_scores_path(b, i)) == 0 || strstr(path, "\r\n") != NULL,
                     "a path that is read again is the same"); /* a line end is */
    }
}

static void write_and_read(const bc_scores *scores) {
    bc_error err = {0};
    const bc_scores_options options = {.details = true, .threads = 1};
    bc_scores again;
    fuzz_require(bc_scores_write(scores, fuzz_path(FUZZ_COPY), &err) == BC_OK, "scores can be written");
    fuzz_require(bc_scores_read(&again, fuzz_path(FUZZ_COPY), &options, &err) == BC_OK,
                 "scores that were written can be read");
    require_kept(scores, &again);
    bc_scores_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t choice = size > 0 ? data[0] : 0;
    bc_scores_options options = {.skip_bad = (choice & SKIP_BAD) != 0,
                                 .positive = choice & NAMED ? "yes" : NULL,
                                 .logit = (choice & LOGIT) != 0,
                                 .wide = choice & WIDE ? "y_:s_" : NULL,
                                 .labels_optional = (choice & UNLABELLED) != 0,
                                 .details = true,
                                 .threads = 1};
    bc_error careful_err = {0}, err = {0};
    bc_scores careful, plain;
    write_input(data + (size > 0), size > 0 ? size - 1 : 0, (choice & COMPRESSED) != 0);
    const bc_status status = bc_scores_read(&careful, fuzz_path(FUZZ_INPUT), &options, &careful_err);
    options.details = false;
    const bc_status other = bc_scores_read(&plain, fuzz_path(FUZZ_INPUT), &options, &err);
    if (status != BC_OK)
        fuzz_require_told(status, &careful_err);
    if (other != BC_OK)
        fuzz_require_told(other, &err);
    if (has_two_ways(data, size) && !tells_of_details(careful_err.message)) {
        fuzz_require(status == other, "both ways read it or none does");
        fuzz_require(strcmp(careful_err.message, err.message) == 0, "both ways tell the same error");
        if (status == BC_OK)
            require_same(&careful, &plain);
    }
    if (status == BC_OK)
        write_and_read(&careful);
    bc_scores_free(&careful);
    bc_scores_free(&plain);
    return 0;
}
