/* A file of cutoffs: what is read is the same when it is written and read again. */
#include "fuzz.h"

#include <bclass/cutoff.h>

#include <math.h>
#include <string.h>

static bool is_same_text(const char *a, const char *b) {
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void require_same(const bc_cutoff *a, const bc_cutoff *b) {
    fuzz_require(a->score == b->score && a->logit == b->logit && strcmp(a->rule, b->rule) == 0 &&
                     strcmp(a->split, b->split) == 0 &&
                     memcmp(&a->chosen, &b->chosen, sizeof a->chosen) == 0 && a->has_test == b->has_test &&
                     memcmp(&a->test, &b->test, sizeof a->test) == 0 && a->weighted == b->weighted &&
                     memcmp(a->floors, b->floors, sizeof a->floors) == 0 && a->confidence == b->confidence &&
                     strcmp(a->scores_sha256, b->scores_sha256) == 0 &&
                     is_same_text(a->positive, b->positive) && is_same_text(a->negative, b->negative) &&
                     is_same_text(a->target, b->target),
                 "a cutoff that is read again is the same");
}

static void write_and_read(const bc_cutoffs *cutoffs) {
    bc_error err = {0};
    bc_cutoffs again;
    fuzz_require(bc_cutoffs_write(cutoffs, fuzz_path(FUZZ_COPY), &err) == BC_OK, "cutoffs can be written");
    fuzz_require(bc_cutoffs_read(&again, fuzz_path(FUZZ_COPY), &err) == BC_OK,
                 "cutoffs that were written can be read");
    fuzz_require(again.many == cutoffs->many && again.count == cutoffs->count,
                 "cutoffs that are read again are as many");
    for (size_t i = 0; i < again.count; i++)
        require_same(&cutoffs->items[i], &again.items[i]);
    bc_cutoffs_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    bc_error err = {0};
    bc_cutoffs cutoffs;
    fuzz_write(FUZZ_INPUT, data, size);
    const bc_status status = bc_cutoffs_read(&cutoffs, fuzz_path(FUZZ_INPUT), &err);
    if (status != BC_OK)
        fuzz_require_told(status, &err);
    else
        write_and_read(&cutoffs);
    bc_cutoffs_free(&cutoffs);
    return 0;
}
