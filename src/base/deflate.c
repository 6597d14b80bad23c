/* Compression by zlib, base64 by libsodium. */
#include "base/deflate.h"

#include "base/memory.h"

#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <zlib.h>

bc_status bc_deflate(bc_text *text, const void *data, size_t size, bc_error *err) {
    void *block;
    if (size > ULONG_MAX / 2)
        return bc_fail(err, BC_ERROR_LIMIT, "%zu bytes are too many to compress", size);
    uLongf length = compressBound((uLong)size);
    bc_status status = bc_alloc_unset(&block, length, 1, err);
    if (status != BC_OK)
        return status;
    if (compress2(block, &length, data, (uLong)size, Z_DEFAULT_COMPRESSION) == Z_OK) {
        bc_text_append(text, block, length);
        status = bc_text_check(text, err);
    } else {
        status = bc_fail(err, BC_ERROR_MEMORY, "out of memory (compressing %zu bytes)", size);
    }
    free(block);
    return status;
}

void bc_text_base64(bc_text *text, const void *data, size_t size) {
    enum { CHUNK = 768, VARIANT = sodium_base64_VARIANT_ORIGINAL }; /* whole groups of 3 bytes */
    char digits[sodium_base64_ENCODED_LEN(CHUNK, VARIANT)];
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i += CHUNK) {
        const size_t left = size - i;
        sodium_bin2base64(digits, sizeof digits, bytes + i, left < CHUNK ? left : CHUNK, VARIANT);
        bc_text_string(text, digits);
    }
}
