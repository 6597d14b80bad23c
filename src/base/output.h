/*
 * The one way to write a file: into a temporary file beside it, synced, then renamed, so that a reader sees
 * the old content or the new and never a part. SIGINT is held back while a temporary file exists, so that an
 * interrupted program leaves none behind. A link is followed to the file that it names. Standard output,
 * devices and FIFOs use the same functions, without the renaming.
 */
#ifndef BC_BASE_OUTPUT_H
#define BC_BASE_OUTPUT_H

#include <bclass/error.h>

#include <stddef.h>

typedef struct bc_output bc_output;

/* *output is owned by the caller and ended by bc_output_commit or bc_output_free. */
bc_status bc_output_open(bc_output **output, const char *path, bc_error *err);
bc_status bc_output_standard(bc_output **output, bc_error *err);

/* Buffered. A failed write (a full disk) is told here or by flush or commit. */
bc_status bc_output_write(bc_output *output, const void *data, size_t size, bc_error *err);
bc_status bc_output_flush(bc_output *output, bc_error *err);

/* Makes the content durable and visible under its name. The output is to be freed in any case. */
bc_status bc_output_commit(bc_output *output, bc_error *err);

/* Takes NULL; what was not committed is gone. */
void bc_output_free(bc_output *output);

/* Open, write, commit. */
bc_status bc_output_file(const char *path, const void *data, size_t size, bc_error *err);

#endif
