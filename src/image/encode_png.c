/* PNG files by libpng. */
#include <bclass/image.h>

#include "base/memory.h"
#include "base/output.h"

#include <png.h>
#include <stdlib.h>

static bc_status fail(const png_image *png, const char *path, bc_error *err) {
    return bc_fail(err, BC_ERROR_MEMORY, "%s: cannot make a PNG: %s", path, png->message);
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
    bc_status status = bc_alloc_unset(&block, size, 1, err);
    if (status != BC_OK)
        return status;
    if (png_image_write_to_memory(&png, block, &size, 0, image->pixels, 0, NULL))
        status = bc_output_file(path, block, size, err);
    else
        status = fail(&png, path, err);
    free(block);
    return status;
}
