/*
 * What the fuzz targets share. Each target is a file with one function, LLVMFuzzerTestOneInput, that reads
 * the bytes as one kind of file; libFuzzer's main (-DBCLASS_FUZZ=ON) or that of driver.c calls it.
 */
#ifndef BC_TESTS_FUZZ_H
#define BC_TESTS_FUZZ_H

#include <bclass/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program where it does not hold. */
void fuzz_require(bool holds, const char *what);

/* A failure must be told: its status, and one line that is not empty. */
void fuzz_require_told(bc_status status, const bc_error *err);

/* The files of a temporary folder of this process, which is made when it is first asked for. */
enum { FUZZ_INPUT, FUZZ_COPY, FUZZ_SECOND_COPY, FUZZ_FILES };
const char *fuzz_path(int file);
void fuzz_write(int file, const uint8_t *data, size_t size);

#endif
