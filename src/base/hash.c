/* SHA-256. */
#include "base/hash.h"

#include "base/memory.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bc_hash {
    crypto_hash_sha256_state state;
};

bc_status bc_hash_create(bc_hash **hash, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, 1, sizeof **hash, err);
    *hash = block;
    if (status == BC_OK)
        crypto_hash_sha256_init(&(*hash)->state);
    return status;
}

void bc_hash_add(bc_hash *hash, const void *data, size_t size) {
    crypto_hash_sha256_update(&hash->state, data, size);
}

void bc_hash_finish(bc_hash *hash, char text[BC_HASH_TEXT_SIZE]) {
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&hash->state, digest);
    sodium_bin2hex(text, BC_HASH_TEXT_SIZE, digest, sizeof digest);
}

void bc_hash_free(bc_hash *hash) {
    free(hash);
}

bc_status bc_hash_file(char text[BC_HASH_TEXT_SIZE], const char *path, bc_error *err) {
    bc_hash *hash = NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return bc_fail(err, BC_ERROR_IO, "%s: %s", path, strerror(errno));
    bc_status status = bc_hash_create(&hash, err);
    if (status != BC_OK)
        goto done;
    char buffer[65536];
    size_t got;
    while ((got = fread(buffer, 1, sizeof buffer, file)) > 0)
        bc_hash_add(hash, buffer, got);
    if (ferror(file))
        status = bc_fail(err, BC_ERROR_IO, "%s: %s", path, strerror(errno));
    else
        bc_hash_finish(hash, text);
done:
    bc_hash_free(hash);
    fclose(file);
    return status;
}
