/*
 * Pictures read from files straight to the size the network takes. What reading one needs is kept for the
 * next; one a thread.
 */
#ifndef BC_IMAGE_READER_H
#define BC_IMAGE_READER_H

#include <bclass/error.h>
#include <bclass/image.h>
#include <bclass/preprocess.h>

#include <stdint.h>

enum { BC_PICTURE_FILE_LIMIT = 1 << 30 }; /* bytes of one file */

typedef struct bc_reader bc_reader;

bc_status bc_reader_create(bc_reader **reader, bc_error *err);
void bc_reader_free(bc_reader *reader);

/* dst: height x width x channels bytes, as bc_image_fit gives them; *bytes: size of the file, 0 if it could
 * not be read. A file beyond the limit above, and a picture that declares more than max_pixels, is refused.
 * Errors: as bc_file_read_into and bc_decoder_decode. */
bc_status bc_reader_read(uint8_t *dst, uint64_t *bytes, bc_reader *reader, const char *path,
                         const bc_preprocess *preprocess, uint64_t max_pixels, bc_error *err);

/* The whole picture in its proportions, neither side beyond this many pixels; one that is smaller stays as it
 * is. Limits and errors as above. */
bc_status bc_reader_thumbnail(bc_image *thumbnail, bc_reader *reader, const char *path, uint32_t side,
                              uint64_t max_pixels, bc_error *err);

#endif
