/*
 * Memory with checked sizes. Every block is freed with free(), aligned ones too.
 */
#ifndef BC_BASE_MEMORY_H
#define BC_BASE_MEMORY_H

#include <bclass/error.h>

#include <stdbool.h>
#include <stddef.h>

enum { BC_ALIGNMENT = 64 }; /* of aligned blocks: a cache line, and the widest vector */

/* false when the result does not fit a size_t; *result is then untouched. */
bool bc_size_multiply(size_t *result, size_t a, size_t b);
bool bc_size_add(size_t *result, size_t a, size_t b);

/* Where part 0 to parts of count items begins, as even as can be: part x count / parts, without overflow
 * while parts x parts has none. */
size_t bc_size_part(size_t count, size_t part, size_t parts);

/* *block = count zeroed elements of size bytes; count 0 gives a block that can be freed. */
bc_status bc_alloc(void **block, size_t count, size_t size, bc_error *err);

/* As bc_alloc, aligned to BC_ALIGNMENT; large blocks ask for huge pages. */
bc_status bc_alloc_aligned(void **block, size_t count, size_t size, bc_error *err);

/* count elements of size bytes that are not set to anything; large blocks ask for huge pages. */
bc_status bc_alloc_unset(void **block, size_t count, size_t size, bc_error *err);

/* Gives the memory of the whole pages among these bytes back to the system, if it takes it. The block is
 * still to be freed; what those bytes hold is lost. */
void bc_give_back(void *bytes, size_t size);

/* Makes room for at least needed elements in *block, growing *capacity (in elements) geometrically. */
bc_status bc_grow(void **block, size_t *capacity, size_t needed, size_t size, bc_error *err);

/* The same, but to needed elements and no more, in huge pages where there are many: for what is nearly all
 * that will come. */
bc_status bc_reserve(void **block, size_t *capacity, size_t needed, size_t size, bc_error *err);

/* *copy = a NUL-terminated copy of length bytes of text. */
bc_status bc_copy_text(char **copy, const char *text, size_t length, bc_error *err);

/* Bytes of memory that the machine has; 0 when the system does not tell. The system may promise more and end
 * the program later, so ask before taking much. */
double bc_memory_physical(void);

#endif
