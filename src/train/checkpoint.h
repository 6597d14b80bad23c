/*
 * All that a training needs to go on after an epoch as if it had never stopped: a safetensors file with the
 * arrays of the loop, and in its metadata the state as JSON, a text that says of what training it is, and the
 * SHA-256 of these and the arrays.
 */
#ifndef BC_TRAIN_CHECKPOINT_H
#define BC_TRAIN_CHECKPOINT_H

#include <bclass/train.h>

#include <stddef.h>
#include <stdint.h>

enum { BC_CHECKPOINT_ARRAYS = 6 };

/* Arrays that are not there are NULL. */
typedef struct bc_checkpoint_array {
    const char *name;
    float *values;
    size_t count;
} bc_checkpoint_array;

/* Names of members of the identity that are told in words: an object of the options that were given, of each
 * of which the name is told; and, inside another member, the fingerprint of the data. */
#define BC_CHECKPOINT_OPTIONS "options"
#define BC_CHECKPOINT_DATA "sha256"

typedef struct bc_checkpoint {
    bc_checkpoint_array arrays[BC_CHECKPOINT_ARRAYS];
    uint64_t step;       /* taken so far */
    bc_history *history; /* read: replaced; freed by the caller in any case */
    /* What is read is judged by this. */
    size_t epochs, batches; /* of the training; of an epoch */
    bool has_val;
} bc_checkpoint;

/* Written whole or not at all. identity: JSON text of the settings and the data. BC_ERROR_FORMAT for arrays
 * with what is no finite number, which could not be gone on from. */
bc_status bc_checkpoint_write(const bc_checkpoint *checkpoint, const char *path, const char *identity,
                              bc_error *err);

/* Fills the arrays, which must be those that were written, and the rest. Errors: BC_ERROR_FORMAT for a file
 * that is none or is damaged, or says what this training cannot have come to; BC_ERROR_USAGE when it is of
 * another training, naming the first member of the identity that differs. Nothing in the file is trusted. */
bc_status bc_checkpoint_read(bc_checkpoint *checkpoint, const char *path, const char *identity,
                             bc_error *err);

/* *identity = the text it was written with, malloc'd. Errors as above. */
bc_status bc_checkpoint_identity(char **identity, const char *path, bc_error *err);

#endif
