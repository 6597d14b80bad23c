/*
 * The pictures of a report: which rows are worth showing, where their files are, and small copies of them.
 */
#ifndef BC_REPORT_PICTURES_H
#define BC_REPORT_PICTURES_H

#include "report/order.h"

#include "base/threads.h"

#include <bclass/error.h>
#include <bclass/image.h>
#include <bclass/scores.h>

#include <stddef.h>
#include <stdint.h>

enum { BC_THUMBNAIL_SIDE = 128 }; /* pixels; a smaller picture is not enlarged */

typedef enum bc_picture_state { BC_PICTURE_SHOWN, BC_PICTURE_GONE, BC_PICTURE_DAMAGED } bc_picture_state;

typedef struct bc_picture {
    size_t row;
    bc_picture_state state;
    bc_image image; /* small; empty unless it is shown */
} bc_picture;

/* Zero-initialise; choose rows, load, free. */
typedef struct bc_pictures {
    bc_picture *items;
    size_t count, capacity;
    uint8_t *taken; /* of each row of the scores, whether it is among them */
} bc_pictures;

void bc_pictures_free(bc_pictures *pictures);

/* Takes a row, unless it is there already. */
bc_status bc_pictures_take(bc_pictures *pictures, const bc_scores *scores, size_t row, bc_error *err);

/* Takes at most so many more rows of a side: all, or a quarter each of the positives with the lowest values,
 * of the negatives with the highest, of those around the cutoffs, and of rows spread over all. Cutoffs that
 * are NaN do not count. */
bc_status bc_pictures_choose(bc_pictures *pictures, const bc_scores *scores, const bc_order *order,
                             const double *cutoffs, size_t cutoff_count, size_t most, bc_error *err);

/* Where to look for a picture, in this order; NULL: nowhere. */
typedef struct bc_picture_places {
    const char *moved;    /* the folder that stands in place of recorded; then nowhere else */
    const char *recorded; /* the folder or manifest that the paths begin with, or whose folder they do */
    const char
        *beside; /* the folder that the paths may be relative to, where they are not to the current one */
} bc_picture_places;

typedef void bc_pictures_progress(void *context, size_t done, size_t count);

/* Reads them by the threads of the pool, no side longer than side. A picture that is not there or cannot be
 * read is no error. */
bc_status bc_pictures_load(bc_pictures *pictures, const bc_scores *scores, const bc_picture_places *places,
                           uint32_t side, uint64_t max_pixels, bc_pool *pool,
                           bc_pictures_progress *on_progress, void *context, bc_error *err);

/* How many are in this state. */
size_t bc_pictures_count(const bc_pictures *pictures, bc_picture_state state);

#endif
