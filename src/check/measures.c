/* What is measured of a picture, before anyone looks at what it shows. */
#include "check/check.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *bc_measure_name(bc_measure_kind kind) {
    static const char *const names[] = {
        [BC_MEASURE_FILE_SIZE] = "file size",
        [BC_MEASURE_DIMENSIONS] = "dimensions",
        [BC_MEASURE_ASPECT] = "aspect",
        [BC_MEASURE_FORMAT] = "file format",
        [BC_MEASURE_EXIF] = "EXIF",
        [BC_MEASURE_JPEG_QUALITY] = "JPEG quality",
        [BC_MEASURE_MEAN_COLOUR] = "mean colour",
        [BC_MEASURE_BORDER] = "border",
    };
    return names[kind];
}

/* ---- cameras as numbers ---- */

typedef struct named_sample {
    const char *camera;
    size_t sample;
} named_sample;

static int by_camera(const void *a, const void *b) {
    const named_sample *first = a, *second = b;
    return strcmp(first->camera, second->camera);
}

/* The place of each picture's camera among all their names, in order. */
static bc_status number_cameras(double *features, const bc_check_data *data, bc_error *err) {
    const size_t count = data->dataset->count;
    void *block;
    bc_status status = bc_alloc(&block, count, sizeof(named_sample), err);
    if (status != BC_OK)
        return status;
    named_sample *names = block;
    for (size_t i = 0; i < count; i++)
        names[i] = (named_sample){data->examined[i].facts.camera, i};
    qsort(names, count, sizeof *names, by_camera);
    double number = 0;
    for (size_t i = 0; i < count; i++) {
        number += i > 0 && strcmp(names[i].camera, names[i - 1].camera) != 0;
        features[names[i].sample * BC_MEASURE_FEATURES] = number;
    }
    free(names);
    return BC_OK;
}

/* ---- pixels ---- */

typedef struct bounds {
    size_t left, top, right, bottom; /* [left, right) x [top, bottom) */
} bounds;

/* The part of a cached picture that shows it, without padding. */
static bounds shown_part(const bc_check_data *data, size_t sample) {
    const bc_image_info *info = &data->examined[sample].facts.info;
    const size_t width = data->preprocess->width, height = data->preprocess->height;
    bounds shown = {0, 0, width, height};
    if (data->preprocess->fit != BC_FIT_PAD)
        return shown;
    const double scale = fmin((double)width / info->width, (double)height / info->height);
    /* what rounding could have made padding of is left out */
    const double beside = ceil((double)width - info->width * scale) / 2,
                 above = ceil((double)height - info->height * scale) / 2;
    const size_t columns = (size_t)ceil(beside), rows = (size_t)ceil(above);
    if (2 * columns < width)
        shown.left = columns, shown.right = width - columns;
    if (2 * rows < height)
        shown.top = rows, shown.bottom = height - rows;
    return shown;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* The mean of each channel, then the standard deviation of all, over what is shown; with border only over its
 * outermost sixteenth, at least a pixel. */
static size_t measure_pixels(double *features, const bc_check_data *data, size_t sample, bool border) {
    const size_t channels = data->preprocess->channels;
    const uint8_t *pixels = data->cache->pixels + sample * data->cache->picture_bytes;
    const bounds shown = shown_part(data, sample);
    const size_t side = smaller(shown.right - shown.left, shown.bottom - shown.top);
    const size_t edge = side / 16 > 0 ? side / 16 : 1;
    double sums[3] = {0}, squares = 0, count = 0;
    for (size_t y = shown.top; y < shown.bottom; y++) {
        const bool whole = y < shown.top + edge || y >= shown.bottom - edge;
        for (size_t x = shown.left; x < shown.right; x++) {
            if (border && !whole && x >= shown.left + edge && x < shown.right - edge)
                continue;
            for (size_t c = 0; c < channels; c++) {
                const double value = pixels[(y * data->preprocess->width + x) * channels + c];
                sums[c] += value;
                squares += value * value;
            }
            count++;
        }
    }
    double sum = 0;
    for (size_t c = 0; c < channels; c++) {
        features[c] = sums[c] / count;
        sum += sums[c];
    }
    const double values = count * (double)channels;
    features[channels] = sqrt(fmax(0, squares / values - sum / values * (sum / values)));
    return border ? channels + 1 : channels;
}

/* ---- all ---- */

static size_t measure_one(double *features, bc_measure_kind kind, const bc_check_data *data, size_t sample) {
    const bc_image_facts *facts = &data->examined[sample].facts;
    switch (kind) {
    case BC_MEASURE_FILE_SIZE:
        features[0] = (double)data->dataset->samples[sample].bytes;
        return 1;
    case BC_MEASURE_DIMENSIONS:
        features[0] = facts->info.width;
        features[1] = facts->info.height;
        return 2;
    case BC_MEASURE_ASPECT:
        features[0] = (double)facts->info.width / facts->info.height;
        return 1;
    case BC_MEASURE_FORMAT:
        features[0] = facts->info.kind;
        features[1] = 4 * facts->is_cmyk + 2 * (facts->info.channels > 1) + facts->has_alpha;
        return 2;
    case BC_MEASURE_EXIF: /* feature 0 is the camera */
        features[1] = facts->has_exif;
        features[2] = facts->has_exif ? facts->orientation : 0;
        return 3;
    case BC_MEASURE_JPEG_QUALITY:
        features[0] = facts->jpeg_quality;
        return 1;
    case BC_MEASURE_MEAN_COLOUR:
        return measure_pixels(features, data, sample, false);
    default:
        return measure_pixels(features, data, sample, true);
    }
}

bc_status bc_measure_take(double *features, size_t *count, bc_measure_kind kind, const bc_check_data *data,
                          bc_error *err) {
    *count = 0;
    for (size_t i = 0; i < data->dataset->count; i++)
        *count = measure_one(features + i * BC_MEASURE_FEATURES, kind, data, i);
    return kind == BC_MEASURE_EXIF ? number_cameras(features, data, err) : BC_OK;
}
