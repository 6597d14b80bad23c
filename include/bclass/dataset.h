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
} bc_sample;

typedef struct bc_dataset {
    bc_sample *samples; /* in a fixed order that depends on the paths only */
    size_t count, capacity;
    char *positive;        /* name of the positive class */
    char *negative;        /* of the negative one; "not NAME" for one class against the rest */
    char *positive_reason; /* how the positive class was chosen, for people: "named by --positive" */
    bool splits_stated;    /* by the folders or the manifest */
    bool split_by_seed;    /* some split was drawn with options.seed; see below */
    size_t groups;         /* distinct groups, 0 when there are none */
} bc_dataset;

typedef struct bc_dataset_options {
    const char *positive;      /* name of the positive class, or NULL to recognise it */
    const char *group_pattern; /* POSIX extended regular expression on the path below the data folder: its
                                  first parenthesis, or the whole match, names the group, and a path that does
                                  not match stands alone; NULL for none. Goes before a manifest's groups */
    double val, test;          /* shares, in [0, 1) and below 1 together, where the data states no split */
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
 * A manifest has a header with the columns path and label, and maybe split, group and weight, in any order
 * and case, separated by comma, semicolon or tab; other columns do not matter. Paths are relative to its
 * folder. All rows state a split or none does; an empty group stands alone; an empty weight is 1.
 *
 * Where no split is stated, train, val and test are drawn by class and by whole groups. Where train is stated
 * without val, val is drawn from train; test is never drawn then, and stays empty unless it is stated.
 *
 * Errors: BC_ERROR_USAGE when it must be told which class is positive, and for options that cannot be used;
 * BC_ERROR_IO and BC_ERROR_FORMAT (a manifest's with its line) for data that cannot. */
bc_status bc_dataset_open(bc_dataset *dataset, const char *path, const bc_dataset_options *options,
                          bc_error *err);
void bc_dataset_free(bc_dataset *dataset);

/* Items of a split and label. */
size_t bc_dataset_count(const bc_dataset *dataset, bc_split split, int label);

/* SHA-256 over class names and each sample's path below the data folder, size as far as it is known, label,
 * group, split and weight: tells whether two runs saw the same data, wherever it lies. */
bc_status bc_dataset_fingerprint(char text[65], const bc_dataset *dataset, bc_error *err);

#ifdef __cplusplus
}
#endif

#endif
