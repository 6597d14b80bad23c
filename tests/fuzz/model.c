/* A model file: one that is read can be run, and written, and read again, and is then the same. Input that
 * begins with '{' is a header up to its first NUL byte, and data behind that; the length is put before it. */
#include "fuzz.h"

#include "base/file.h"
#include "run_network.h"

#include <bclass/model.h>

#include <stdlib.h>
#include <string.h>

static void write_input(const uint8_t *data, size_t size) {
    const uint8_t *end = size > 0 && data[0] == '{' ? memchr(data, 0, size) : NULL;
    if (end == NULL) {
        fuzz_write(FUZZ_INPUT, data, size);
        return;
    }
    const size_t header = (size_t)(end - data);
    uint8_t *file = malloc(8 + size);
    fuzz_require(file != NULL, "there is memory");
    for (int i = 0; i < 8; i++)
        file[i] = (uint8_t)((uint64_t)header >> (8 * i));
    memcpy(file + 8, data, header);
    memcpy(file + 8 + header, end + 1, size - header - 1);
    fuzz_write(FUZZ_INPUT, file, 8 + size - 1);
    free(file);
}

static uint8_t *read_file(size_t *size, int file) {
    bc_error err = {0};
    uint8_t *data = NULL;
    fuzz_require(bc_file_read(&data, size, fuzz_path(file), UINT32_MAX, &err) == BC_OK,
                 "a model that was written is there");
    return data;
}

static void require_same_file(int a, int b) {
    size_t size = 0, other_size = 0;
    uint8_t *data = read_file(&size, a), *other = read_file(&other_size, b);
    fuzz_require(size == other_size && memcmp(data, other, size) == 0,
                 "a model that is written again has the same bytes");
    free(data);
    free(other);
}

static void write_and_read(const bc_model *model) {
    bc_error err = {0};
    bc_model again;
    fuzz_require(bc_model_write(model, fuzz_path(FUZZ_COPY), &err) == BC_OK, "a model can be written");
    fuzz_require(bc_model_read(&again, fuzz_path(FUZZ_COPY), &err) == BC_OK,
                 "a model that was written can be read");
    fuzz_require(again.network.count == model->network.count &&
                     memcmp(again.network.values, model->network.values,
                            model->network.count * sizeof *model->network.values) == 0,
                 "a model that is read again has its numbers");
    fuzz_require(bc_model_write(&again, fuzz_path(FUZZ_SECOND_COPY), &err) == BC_OK,
                 "a model can be written again");
    require_same_file(FUZZ_COPY, FUZZ_SECOND_COPY);
    bc_model_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    bc_error err = {0};
    bc_model model;
    write_input(data, size);
    const bc_status status = bc_model_read(&model, fuzz_path(FUZZ_INPUT), &err);
    if (status == BC_OK) {
        write_and_read(&model);
        fuzz_run(&model.network);
    } else {
        fuzz_require_told(status, &err);
    }
    bc_model_free(&model);
    return 0;
}
