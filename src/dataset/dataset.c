/* Opens a data set: list, classes, groups, splits. */
#include <bclass/dataset.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/number.h"
#include "dataset/classes.h"
#include "dataset/listing.h"
#include "dataset/partition.h"

#include <stdlib.h>
#include <string.h>

static bc_status list_files(bc_listing *listing, const char *path, bc_error *err) {
    bc_file_info info;
    *listing = (bc_listing){0};
    bc_status status = bc_file_look(&info, path, err);
    if (status != BC_OK)
        return status;
    if (info.kind == BC_FILE_FOLDER)
        return bc_listing_scan(listing, path, err);
    if (info.kind == BC_FILE_REGULAR)
        return bc_listing_read(listing, path, err);
    return bc_fail(err, BC_ERROR_IO, "%s: %s", path,
                   info.kind == BC_FILE_ABSENT ? "no such folder or file" : "neither a folder nor a file");
}

/* The strings change hands. */
static bc_status take_samples(bc_dataset *dataset, bc_listing *listing, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, listing->count, sizeof *dataset->samples, err);
    dataset->samples = block;
    if (status != BC_OK)
        return status;
    for (size_t i = 0; i < listing->count; i++)
        dataset->samples[i] = listing->items[i].sample;
    dataset->count = dataset->capacity = listing->count;
    listing->count = 0;
    return BC_OK;
}

bc_status bc_dataset_open(bc_dataset *dataset, const char *path, const bc_dataset_options *options,
                          bc_error *err) {
    bc_listing listing;
    *dataset = (bc_dataset){0};
    bc_status status = list_files(&listing, path, err);
    if (status == BC_OK)
        status = bc_classes_choose(dataset, &listing, options->positive, err);
    if (status == BC_OK)
        status = take_samples(dataset, &listing, err);
    if (status == BC_OK && options->group_pattern != NULL)
        status = bc_partition_group(dataset, options->group_pattern, err);
    dataset->splits_stated = listing.splits_stated;
    dataset->folds_stated = listing.folds_stated;
    if (status == BC_OK)
        status = bc_partition_split(dataset, options, err);
    bc_listing_free(&listing);
    return status;
}

void bc_dataset_free(bc_dataset *dataset) {
    if (dataset == NULL)
        return;
    for (size_t i = 0; i < dataset->count; i++) {
        free(dataset->samples[i].path);
        free(dataset->samples[i].group);
    }
    free(dataset->samples);
    free(dataset->positive);
    free(dataset->negative);
    free(dataset->positive_reason);
    *dataset = (bc_dataset){0};
}

size_t bc_dataset_count(const bc_dataset *dataset, bc_split split, int label) {
    size_t count = 0;
    for (size_t i = 0; i < dataset->count; i++)
        count += dataset->samples[i].split == split && dataset->samples[i].label == label;
    return count;
}

bc_status bc_dataset_hold_out(bc_dataset *dataset, uint32_t fold, bc_error *err) {
    size_t held_out = 0, left[2] = {0, 0};
    for (size_t i = 0; i < dataset->count; i++) {
        bc_sample *sample = &dataset->samples[i];
        if (sample->split == BC_SPLIT_TEST)
            continue;
        const bool is_held_out = fold > 0 && sample->fold == fold;
        sample->split = is_held_out ? BC_SPLIT_OOF : BC_SPLIT_TRAIN;
        held_out += is_held_out;
        left[sample->label] += !is_held_out;
    }
    if (fold > 0 && held_out == 0)
        return bc_fail(err, BC_ERROR_FORMAT, "fold %u of %zu has no picture", fold, dataset->folds);
    if (left[0] > 0 && left[1] > 0)
        return BC_OK;
    return bc_fail(err, BC_ERROR_FORMAT, "no picture of class '%s' is left to train on without fold %u",
                   left[1] == 0 ? dataset->positive : dataset->negative, fold);
}

bc_status bc_dataset_check_folds(bc_dataset *dataset, bc_error *err) {
    bc_status status = BC_OK;
    for (uint32_t fold = 1; status == BC_OK && fold <= dataset->folds; fold++)
        status = bc_dataset_hold_out(dataset, fold, err);
    return status == BC_OK ? bc_dataset_hold_out(dataset, 0, err) : status;
}

/* With its NUL, so that no two lists of strings look alike. */
static void add_text(bc_hash *hash, const char *text) {
    bc_hash_add(hash, text, strlen(text) + 1);
}

/* What a data set without folds has no part in stays out, so that its fingerprint is that of ever. */
static void add_folds(bc_hash *hash, const bc_dataset *dataset) {
    for (size_t i = 0; dataset->folds > 0 && i < dataset->count; i++) {
        uint8_t fold = (uint8_t)dataset->samples[i].fold; /* at most BC_FOLDS_LIMIT */
        bc_hash_add(hash, &fold, 1);
    }
}

static void add_sample(bc_hash *hash, const bc_sample *sample, const char *weight) {
    uint8_t fixed[11];
    for (int i = 0; i < 8; i++)
        fixed[i] = (uint8_t)(sample->bytes >> 8 * i);
    fixed[8] = sample->label;
    fixed[9] = (uint8_t)sample->split;
    fixed[10] = sample->group != NULL;
    bc_hash_add(hash, fixed, sizeof fixed);
    add_text(hash, sample->path + sample->below);
    add_text(hash, sample->group != NULL ? sample->group : "");
    add_text(hash, weight);
}

bc_status bc_dataset_fingerprint(char text[65], const bc_dataset *dataset, bc_error *err) {
    bc_hash *hash;
    char weight[BC_NUMBER_SIZE];
    bc_status status = bc_hash_create(&hash, err);
    if (status != BC_OK)
        return status;
    add_text(hash, dataset->positive);
    add_text(hash, dataset->negative);
    for (size_t i = 0; i < dataset->count; i++) {
        const bc_sample *sample = &dataset->samples[i];
        if (i == 0 || sample->weight != sample[-1].weight) /* mostly all are 1 */
            bc_number_print_hex(weight, sample->weight);
        add_sample(hash, sample, weight);
    }
    add_folds(hash, dataset);
    bc_hash_finish(hash, text);
    bc_hash_free(hash);
    return BC_OK;
}
