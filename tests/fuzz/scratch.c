/* Requirements, and a temporary folder that is gone when the program ends in order. */
#define _POSIX_C_SOURCE 200809L
#include "fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void fuzz_require(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "not so: %s\n", what);
    abort();
}

void fuzz_require_told(bc_status status, const bc_error *err) {
    fuzz_require(status == err->status, "a failure has the status that is told");
    fuzz_require(err->message[0] != '\0' && strpbrk(err->message, "\n\r") == NULL,
                 "a failure is told in one line");
}

enum { MOST_FOLDERS = 10000 };

static char folder[512], paths[FUZZ_FILES][sizeof folder + 16];

static void clean_up(void) {
    for (int i = 0; i < FUZZ_FILES; i++)
        unlink(paths[i]);
    rmdir(folder);
}

/* A name that is drawn would stand in messages, and a run with the same seed would be another one. */
static void make_folder(void) {
    const char *parent = getenv("TMPDIR");
    int made = -1;
    for (int i = 0; made != 0 && (i == 0 || errno == EEXIST) && i < MOST_FOLDERS; i++) {
        snprintf(folder, sizeof folder, "%s/fuzz-%d", parent != NULL ? parent : "/tmp", i);
        made = mkdir(folder, 0700);
    }
    fuzz_require(made == 0, "a temporary folder can be made");
    for (int i = 0; i < FUZZ_FILES; i++)
        snprintf(paths[i], sizeof paths[i], "%s/file%d", folder, i);
    atexit(clean_up);
}

const char *fuzz_path(int file) {
    if (folder[0] == '\0')
        make_folder();
    return paths[file];
}

void fuzz_write(int file, const uint8_t *data, size_t size) {
    FILE *stream = fopen(fuzz_path(file), "wb");
    fuzz_require(stream != NULL, "a temporary file can be opened");
    const size_t written = size > 0 ? fwrite(data, 1, size, stream) : 0;
    fuzz_require(fclose(stream) == 0 && written == size, "a temporary file can be written");
}
