/* Compression by zlib, and base64. */
#include "base/deflate.h"

#include "base/memory.h"

#include <limits.h>
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
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const unsigned long word = (unsigned long)bytes[i] << 16 |
                                   (left > 1 ? (unsigned long)bytes[i + 1] << 8 : 0) |
                                   (left > 2 ? bytes[i + 2] : 0);
        const char four[] = {digits[word >> 18], digits[word >> 12 & 63],
                             left > 1 ? digits[word >> 6 & 63] : '=', left > 2 ? digits[word & 63] : '='};
        bc_text_append(text, four, sizeof four);
    }
}
