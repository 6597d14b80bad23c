/*
 * The public safetensors layout (drawn in <bclass/model.h>) for float32 tensors: a list of named tensors
 * inside one array, with texts beside them. It knows nothing of what they mean.
 */
#ifndef BC_NET_SAFETENSORS_H
#define BC_NET_SAFETENSORS_H

#include "base/json.h"

#include <bclass/network.h>

#include <stddef.h>
#include <stdint.h>

enum { BC_SAFETENSORS_HEADER_LIMIT = 16 << 20 }; /* bytes */

/* One member of "__metadata__". */
typedef struct bc_metadata {
    const char *key, *value;
} bc_metadata;

/* Writes the file whole or not at all, in the order of both lists: tensor i is values[offset .. offset +
 * count).
 */
bc_status bc_safetensors_write(const char *path, const bc_metadata *metadata, size_t metadata_count,
                               const bc_tensor *tensors, size_t tensor_count, const float *values,
                               bc_error *err);

/* An open file: in memory, its header parsed, its tensors not yet looked at. */
typedef struct bc_safetensors {
    const char *path; /* the caller's */
    uint8_t *bytes;   /* the whole file */
    bc_json *header;
    const bc_json *metadata; /* NULL when it has none */
    const uint8_t *data;     /* what follows the header */
    size_t data_size;
} bc_safetensors;

/* Takes a regular file with at most data_limit bytes of tensors. *file is freed by the caller in any case;
 * path must live as long. */
bc_status bc_safetensors_open(bc_safetensors *file, const char *path, uint64_t data_limit, bc_error *err);
void bc_safetensors_free(bc_safetensors *file);

/* Whether "__metadata__" has this key. */
bool bc_safetensors_has(const bc_safetensors *file, const char *key);

/* The text of this key in "__metadata__"; NULL unless it is there once. */
const char *bc_safetensors_text(const bc_safetensors *file, const char *key);

/* Reads the tensors into values. The file must hold exactly these, of type F32 and with these shapes, in any
 * order, and they must fill its data without overlaps and gaps. The values themselves are not judged. */
bc_status bc_safetensors_load(float *values, const bc_safetensors *file, const bc_tensor *tensors,
                              size_t tensor_count, bc_error *err);

#endif
