/*
 * Bytes made small and made text, for data inside a page. zlib has its only users in this folder.
 */
#ifndef BC_BASE_DEFLATE_H
#define BC_BASE_DEFLATE_H

#include "base/text.h"

#include <bclass/error.h>

#include <stddef.h>

/* Appends the bytes as a zlib stream (RFC 1950), which JavaScript's DecompressionStream calls "deflate". */
bc_status bc_deflate(bc_text *text, const void *data, size_t size, bc_error *err);

/* Appends the bytes in base64 (RFC 4648, with padding). */
void bc_text_base64(bc_text *text, const void *data, size_t size);

#endif
