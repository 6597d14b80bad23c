/* Runs a fuzz target, without a fuzzer, over each file of the folders that are named. */
#include "fuzz.h"

#include "base/file.h"
#include "base/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In a block of just its size, so that a sanitizer sees what is read behind it. */
static void run_file(const char *path) {
    bc_error err = {0};
    uint8_t *data, *exact;
    size_t size;
    if (bc_file_read(&data, &size, path, UINT32_MAX, &err) != BC_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    exact = malloc(size > 0 ? size : 1);
    fuzz_require(exact != NULL, "there is memory");
    memcpy(exact, data, size);
    free(data);
    if (LLVMFuzzerTestOneInput(exact, size) != 0)
        exit(1);
    free(exact);
}

static size_t run_folder(const char *folder) {
    bc_error err = {0};
    bc_walk *walk = NULL;
    size_t count = 0;
    char *path = NULL;
    bc_status status = bc_walk_open(&walk, folder, &err);
    while (status == BC_OK && (status = bc_walk_next(&path, walk, &err)) == BC_OK && path != NULL) {
        printf("%s\n", path); /* what the program was at, should it end here */
        fflush(stdout);
        run_file(path);
        free(path);
        count++;
    }
    bc_walk_free(walk);
    if (status != BC_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    return count;
}

int main(int argc, char **argv) {
    size_t count = 0;
    for (int i = 1; i < argc; i++)
        count += run_folder(argv[i]);
    printf("%zu files\n", count);
    return count > 0 ? 0 : 1;
}
