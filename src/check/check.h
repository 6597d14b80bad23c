/*
 * The checks. Each looks at a data set as training would see it and adds what it finds.
 */
#ifndef BC_CHECK_CHECK_H
#define BC_CHECK_CHECK_H

#include "check/findings.h"
#include "dataset/cache.h"
#include "dataset/copies.h"
#include "dataset/examine.h"
#include "dataset/signature.h"

#include <bclass/dataset.h>
#include <bclass/preprocess.h>
#include <bclass/scores.h>

/* All lent. The arrays have the order of the samples. */
typedef struct bc_check_data {
    const bc_dataset *dataset; /* with its splits or folds; only what could be read */
    const bc_cache *cache;
    const bc_preprocess *preprocess; /* width, height, channels and fit count */
    const bc_examined *examined;
    const bc_copies *copies;
} bc_check_data;

enum { BC_IMAGE_KINDS = BC_IMAGE_HDR + 1 };

/* What kinds of files the readable ones are, and how large. */
typedef struct bc_formats {
    size_t of[BC_IMAGE_KINDS];
    uint32_t least_width, least_height, most_width, most_height; /* of upright pictures; 0 without any */
} bc_formats;

void bc_check_formats(bc_formats *formats, const bc_check_data *data);

/* Unreadable files, and those whose pictures are not what they seem. */
bc_status bc_check_files(bc_findings *findings, const bc_check_data *data, bc_error *err);

/* Copies: each family of the same or nearly the same pictures once. Across stated splits the same picture is
 * an error and a near one a warning, for what is learned is then tested; where splits are drawn they stay
 * together. The same picture with both labels is an error, a near one a warning. */
bc_status bc_check_duplicates(bc_findings *findings, const bc_check_data *data, bc_error *err);

/* How many pictures of a split have a copy among those that were learned from when it is scored, so that what
 * is measured there is too good; where there are folds, those of all folds together are the split oof. */
typedef struct bc_leakage {
    size_t exact, near; /* near: those without an exact one */
} bc_leakage;

bc_status bc_check_leakage(bc_leakage leakage[BC_SPLIT_COUNT], const bc_check_data *data, bc_error *err);

enum { BC_MEASURE_FEATURES = 4 };

/* What a picture's class may be told by without looking at what it shows. */
typedef enum bc_measure_kind {
    BC_MEASURE_FILE_SIZE,
    BC_MEASURE_DIMENSIONS,
    BC_MEASURE_ASPECT,
    BC_MEASURE_FORMAT, /* JPEG, PNG ...; gray or colour; transparency */
    BC_MEASURE_EXIF,   /* whether there is any, the camera, the orientation */
    BC_MEASURE_JPEG_QUALITY,
    BC_MEASURE_MEAN_COLOUR,
    BC_MEASURE_BORDER, /* mean colour and spread of its outermost sixteenth */
    BC_MEASURES
} bc_measure_kind;

const char *bc_measure_name(bc_measure_kind kind);

/* How well one measure alone tells the classes apart. */
typedef struct bc_shortcut {
    double auroc, low,
        high; /* out of 5 folds, with its 95 % interval; NaN where all pictures are alike in it */
} bc_shortcut;

/* Each measure's features are cut into at most 16 bins at their quantiles, and a naive Bayes classifier of
 * the bins (Laplace's rule with 1/2, Jeffreys' prior) is trained on four fifths of the pictures and scores
 * the fifth; copies and groups stay in one fifth. The interval is DeLong's; where all pairs
 * are ordered alike, or a class has one picture, one that is as wide as the rarer class allows. A measure
 * whose interval lies above 0.8 is a warning, above 0.6 a note. O(n log n). */
bc_status bc_check_shortcuts(bc_shortcut shortcuts[BC_MEASURES], bc_findings *findings,
                             const bc_check_data *data, bc_error *err);

/* features[i * BC_MEASURE_FEATURES + f] of each sample; returns how many there are, 0 to BC_MEASURE_FEATURES.
 */
bc_status bc_measure_take(double *features, size_t *count, bc_measure_kind kind, const bc_check_data *data,
                          bc_error *err);

/* How many pictures and groups a class has in a split. */
typedef struct bc_class_count {
    size_t pictures, groups; /* what stands alone is no group */
} bc_class_count;

typedef struct bc_class_counts {
    bc_class_count of[BC_SPLIT_COUNT][2]; /* of each split, and label */
    size_t chosen_on;                     /* positives that a cutoff would be chosen on: those of val, of all
                                             folds where there are any */
    size_t needed; /* with which a recall of 0.95 can be promised with confidence 0.95 */
} bc_class_counts;

/* Without a picture of a class in train there is nothing to be learned: an error. Where there are pictures,
 * too few positives to choose on are a note, and none a warning. */
bc_status bc_check_counts(bc_class_counts *counts, bc_findings *findings, const bc_check_data *data,
                          bc_error *err);

/* Whether the pictures that a run recorded of its data are there, under whatever name; `pictures` is how many
 * the run was made of, 0 where that is not known. A data set that is smaller may be a part of the run's, and
 * holds the same part of those recorded. A note where some are missing; a warning where fewer than half as
 * many are there, and less often than once in 20 times so few of them by chance. */
bc_status bc_check_origin(bc_findings *findings, const bc_check_data *data, const bc_signature *signature,
                          uint64_t pictures, bc_error *err);

/* What became of the rows of a run. */
typedef struct bc_label_check {
    size_t scored;  /* rows of pictures of the data set that were not trained on */
    size_t unknown; /* rows whose picture is not in the data set */
    size_t likely;  /* see bclass/suspects.h */
} bc_label_check;

/* Ranks the pictures of the data set by the scores of a run that was not trained on them (oof, else val and
 * test) and adds the tenth, or at least `least`, whose label they contradict most: also a label that was put
 * right since is judged as it is now. Rows are matched by their paths below the data folder. */
bc_status bc_check_labels(bc_label_check *result, bc_findings *findings, const bc_check_data *data,
                          const bc_scores *scores, size_t least, bc_error *err);

#endif
