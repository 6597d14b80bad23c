/* Allocation with checked sizes. */
#define _DEFAULT_SOURCE /* madvise, _SC_PHYS_PAGES */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HUGE_PAGE = 2 << 20 };

bool bc_size_multiply(size_t *result, size_t a, size_t b) {
    if (a != 0 && b > SIZE_MAX / a)
        return false;
    *result = a * b;
    return true;
}

bool bc_size_add(size_t *result, size_t a, size_t b) {
    if (b > SIZE_MAX - a)
        return false;
    *result = a + b;
    return true;
}

size_t bc_size_part(size_t count, size_t part, size_t parts) {
    return count / parts * part + count % parts * part / parts;
}

static bc_status out_of_memory(size_t count, size_t size, bc_error *err) {
    return bc_fail(err, BC_ERROR_MEMORY, "out of memory (%zu x %zu bytes)", count, size);
}

bc_status bc_alloc(void **block, size_t count, size_t size, bc_error *err) {
    *block = calloc(count > 0 ? count : 1, size > 0 ? size : 1);
    return *block != NULL ? BC_OK : out_of_memory(count, size, err);
}

bc_status bc_alloc_unset(void **block, size_t count, size_t size, bc_error *err) {
    *block = NULL;
    size_t bytes;
    if (!bc_size_multiply(&bytes, count, size) || bytes > SIZE_MAX / 2)
        return out_of_memory(count, size, err);
    size_t alignment = bytes >= HUGE_PAGE ? HUGE_PAGE : BC_ALIGNMENT;
    size_t rounded = (bytes / alignment + 1) * alignment;
    *block = aligned_alloc(alignment, rounded);
    if (*block == NULL)
        return out_of_memory(count, size, err);
#ifdef MADV_HUGEPAGE
    if (alignment == HUGE_PAGE)
        (void)madvise(*block, rounded, MADV_HUGEPAGE); /* a hint: without it the block is only slower */
#endif
    return BC_OK;
}

bc_status bc_alloc_aligned(void **block, size_t count, size_t size, bc_error *err) {
    bc_status status = bc_alloc_unset(block, count, size, err);
    if (status == BC_OK)
        memset(*block, 0, count * size);
    return status;
}

void bc_give_back(void *bytes, size_t size) {
#ifdef MADV_DONTNEED
    const long page = sysconf(_SC_PAGESIZE);
    if (page <= 0)
        return;
    const uintptr_t mask = (uintptr_t)page - 1, start = ((uintptr_t)bytes + mask) & ~mask,
                    end = ((uintptr_t)bytes + size) & ~mask;
    if (end > start)
        (void)madvise((char *)bytes + (start - (uintptr_t)bytes), end - start, MADV_DONTNEED);
#else
    (void)bytes;
    (void)size;
#endif
}

bc_status bc_grow(void **block, size_t *capacity, size_t needed, size_t size, bc_error *err) {
    if (needed <= *capacity)
        return BC_OK;
    size_t wanted = *capacity < 16 ? 16 : *capacity;
    while (wanted < needed) {
        if (wanted > SIZE_MAX / 2)
            return out_of_memory(needed, size, err);
        wanted *= 2;
    }
    size_t bytes;
    if (!bc_size_multiply(&bytes, wanted, size))
        return out_of_memory(needed, size, err);
    void *grown = realloc(*block, bytes);
    if (grown == NULL)
        return out_of_memory(needed, size, err);
    *block = grown;
    *capacity = wanted;
    return BC_OK;
}

bc_status bc_reserve(void **block, size_t *capacity, size_t needed, size_t size, bc_error *err) {
    void *larger;
    if (needed <= *capacity)
        return BC_OK;
    bc_status status = bc_alloc_unset(&larger, needed, size, err);
    if (status != BC_OK)
        return status;
    if (*capacity > 0)
        memcpy(larger, *block, *capacity * size);
    free(*block);
    *block = larger;
    *capacity = needed;
    return BC_OK;
}

bc_status bc_copy_text(char **copy, const char *text, size_t length, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, length + 1, 1, err);
    if (status == BC_OK)
        memcpy(block, text, length);
    *copy = block;
    return status;
}

double bc_memory_physical(void) {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? (double)pages * (double)page : 0;
}
