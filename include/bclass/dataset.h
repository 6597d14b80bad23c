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
    char *group;    /* items of one group never cross splits; NULL when it stands alone */
    uint64_t bytes; /* file size */
    double weight;  /* in the loss, > 0; 1 by default */
    uint8_t label;  /* 1 positive, 0 negative */
    bc_split split;
} bc_sample;

typedef struct bc_dataset {
    bc_sample *samples; /* in a fixed order that depends on the paths only */
    size_t count, capacity;
    char *positive;        /* name of the positive class */
    char *negative;        /* of the negative one; "not NAME" for one class against the rest */
    char *positive_reason; /* how the positive class was chosen, for people: "named by --positive" */
    bool split_by_seed;    /* the data stated no split, options.val and options.test were used */
    size_t groups;         /* distinct groups, 0 when there are none */
} bc_dataset;

typedef struct bc_dataset_options {
    const char *positive;      /* name of the positive class, or NULL to recognise it */
    const char *group_pattern; /* POSIX extended regular expression on the path below the data folder: its
                                  first parenthesis, or the whole match, names the group; NULL for none */
    double val, test;          /* shares, in [0, 1), used where the data states no split */
    uint64_t seed;
} bc_dataset_options;

/* Reads the folder DIR/CLASS/..., DIR/{train,val,test}/CLASS/..., or a CSV manifest
 * path,label[,split,group,weight]. *dataset is zero-initialised by this function and freed by the caller in
 * any case. Errors: BC_ERROR_USAGE when it must be told which class is positive, BC_ERROR_IO and
 * BC_ERROR_FORMAT otherwise. */
bc_status bc_dataset_open(bc_dataset *dataset, const char *path, const bc_dataset_options *options,
                          bc_error *err);
void bc_dataset_free(bc_dataset *dataset);

/* Items of a split and label. */
size_t bc_dataset_count(const bc_dataset *dataset, bc_split split, int label);

/* SHA-256 over paths, sizes, labels, groups and splits: tells whether two runs saw the same data. */
bc_status bc_dataset_fingerprint(char text[65], const bc_dataset *dataset, bc_error *err);

#ifdef __cplusplus
}
#endif

#endif
