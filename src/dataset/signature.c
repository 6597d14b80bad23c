/* Hashes a few files. */
#include "dataset/signature.h"

#include "base/memory.h"

bc_status bc_signature_take(bc_signature *signature, const bc_dataset *dataset, bool strict, bc_error *err) {
    const size_t looks = dataset->count < BC_SIGNATURE_MOST ? dataset->count : BC_SIGNATURE_MOST;
    bc_status status = BC_OK;
    signature->count = 0;
    for (size_t i = 0; status == BC_OK && i < looks; i++) {
        const size_t index = bc_size_part(dataset->count, i, looks);
        status = bc_hash_file(signature->sha256[signature->count], dataset->samples[index].path, err);
        signature->count += status == BC_OK;
        if (status == BC_ERROR_IO && !strict)
            status = BC_OK;
    }
    return status;
}
