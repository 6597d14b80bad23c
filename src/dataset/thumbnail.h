/*
 * A picture reduced to what is left of it when it is encoded again or resized, to be compared with others;
 * see dataset/copies.h for the method.
 */
#ifndef BC_DATASET_THUMBNAIL_H
#define BC_DATASET_THUMBNAIL_H

#include <bclass/preprocess.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BC_CELLS_SIDE = 16,  /* cells of luma along each side */
    BC_COLOURS_SIDE = 4, /* cells of colour along each side */
    BC_WAVES = 8,        /* frequencies along each side, the constant one among them */
    BC_COLOUR_UNIT = 16, /* parts of a gray level that colours are told in */
};

typedef struct bc_thumbnail {
    int16_t cells[BC_CELLS_SIDE * BC_CELLS_SIDE]; /* luma of the picture without its padding, 0 to 255 * 8 */
    int16_t colours[2 * BC_COLOURS_SIDE * BC_COLOURS_SIDE]; /* red less luma, then blue less luma */
    int16_t waves[BC_WAVES * BC_WAVES];                     /* share of the contrast, -32767 to 32767 */
    uint64_t
        bits[2]; /* hashes, once they are made; 0 before: which waves are above 0, and above their median */
    float contrast;         /* root of the sum of squared differences between neighbouring cells */
    float mean;             /* of the cells */
    uint32_t width, height; /* pixels without the padding */
} bc_thumbnail;

typedef struct bc_thumbnail_basis {
    float cosines[BC_WAVES][BC_CELLS_SIDE];
} bc_thumbnail_basis;

void bc_thumbnail_make_basis(bc_thumbnail_basis *basis);

/* Of the cached bytes of a picture, height x width x channels. */
void bc_thumbnail_make(bc_thumbnail *thumbnail, const uint8_t *pixels, const bc_preprocess *preprocess,
                       const bc_thumbnail_basis *basis);

/* Makes the hashes of all. */
void bc_thumbnail_hash(bc_thumbnail *thumbnails, size_t count);

/* Whether both show the same, to within this distance. */
bool bc_thumbnail_is_near(const bc_thumbnail *a, const bc_thumbnail *b, float most_distance);

/* 1 - the correlation of the differences between neighbouring cells: 0 where they are the same but for
 * brightness and contrast, 1 where they have nothing in common; 1 as well where one has no contrast. */
float bc_thumbnail_distance(const bc_thumbnail *a, const bc_thumbnail *b);

#endif
