/*
 * Many pictures: which files, of which class, in which split. Nothing is decoded here.
 */
#ifndef BCLASS_DATASET_H
#define BCLASS_DATASET_H

#include <bclass/error.h>
#include <bclass/split.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bc_sample {
    char *path;     /* as it can be opened and as it is reported: DATA/class/name.png */
    size_t below;   /* where in path the part below the data folder begins: class/name.png */
    char *group;    /* items of one group never cross splits; NULL when it stands alone */
    uint64_t bytes; /* file size; 0 until the picture is read */
    double weight;  /* in the loss, 1e-6 to 1e6, so that floats can hold their products; 1 by default */
    uint8_t label;  /* 1 positive, 0 negative */
    bc_split split;
    uint32_t fold; /* from 1; 0 when there are none, and of test */
} bc_sample;

enum { BC_FOLDS_LIMIT = 100 };

typedef struct bc_dataset {
    bc_sample *samples; /* in a fixed order that depends on the paths only */
    size_t count, capacity;
    char *positive;        /* name of the positive class */
    char *negative;        /* of the negative one; "not NAME" for one class against the rest */
    char *positive_reason; /* how the positive class was chosen, for people: "named by --positive" */
    bool splits_stated;    /* by the folders or the manifest */
    bool folds_stated;     /* by the manifest */
    bool split_by_seed;    /* some split or the folds were drawn with options.seed; see below */
    size_t folds;          /* 0 when there are none */
    size_t joined;         /* pictures of val that take part in the folds as those of train do */
    size_t groups;         /* distinct groups, 0 when there are none */
} bc_dataset;

typedef struct bc_dataset_options {
    const char *positive;      /* name of the positive class, or NULL to recognise it */
    const char *group_pattern; /* POSIX extended regular expression on the path below the data folder: its
                                  first parenthesis, or the whole match, names the group, and a path that does
                                  not match stands alone; NULL for none. Goes before a manifest's groups */
    double val, test;          /* shares, in [0, 1) and below 1 together, where the data states no split */
    size_t folds;              /* 2 to BC_FOLDS_LIMIT; 0 for none, or those that the data states */
    double fold_test;          /* in place of val and test where there are folds: the share of test */
    uint64_t seed;
} bc_dataset_options;

/* Reads a folder DIR/CLASS/.../FILE or DIR/{train,val,test}/CLASS/.../FILE, or a CSV manifest. *dataset is
 * zero-initialised by this function and freed by the caller in any case.
 *
 * A folder states splits when all folders in it are named train, val, valid, validation or test (in any case)
 * and one is train; train and another split beside a folder that is none are refused. A class is a folder;
 * those without a file are passed over. Below it every regular file counts as a picture until it is decoded,
 * except dot-files; links are followed, each folder is entered once for a class, and FIFOs, sockets and
 * devices are left alone.
 *
 * A manifest has a header with the columns path and label, and maybe split, fold, group and weight, in any
 * order and case, separated by comma, semicolon or tab; other columns do not matter. Paths are relative to
 * its folder. All rows state a split or none does; all but those of test state a fold, a whole number from 1,
 * or none does; an empty group stands alone; an empty weight is 1.
 *
 * Where no split is stated, train, val and test are drawn by class and by whole groups. Where train is stated
 * without val, val is drawn from train; test is never drawn then, and stays empty unless it is stated.
 *
 * Folds part all pictures but those of test, by class and by whole groups; there is no val then, and one that
 * is stated belongs to train. They are those that the manifest states, or so many as are wanted are drawn.
 *
 * Errors: BC_ERROR_USAGE when it must be told which class is positive, and for options that cannot be used;
 * BC_ERROR_IO and BC_ERROR_FORMAT (a manifest's with its line) for data that cannot. */
bc_status bc_dataset_open(bc_dataset *dataset, const char *path, const bc_dataset_options *options,
                          bc_error *err);
void bc_dataset_free(bc_dataset *dataset);

/* Of a data set with folds: from here on the pictures of this fold are in the split oof and those of the
 * other folds in train; all are in train for fold 0. BC_ERROR_FORMAT when that leaves nothing in the fold, or
 * no picture of a class to train on. */
bc_status bc_dataset_hold_out(bc_dataset *dataset, uint32_t fold, bc_error *err);

/* Whether each fold can be held out, as may no longer be when pictures could not be read; then all are in
 * train. */
bc_status bc_dataset_check_folds(bc_dataset *dataset, bc_error *err);

/* Items of a split and label. */
size_t bc_dataset_count(const bc_dataset *dataset, bc_split split, int label);

/* SHA-256 over class names and each sample's path below the data folder, size as far as it is known, label,
 * group, split, fold and weight: tells whether two runs saw the same data, wherever it lies. */
bc_status bc_dataset_fingerprint(char text[65], const bc_dataset *dataset, bc_error *err);

#ifdef __cplusplus
}
#endif

#endif
