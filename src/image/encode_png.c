/* PNG files by libpng. */
#include <bclass/image.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/output.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

/* A chunk as the PNG specification has it: length, type, keyword and text, CRC-32 of type and data. It stands
 * behind the signature and the header. */
static const uint8_t software[] = {0,   0,   0, 15,  't', 'E', 'X', 't', 'S', 'o',  'f',  't',  'w', 'a',
                                   'r', 'e', 0, 'b', 'c', 'l', 'a', 's', 's', 0xbf, 0x49, 0x1f, 0x48};
enum { SOFTWARE_AT = 8 + 25, OWN_START = SOFTWARE_AT + sizeof software };

static bc_status fail(const png_image *png, const char *path, bc_error *err) {
    return bc_fail(err, BC_ERROR_MEMORY, "%s: cannot make a PNG: %s", path, png->message);
}

/* libpng's simple interface takes no texts: the chunk is put in by hand, for which there is room behind. */
static void tell_software(uint8_t *bytes, size_t size) {
    memmove(bytes + OWN_START, bytes + SOFTWARE_AT, size - SOFTWARE_AT);
    memcpy(bytes + SOFTWARE_AT, software, sizeof software);
}

bc_status bc_image_write_png(const bc_image *image, const char *path, bc_error *err) {
    png_image png = {.version = PNG_IMAGE_VERSION,
                     .width = image->width,
                     .height = image->height,
                     .format = image->channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
    png_alloc_size_t size = 0;
    void *block;
    if (image->width == 0 || image->height == 0)
        return bc_fail(err, BC_ERROR_LIMIT, "%s: a PNG cannot have %u x %u pixels", path, image->width,
                       image->height);
    if (!png_image_write_to_memory(&png, NULL, &size, 0, image->pixels, 0, NULL))
        return fail(&png, path, err);
    bc_status status = bc_alloc_unset(&block, size + sizeof software, 1, err);
    if (status != BC_OK)
        return status;
    if (png_image_write_to_memory(&png, block, &size, 0, image->pixels, 0, NULL)) {
        tell_software(block, size);
        status = bc_output_file(path, block, size + sizeof software, err);
    } else {
        status = fail(&png, path, err);
    }
    free(block);
    return status;
}

bc_status bc_image_is_own_png(bool *is_own, const char *path, bc_error *err) {
    static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    uint8_t start[OWN_START];
    size_t size;
    bc_status status = bc_file_read_start(start, &size, sizeof start, path, err);
    *is_own = status == BC_OK && size == sizeof start && memcmp(start, signature, sizeof signature) == 0 &&
              memcmp(start + SOFTWARE_AT, software, sizeof software) == 0;
    return status;
}
