/* Opens a data set for a command. */
#include "data_choice.h"
#include "print.h"

#include "dataset/cache.h"

#include <stdio.h>

bc_dataset_options bc_data_options(const char *positive, const char *group_from, double val, double test,
                                   int64_t folds, int64_t seed) {
    static const double usual_share = 0.15;
    return (bc_dataset_options){
        .positive = positive,
        .group_pattern = group_from,
        .val = val >= 0 ? val : usual_share,
        .test = test >= 0 ? test : usual_share,
        .folds = (size_t)folds,
        .fold_test = test >= 0 ? test : 0,
        .seed = (uint64_t)seed,
    };
}

bc_status bc_data_open(bc_dataset *dataset, const char *path, const bc_dataset_options *options, bool quiet,
                       bc_error *err) {
    bc_status status = bc_dataset_open(dataset, path, options, err);
    if (status == BC_OK && !quiet)
        bc_remark("the positive class is '%s' (%s); the negative one is '%s'", dataset->positive,
                  dataset->positive_reason, dataset->negative);
    return status;
}

bc_status bc_data_check_folds(const bc_dataset *dataset, double val, double test, bc_error *err) {
    if (dataset->folds > 0 && val >= 0)
        return bc_fail(err, BC_ERROR_USAGE, "with folds there is no val; leave --val out");
    if (dataset->folds_stated && test >= 0)
        return bc_fail(err, BC_ERROR_USAGE,
                       "--test draws pictures where the data states no folds; leave it out, or say in the "
                       "column split which are test");
    return BC_OK;
}

bc_status bc_data_choose_size(bc_preprocess *preprocess, const bc_dataset *dataset, int64_t imgsz, bc_fit fit,
                              bc_pool *pool, bc_error *err) {
    enum { AUTOMATIC_SIDE_LIMIT = 64 };
    bc_status status = bc_cache_survey(preprocess, dataset, AUTOMATIC_SIDE_LIMIT, pool, err);
    if (imgsz > 0)
        preprocess->width = preprocess->height = (uint32_t)imgsz;
    preprocess->fit = fit;
    return status;
}

void bc_data_name_part(char name[BC_PART_NAME_SIZE], const bc_sample *sample) {
    if (sample->fold > 0)
        snprintf(name, BC_PART_NAME_SIZE, "fold %u", sample->fold);
    else
        snprintf(name, BC_PART_NAME_SIZE, "%s", bc_split_name(sample->split));
}
