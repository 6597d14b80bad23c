/*
 * A data set as the command line asks for it: what train and check do alike.
 */
#ifndef BC_CLI_DATA_CHOICE_H
#define BC_CLI_DATA_CHOICE_H

#include "options.h"

#include "base/threads.h"

#include <bclass/dataset.h>
#include <bclass/preprocess.h>

#include <stdbool.h>
#include <stdint.h>

/* Option rows for what the functions below take, as in rows.h. */
#define BC_ROW_POSITIVE(at)                                                                                  \
    .name = "positive", .kind = BC_OPTION_TEXT, .offset = (at), .value_name = "NAME",                        \
    .default_text = "recognised from the class names",                                                       \
    .help = "the class to find; of more than two classes, the one against the rest"

#define BC_ROW_VAL(at)                                                                                       \
    .name = "val", .kind = BC_OPTION_NUMBER, .offset = (at), .value_name = "SHARE", .default_text = "0.15",  \
    .least = 0, .most = 0.9,                                                                                 \
    .help = "share for early stopping and choosing a cutoff, where the data states no splits"

#define BC_ROW_TEST(at)                                                                                      \
    .name = "test", .kind = BC_OPTION_NUMBER, .offset = (at), .value_name = "SHARE",                         \
    .default_text = "0.15; with folds none", .least = 0, .most = 0.9,                                        \
    .help = "share that is only reported on, where the data states no splits"

#define BC_ROW_FOLDS(at)                                                                                     \
    .name = "folds", .kind = BC_OPTION_INTEGER, .offset = (at), .value_name = "K",                           \
    .default_text = "those that the data states, else none", .least = 2, .most = BC_FOLDS_LIMIT

#define BC_ROW_GROUP_FROM(at)                                                                                \
    .name = "group-from", .kind = BC_OPTION_TEXT, .offset = (at), .value_name = "REGEX",                     \
    .help = "pictures whose path below DATA matches alike (the first parenthesis) stay in one split"

#define BC_ROW_IMGSZ(at)                                                                                     \
    .name = "imgsz", .kind = BC_OPTION_INTEGER, .offset = (at), .value_name = "PIXELS",                      \
    .default_text = "the pictures' median size, at most 64", .least = 4, .most = 1024,                       \
    .help = "width and height that pictures are brought to"

#define BC_ROW_FIT(at)                                                                                       \
    .name = "fit", .kind = BC_OPTION_CHOICE, .offset = (at), .choices = bc_fit_names, .default_text = "pad", \
    .help = "how pictures that are not square become so"

/* The shares that go for those below 0, which were not given. */
bc_dataset_options bc_data_options(const char *positive, const char *group_from, double val, double test,
                                   int64_t folds, int64_t seed);

/* Opens it, and says unless quiet which class is positive. */
bc_status bc_data_open(bc_dataset *dataset, const char *path, const bc_dataset_options *options, bool quiet,
                       bc_error *err);

/* Refuses shares, below 0 when they were not given, that go with no folds or with none that are stated. */
bc_status bc_data_check_folds(const bc_dataset *dataset, double val, double test, bc_error *err);

/* Chooses the size and channels that the pictures are brought to; imgsz 0: as large as they are, within a
 * limit. Error: BC_ERROR_FORMAT when no file is a picture. */
bc_status bc_data_choose_size(bc_preprocess *preprocess, const bc_dataset *dataset, int64_t imgsz, bc_fit fit,
                              bc_pool *pool, bc_error *err);

enum { BC_PART_NAME_SIZE = 32 };

/* Where a picture is: "val", or "fold 3". */
void bc_data_name_part(char name[BC_PART_NAME_SIZE], const bc_sample *sample);

#endif
