/*
 * A few pictures of a data set by the bytes of their files, so that it is known again though files have come,
 * gone, been renamed or got another label since.
 */
#ifndef BC_DATASET_SIGNATURE_H
#define BC_DATASET_SIGNATURE_H

#include "base/hash.h"

#include <bclass/dataset.h>

enum { BC_SIGNATURE_MOST = 32 };

typedef struct bc_signature {
    char sha256[BC_SIGNATURE_MOST][BC_HASH_TEXT_SIZE];
    size_t count;
} bc_signature;

/* Of at most 32 pictures, evenly spread over the samples. A file that cannot be read is passed over; with
 * strict it is an error. Error: also BC_ERROR_MEMORY. */
bc_status bc_signature_take(bc_signature *signature, const bc_dataset *dataset, bool strict, bc_error *err);

#endif
