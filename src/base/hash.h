/*
 * SHA-256, by libsodium.
 */
#ifndef BC_BASE_HASH_H
#define BC_BASE_HASH_H

#include <bclass/error.h>

#include <stddef.h>

enum { BC_HASH_TEXT_SIZE = 65 }; /* 64 hexadecimal digits and the NUL */

typedef struct bc_hash bc_hash;

bc_status bc_hash_create(bc_hash **hash, bc_error *err);
void bc_hash_add(bc_hash *hash, const void *data, size_t size);
void bc_hash_finish(bc_hash *hash, char text[BC_HASH_TEXT_SIZE]); /* then only bc_hash_free */
void bc_hash_free(bc_hash *hash);

/* The hash of a file's bytes. */
bc_status bc_hash_file(char text[BC_HASH_TEXT_SIZE], const char *path, bc_error *err);

#endif
