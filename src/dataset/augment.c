/* Moves, colours and normalises one picture. */
#include "dataset/augment.h"

#include "base/random.h"

#include <bclass/image.h>

#include <math.h>
#include <string.h>

/* What happens to a picture. */
typedef struct change {
    int64_t right, down; /* pixels */
    bool flip;
    double angle, scale;         /* radians; factor */
    double brightness, contrast; /* in bytes; factor */
    int64_t hole_x, hole_y;      /* centre of the square that is cut out */
} change;

/* Uniform in [-most, most]. */
static double draw_either_way(bc_random *random, double most) {
    return (2 * bc_random_uniform(random) - 1) * most;
}

static int64_t draw_shift(bc_random *random, uint32_t side, double share) {
    int64_t most = (int64_t)((double)side * share);
    return (int64_t)bc_random_below(random, (uint64_t)(2 * most + 1)) - most;
}

static change draw(const bc_preprocess *preprocess, const bc_augment *augment, bc_random random) {
    const double degree = 3.14159265358979323846 / 180;
    change c;
    c.right = draw_shift(&random, preprocess->width, augment->shift);
    c.down = draw_shift(&random, preprocess->height, augment->shift);
    c.flip = bc_random_below(&random, 2) == 1 && augment->hflip;
    c.angle = draw_either_way(&random, augment->rotation * degree);
    c.scale = 1 + draw_either_way(&random, augment->scale);
    c.brightness = draw_either_way(&random, augment->brightness * 255);
    c.contrast = 1 + draw_either_way(&random, augment->contrast);
    c.hole_x = (int64_t)bc_random_below(&random, preprocess->width);
    c.hole_y = (int64_t)bc_random_below(&random, preprocess->height);
    return c;
}

static int64_t clamp(int64_t value, int64_t most) {
    return value < 0 ? 0 : value > most ? most : value;
}

/* ---- whole pixels ---- */

/* A row moved right by shift pixels, or left when it is negative; the edge pixel fills the gap. */
static void shift_row(uint8_t *dst, const uint8_t *src, size_t width, size_t channels, int64_t shift) {
    size_t gap = (size_t)(shift < 0 ? -shift : shift), kept = width - gap;
    const uint8_t *edge = shift > 0 ? src : src + (width - 1) * channels;
    uint8_t *fill = shift > 0 ? dst : dst + kept * channels;
    memcpy(shift > 0 ? dst + gap * channels : dst, shift > 0 ? src : src + gap * channels, kept * channels);
    for (size_t i = 0; i < gap; i++)
        memcpy(fill + i * channels, edge, channels);
}

static void flip_row(uint8_t *row, size_t width, size_t channels) {
    for (size_t left = 0, right = width - 1; left < right; left++, right--) {
        for (size_t c = 0; c < channels; c++) {
            uint8_t swapped = row[left * channels + c];
            row[left * channels + c] = row[right * channels + c];
            row[right * channels + c] = swapped;
        }
    }
}

static void move(uint8_t *dst, const uint8_t *src, const bc_preprocess *preprocess, const change *c) {
    size_t width = preprocess->width, channels = preprocess->channels, row = width * channels;
    int64_t last = (int64_t)preprocess->height - 1;
    for (int64_t y = 0; y <= last; y++) {
        int64_t from = clamp(y - c->down, last);
        shift_row(dst + (size_t)y * row, src + (size_t)from * row, width, channels, c->right);
        if (c->flip)
            flip_row(dst + (size_t)y * row, width, channels);
    }
}

/* ---- between pixels ---- */

enum { ONE = 1 << 16, WEIGHT_ONE = 1 << 8, WEIGHT_SHIFT = 16 - 8 };

/* The weighted mean of the four pixels around (x, y), in 1/65536 pixel. */
static void sample_pixel(uint8_t *dst, const uint8_t *src, const bc_preprocess *preprocess, int64_t x,
                         int64_t y) {
    const size_t channels = preprocess->channels, row = preprocess->width * channels;
    const int64_t right = (int64_t)preprocess->width - 1, bottom = (int64_t)preprocess->height - 1;
    x = clamp(x, right * ONE);
    y = clamp(y, bottom * ONE);
    const uint32_t far_x = (uint32_t)(x % ONE) >> WEIGHT_SHIFT, far_y = (uint32_t)(y % ONE) >> WEIGHT_SHIFT;
    const uint8_t *at = src + (size_t)(y / ONE) * row + (size_t)(x / ONE) * channels;
    const size_t next = x / ONE < right ? channels : 0, below = y / ONE < bottom ? row : 0;
    for (size_t c = 0; c < channels; c++) {
        const uint32_t upper = at[c] * (WEIGHT_ONE - far_x) + at[c + next] * far_x;
        const uint32_t lower = at[c + below] * (WEIGHT_ONE - far_x) + at[c + below + next] * far_x;
        const uint32_t sum = upper * (WEIGHT_ONE - far_y) + lower * far_y;
        dst[c] = (uint8_t)((sum + WEIGHT_ONE * WEIGHT_ONE / 2) / (WEIGHT_ONE * WEIGHT_ONE));
    }
}

