/* Numbers in order differ in their low bytes only, so that the high ones take next to no room. */
#include "report/blocks.h"

#include "base/deflate.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static uint64_t in_order(double value) {
    const uint64_t sign = (uint64_t)1 << 63;
    uint64_t bits;
    value += 0.0; /* there is one zero */
    memcpy(&bits, &value, sizeof bits);
    return (bits & sign) != 0 ? ~bits : bits | sign;
}

static void put_bytes(uint8_t *planes, size_t count, size_t index, uint64_t number, size_t size) {
    for (size_t byte = 0; byte < size; byte++)
        planes[byte * count + index] = (uint8_t)(number >> 8 * byte);
}

static bc_status finish(bc_text *text, uint8_t *planes, size_t size, bc_error *err) {
    bc_text small = {0};
    bc_status status = bc_deflate(&small, planes, size, err);
    if (status == BC_OK)
        bc_text_base64(text, small.data, small.length);
    bc_text_free(&small);
    free(planes);
    return status == BC_OK ? bc_text_check(text, err) : status;
}

bc_status bc_block_rising(bc_text *text, const double *values, size_t count, bc_error *err) {
    uint64_t last = 0;
    void *planes;
    bc_status status = bc_alloc(&planes, count, sizeof last, err);
    if (status != BC_OK)
        return status;
    for (size_t i = 0; i < count; i++) {
        const uint64_t number = in_order(values[i]);
        put_bytes(planes, count, i, number - last, sizeof number);
        last = number;
    }
    return finish(text, planes, count * sizeof last, err);
}

bc_status bc_block_counts(bc_text *text, const uint32_t *counts, size_t count, bc_error *err) {
    void *planes;
    bc_status status = bc_alloc(&planes, count, sizeof *counts, err);
    if (status != BC_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        put_bytes(planes, count, i, counts[i], sizeof *counts);
    return finish(text, planes, count * sizeof *counts, err);
}
