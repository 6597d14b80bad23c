/* A CSV manifest: what it lists is a data set whose parts fit each other. The first byte chooses the options.
 */
#include "fuzz.h"

#include <bclass/dataset.h>

#include <string.h>

static void require_whole(const bc_dataset *dataset) {
    size_t counted = 0;
    fuzz_require(dataset->count > 0 && dataset->positive != NULL && dataset->negative != NULL,
                 "a data set has pictures and classes");
    for (size_t i = 0; i < dataset->count; i++) {
        const bc_sample *sample = &dataset->samples[i];
        fuzz_require(sample->below <= strlen(sample->path), "a path has the part below the folder");
        fuzz_require(sample->label <= 1, "a label is 0 or 1");
        fuzz_require(sample->weight >= 1e-6 && sample->weight <= 1e6, "a weight is within its limits");
        fuzz_require(sample->fold <= dataset->folds, "a fold is one of the folds");
        fuzz_require(i == 0 || strcmp(sample[-1].path, sample->path) < 0, "paths are in order, each once");
    }
    for (bc_split split = BC_SPLIT_NONE; split < BC_SPLIT_COUNT; split++)
        counted += bc_dataset_count(dataset, split, 0) + bc_dataset_count(dataset, split, 1);
    fuzz_require(counted == dataset->count, "each picture is counted once");
}

static void hold_out(bc_dataset *dataset) {
    bc_error err = {0};
    for (uint32_t fold = 1; fold <= dataset->folds; fold++) {
        bc_status status = bc_dataset_hold_out(dataset, fold, &err);
        if (status != BC_OK)
            fuzz_require_told(status, &err);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t choice = size > 0 ? data[0] : 0;
    const bc_dataset_options options = {.positive = choice & 1 ? "a" : NULL,
                                        .group_pattern = choice & 2 ? "^([a-z]+)" : NULL,
                                        .val = 0.25,
                                        .test = choice & 4 ? 0.25 : 0,
                                        .folds = choice & 8 ? 3 : 0,
                                        .fold_test = choice & 16 ? 0.5 : 0,
                                        .seed = choice};
    char first[65], second[65];
    bc_error err = {0};
    bc_dataset dataset;
    fuzz_write(FUZZ_INPUT, data + (size > 0), size > 0 ? size - 1 : 0);
    const bc_status status = bc_dataset_open(&dataset, fuzz_path(FUZZ_INPUT), &options, &err);
    if (status == BC_OK) {
        require_whole(&dataset);
        fuzz_require(bc_dataset_fingerprint(first, &dataset, &err) == BC_OK, "there is a fingerprint");
        hold_out(&dataset);
        require_whole(&dataset);
    } else {
        fuzz_require_told(status, &err);
    }
    bc_dataset_free(&dataset);
    if (status == BC_OK) { /* the same again */
        fuzz_require(bc_dataset_open(&dataset, fuzz_path(FUZZ_INPUT), &options, &err) == BC_OK,
                     "a manifest can be read again");
        fuzz_require(bc_dataset_fingerprint(second, &dataset, &err) == BC_OK && strcmp(first, second) == 0,
                     "the same manifest gives the same data set");
        bc_dataset_free(&dataset);
    }
    return 0;
}
