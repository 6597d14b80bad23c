/* Shifts, flips and normalises one picture. */
#include "dataset/augment.h"

#include "base/random.h"

#include <bclass/image.h>

#include <string.h>

/* What happens to a picture. */
typedef struct bc_move {
    int64_t right, down; /* pixels */
    bool flip;
} bc_move;

/* Uniform in [-side / 8, side / 8]. */
static int64_t draw_shift(bc_random *random, uint32_t side) {
    int64_t most = side / 8;
    return (int64_t)bc_random_below(random, (uint64_t)(2 * most + 1)) - most;
}

/* Everything is drawn, wanted or not, so that one setting does not change what another does. */
static bc_move draw_move(const bc_preprocess *preprocess, const bc_augment *augment, bc_random random) {
    bc_move move;
    move.right = draw_shift(&random, preprocess->width);
    move.down = draw_shift(&random, preprocess->height);
    move.flip = bc_random_below(&random, 2) == 1 && augment->hflip;
    if (!augment->shift)
        move.right = move.down = 0;
    return move;
}

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

static void move_picture(uint8_t *dst, const uint8_t *src, const bc_preprocess *preprocess, bc_move move) {
    size_t width = preprocess->width, channels = preprocess->channels, row = width * channels;
    int64_t last = (int64_t)preprocess->height - 1;
    for (int64_t y = 0; y <= last; y++) {
        int64_t from = y - move.down;
        from = from < 0 ? 0 : from > last ? last : from;
        shift_row(dst + (size_t)y * row, src + (size_t)from * row, width, channels, move.right);
        if (move.flip)
            flip_row(dst + (size_t)y * row, width, channels);
    }
}

void bc_augment_picture(uint8_t *dst, const uint8_t *src, const bc_preprocess *preprocess,
                        const bc_augment *augment, uint64_t seed, uint64_t epoch, uint64_t sample) {
    bc_move move = draw_move(preprocess, augment, bc_random_keyed(seed, BC_RANDOM_AUGMENT, epoch, sample));
    if (move.right == 0 && move.down == 0 && !move.flip)
        memcpy(dst, src, (size_t)preprocess->width * preprocess->height * preprocess->channels);
    else
        move_picture(dst, src, preprocess, move);
}

void bc_augment_normalise(float *dst, const uint8_t *src, const bc_preprocess *preprocess) {
    bc_image_normalise(dst, src, preprocess);
}
