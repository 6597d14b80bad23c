/*
 * A picture's file in the making.
 */
#ifndef BC_PICTURE_BYTES_H
#define BC_PICTURE_BYTES_H

#include "cmocka_includes.h"

#include <stdint.h>
#include <string.h>

typedef struct bytes {
    uint8_t data[1 << 17];
    size_t size;
} bytes;

static void add(bytes *file, const void *data, size_t size) {
    assert_true(size <= sizeof file->data - file->size);
    memcpy(file->data + file->size, data, size);
    file->size += size;
}

#endif
