/*
 * What a picture's file tells besides its pixels: from its header and metadata, nothing is decoded.
 */
#ifndef BC_IMAGE_FACTS_H
#define BC_IMAGE_FACTS_H

#include <bclass/error.h>
#include <bclass/image.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BC_IMAGE_CAMERA_SIZE = 48 };

typedef struct bc_image_facts {
    bc_image_info info;
    unsigned orientation; /* as in EXIF: 1 as it is stored, 2 to 8 turned or mirrored when shown */
    int jpeg_quality;     /* 1 to 100, an estimate from its tables; 0 when it is no JPEG */
    bool is_cmyk, has_alpha, is_animated;
    bool has_exif;
    char camera[BC_IMAGE_CAMERA_SIZE]; /* maker and model from EXIF, printable, maybe cut; empty for none */
} bc_image_facts;

/* name begins every message. Errors: as bc_image_look. */
bc_status bc_image_describe(bc_image_facts *facts, const uint8_t *bytes, size_t size, const char *name,
                            bc_error *err);

/* "JPEG", "PNG" ... */
const char *bc_image_kind_name(bc_image_kind kind);

/* Whether the extension says that the file is of another kind: "photo.png" for a JPEG. One that says nothing,
 * such as "photo.old", is not wrong. */
bool bc_image_is_misnamed(bc_image_kind kind, const char *path);

#endif
