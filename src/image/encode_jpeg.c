/* JPEG files by libjpeg-turbo. */
#include <bclass/image.h>

#include "base/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <turbojpeg.h>

enum { SIDE_LIMIT = 65500 }; /* of the format */

/* So that it may be shown enlarged, which makes colours of half the resolution visible. */
static bool is_small(const bc_image *image) {
    enum { SMALL_SIDE = 64 };
    return image->width <= SMALL_SIDE && image->height <= SMALL_SIDE;
}

static bc_status compress(uint8_t *bytes, unsigned long *size, const bc_image *image, int sampling,
                          int quality, bc_error *err) {
    tjhandle compressor = tjInitCompress();
    if (compressor == NULL)
        return bc_fail(err, BC_ERROR_MEMORY, "out of memory (JPEG compressor)");
    bc_status status = BC_OK;
    if (tjCompress2(compressor, image->pixels, (int)image->width, 0, (int)image->height,
                    image->channels == 1 ? TJPF_GRAY : TJPF_RGB, &bytes, size, sampling, quality,
                    TJFLAG_NOREALLOC) != 0)
        status = bc_fail(err, BC_ERROR_MEMORY, "JPEG compressor: %s", tjGetErrorStr2(compressor));
    tjDestroy(compressor);
    return status;
}

bc_status bc_image_encode_jpeg(uint8_t **bytes, size_t *size, const bc_image *image, int quality,
                               bc_error *err) {
    const int sampling = image->channels == 1 ? TJSAMP_GRAY : is_small(image) ? TJSAMP_444 : TJSAMP_420;
    *bytes = NULL;
    *size = 0;
    if (image->width == 0 || image->height == 0 || image->width > SIDE_LIMIT || image->height > SIDE_LIMIT)
        return bc_fail(err, BC_ERROR_LIMIT, "a JPEG cannot have %u x %u pixels", image->width, image->height);
    unsigned long room = tjBufSize((int)image->width, (int)image->height, sampling);
    void *block;
    bc_status status = bc_alloc_unset(&block, room, 1, err);
    if (status != BC_OK)
        return status;
    status = compress(block, &room, image, sampling, quality, err);
    if (status != BC_OK) {
        free(block);
        return status;
    }
    *bytes = block;
    *size = room;
    return BC_OK;
}