static int64_t fixed(double value) {
    return (int64_t)floor(value * ONE + 0.5);
}

/* Each pixel comes from where the turn and the scale, undone, lead from it. */
static void turn(uint8_t *dst, const uint8_t *src, const bc_preprocess *preprocess, const change *c) {
    const double cosine = cos(c->angle) / c->scale, sine = sin(c->angle) / c->scale;
    const double sign = c->flip ? -1 : 1;
    const double middle_x = ((double)preprocess->width - 1) / 2;
    const double middle_y = ((double)preprocess->height - 1) / 2;
    const int64_t step_x = fixed(sign * cosine), step_y = fixed(-sign * sine);
    for (uint32_t row = 0; row < preprocess->height; row++) {
        const double left = -middle_x * sign, down = (double)row - middle_y;
        int64_t x = fixed(middle_x - (double)c->right + cosine * left + sine * down);
        int64_t y = fixed(middle_y - (double)c->down - sine * left + cosine * down);
        for (uint32_t column = 0; column < preprocess->width; column++) {
            sample_pixel(dst, src, preprocess, x, y);
            dst += preprocess->channels;
            x += step_x;
            y += step_y;
        }
    }
}

/* ---- values ---- */

static void colour(uint8_t *picture, size_t bytes, const change *c) {
    uint8_t becomes[256];
    for (int value = 0; value < 256; value++) {
        const double wanted = 127.5 + (value - 127.5) * c->contrast + c->brightness;
        becomes[value] = (uint8_t)(wanted < 0 ? 0 : wanted > 255 ? 255 : wanted + 0.5);
    }
    for (size_t i = 0; i < bytes; i++)
        picture[i] = becomes[picture[i]];
}

/* The ends of a hole of `side` pixels about the centre, as far as they are in the picture. */
static void hole_range(size_t *first, size_t *last, int64_t centre, int64_t side, uint32_t pixels) {
    *first = (size_t)clamp(centre - side / 2, pixels);
    *last = (size_t)clamp(centre - side / 2 + side, pixels);
}

static void cut_out(uint8_t *picture, const bc_preprocess *preprocess, const change *c, double share) {
    const bc_scale scale = bc_image_scale(picture, preprocess);
    const size_t channels = preprocess->channels, row = preprocess->width * channels;
    size_t left, right, top, bottom;
    hole_range(&left, &right, c->hole_x, (int64_t)(preprocess->width * share + 0.5), preprocess->width);
    hole_range(&top, &bottom, c->hole_y, (int64_t)(preprocess->height * share + 0.5), preprocess->height);
    for (size_t y = top; y < bottom; y++) {
        for (size_t i = left * channels; i < right * channels; i++)
            picture[y * row + i] = (uint8_t)(scale.mean[i % channels] + 0.5f);
    }
}

void bc_augment_picture(uint8_t *dst, const uint8_t *src, const bc_preprocess *preprocess,
                        const bc_augment *augment, uint64_t seed, uint64_t epoch, uint64_t sample) {
    const size_t bytes = (size_t)preprocess->width * preprocess->height * preprocess->channels;
    const change c = draw(preprocess, augment, bc_random_keyed(seed, BC_RANDOM_AUGMENT, epoch, sample));
    if (augment->rotation > 0 || augment->scale > 0)
        turn(dst, src, preprocess, &c);
    else if (c.right != 0 || c.down != 0 || c.flip)
        move(dst, src, preprocess, &c);
    else
        memcpy(dst, src, bytes);
    if (augment->brightness > 0 || augment->contrast > 0)
        colour(dst, bytes, &c);
    if (augment->cutout > 0)
        cut_out(dst, preprocess, &c, augment->cutout);
}

void bc_augment_flip(uint8_t *dst, const uint8_t *src, const bc_preprocess *preprocess) {
    move(dst, src, preprocess, &(change){.flip = true});
}

void bc_augment_normalise(float *dst, const uint8_t *src, const bc_preprocess *preprocess) {
    bc_image_normalise(dst, src, preprocess);
}

void bc_augment_mix(float *dst, const uint8_t *first, const uint8_t *second, double share,
                    const bc_preprocess *preprocess) {
    const size_t plane = (size_t)preprocess->width * preprocess->height, channels = preprocess->channels;
    const float own = (float)share, other = 1 - own;
    const bc_scale a = bc_image_scale(first, preprocess), b = bc_image_scale(second, preprocess);
    for (size_t c = 0; c < channels; c++) {
        for (size_t i = 0, at = c; i < plane; i++, at += channels)
            *dst++ = own * (((float)first[at] - a.mean[c]) / a.deviation[c]) +
                     other * (((float)second[at] - b.mean[c]) / b.deviation[c]);
    }
}
