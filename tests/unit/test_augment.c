/* What training pictures are made to look like. */
#include "cmocka_includes.h"

#include "dataset/augment.h"

#include <bclass/image.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 17, HEIGHT = 9, CHANNELS = 3, BYTES = WIDTH * HEIGHT * CHANNELS };
enum { MOST_RIGHT = 2, MOST_DOWN = 1 }; /* an eighth of each side, rounded down */

#define EIGHTH 0.125

static const bc_preprocess preprocess = {.width = WIDTH, .height = HEIGHT, .channels = CHANNELS};

/* No two pixels are alike. */
static void fill(uint8_t *picture) {
    for (int i = 0; i < BYTES; i++)
        picture[i] = (uint8_t)(i % 3 == 0 ? i / 3 : i % 3 == 1 ? 3 * i + 1 : 251 - i / 2);
}

/* As the header words it, pixel by pixel: moved right and down with the edges repeated, then flipped. */
static void move_plainly(uint8_t *dst, const uint8_t *src, int right, int down, bool flip) {
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            int from_x = (flip ? WIDTH - 1 - x : x) - right, from_y = y - down;
            from_x = from_x < 0 ? 0 : from_x >= WIDTH ? WIDTH - 1 : from_x;
            from_y = from_y < 0 ? 0 : from_y >= HEIGHT ? HEIGHT - 1 : from_y;
            memcpy(dst + (y * WIDTH + x) * CHANNELS, src + (from_y * WIDTH + from_x) * CHANNELS, CHANNELS);
        }
    }
}

typedef struct found_move {
    int right, down;
    bool flip;
} found_move;

/* Which move gives dst; the test fails when none within the bounds does. */
static found_move find_move(const uint8_t *dst, const uint8_t *src) {
    uint8_t moved[BYTES];
    for (int right = -MOST_RIGHT; right <= MOST_RIGHT; right++) {
        for (int down = -MOST_DOWN; down <= MOST_DOWN; down++) {
            for (int flip = 0; flip < 2; flip++) {
                move_plainly(moved, src, right, down, flip == 1);
                if (memcmp(dst, moved, sizeof moved) == 0)
                    return (found_move){right, down, flip == 1};
            }
        }
    }
    fail_msg("no allowed move gives this picture");
    return (found_move){0};
}

static found_move augment(const bc_augment *how, uint64_t seed, uint64_t epoch, uint64_t sample) {
    uint8_t src[BYTES], dst[BYTES];
    fill(src);
    bc_augment_picture(dst, src, &preprocess, how, seed, epoch, sample);
    return find_move(dst, src);
}

static void without_augmentation_a_picture_stays_as_it_is(void **state) {
    (void)state;
    const bc_augment none = {0};
    for (uint64_t sample = 0; sample < 20; sample++) {
        found_move move = augment(&none, 1, 2, sample);
        assert_true(move.right == 0 && move.down == 0 && !move.flip);
    }
}

static void every_shift_up_to_an_eighth_comes_about_as_often(void **state) {
    (void)state;
    const bc_augment both = {.shift = EIGHTH, .hflip = true};
    int seen[2 * MOST_RIGHT + 1][2 * MOST_DOWN + 1] = {{0}}, flips = 0;
    for (uint64_t sample = 0; sample < 3000; sample++) {
        found_move move = augment(&both, 1, 2, sample);
        seen[move.right + MOST_RIGHT][move.down + MOST_DOWN]++;
        flips += move.flip;
    }
    for (int right = 0; right <= 2 * MOST_RIGHT; right++) {
        for (int down = 0; down <= 2 * MOST_DOWN; down++)
            assert_in_range(seen[right][down], 140, 260); /* 200 +- more than 4 standard deviations */
    }
    assert_in_range(flips, 1390, 1610);
}

static void shift_and_flip_do_not_depend_on_each_other(void **state) {
    (void)state;
    const bc_augment both = {.shift = EIGHTH, .hflip = true}, shift = {.shift = EIGHTH},
                     flip = {.hflip = true};
    for (uint64_t sample = 0; sample < 100; sample++) {
        found_move all = augment(&both, 3, 1, sample), shifted = augment(&shift, 3, 1, sample);
        found_move flipped = augment(&flip, 3, 1, sample);
        assert_true(all.right == shifted.right && all.down == shifted.down && !shifted.flip);
        assert_true(flipped.right == 0 && flipped.down == 0 && flipped.flip == all.flip);
    }
}

static void a_picture_depends_on_seed_epoch_and_sample_only(void **state) {
    (void)state;
    const bc_augment both = {.shift = EIGHTH, .hflip = true};
    int changed[3] = {0};
    for (uint64_t sample = 100; sample-- > 0;) {
        found_move move = augment(&both, 1, 1, sample), again = augment(&both, 1, 1, sample);
        assert_true(move.right == again.right && move.down == again.down && move.flip == again.flip);
        const found_move others[3] = {augment(&both, 2, 1, sample), augment(&both, 1, 2, sample),
                                      augment(&both, 1, 1, sample + 100)};
        for (int i = 0; i < 3; i++)
            changed[i] += move.right != others[i].right || move.down != others[i].down;
    }
    for (int i = 0; i < 3; i++)
        assert_true(changed[i] > 60);
}

static void pictures_below_eight_pixels_are_not_shifted(void **state) {
    (void)state;
    const bc_preprocess tiny = {.width = 7, .height = 1, .channels = 1};
    const bc_augment shift = {.shift = EIGHTH};
    const uint8_t src[] = {1, 2, 3, 4, 5, 6, 7};
    for (uint64_t sample = 0; sample < 50; sample++) {
        uint8_t dst[7];
        bc_augment_picture(dst, src, &tiny, &shift, 1, 1, sample);
        assert_memory_equal(dst, src, 7);
    }
}

/* Turned by next to nothing, pixels come from where a shift in whole pixels takes them. */
static void turning_by_nothing_is_a_shift_and_a_flip(void **state) {
    (void)state;
    const bc_augment whole = {.shift = EIGHTH, .hflip = true};
    bc_augment turned = whole;
    turned.rotation = 1e-9;
    turned.scale = 1e-12;
    uint8_t src[BYTES], moved[BYTES], dst[BYTES];
    fill(src);
    for (uint64_t sample = 0; sample < 100; sample++) {
        bc_augment_picture(moved, src, &preprocess, &whole, 1, 2, sample);
        bc_augment_picture(dst, src, &preprocess, &turned, 1, 2, sample);
        assert_memory_equal(dst, moved, BYTES);
    }
}

/* A ramp stays a ramp: what is read between pixels lies between them, and a turn about the centre leaves it.
 */
static void a_turn_reads_between_pixels_about_the_centre(void **state) {
    (void)state;
    enum { SIDE = 33 };
    const bc_preprocess square = {.width = SIDE, .height = SIDE, .channels = 1};
    const bc_augment turn = {.rotation = 20};
    uint8_t src[SIDE * SIDE], dst[SIDE * SIDE];
    double least = 90, most = -90;
    for (int i = 0; i < SIDE * SIDE; i++)
        src[i] = (uint8_t)(4 * (i % SIDE) + 3 * (i / SIDE));
    for (uint64_t sample = 0; sample < 200; sample++) {
        bc_augment_picture(dst, src, &square, &turn, 1, 2, sample);
        const int middle = SIDE / 2 * SIDE + SIDE / 2;
        assert_int_equal(dst[middle], src[middle]);
        const double right = (dst[middle + 5] - dst[middle - 5]) / 10.0;
        const double down = (dst[middle + 5 * SIDE] - dst[middle - 5 * SIDE]) / 10.0;
        assert_true(fabs(right * right + down * down - 25) < 2); /* the slope's length is kept */
        const double angle = (atan2(down, right) - atan2(3, 4)) * 180 / 3.14159265358979323846;
        least = angle < least ? angle : least;
        most = angle > most ? angle : most;
    }
    assert_true(least > -22 && least < -17 && most > 17 && most < 22); /* +-20, as far as bytes tell */
}

static void a_scale_widens_and_narrows_a_ramp(void **state) {
    (void)state;
    enum { SIDE = 33 };
    const bc_preprocess square = {.width = SIDE, .height = SIDE, .channels = 1};
    const bc_augment scale = {.scale = 0.25};
    uint8_t src[SIDE * SIDE], dst[SIDE * SIDE];
    double least = 9, most = 0;
    for (int i = 0; i < SIDE * SIDE; i++)
        src[i] = (uint8_t)(7 * (i % SIDE));
    for (uint64_t sample = 0; sample < 300; sample++) {
        bc_augment_picture(dst, src, &square, &scale, 1, 2, sample);
        const int middle = SIDE / 2 * SIDE + SIDE / 2;
        const double factor = 7 / ((dst[middle + 8] - dst[middle - 8]) / 16.0);
        least = factor < least ? factor : least;
        most = factor > most ? factor : most;
    }
    assert_true(least > 0.74 && least < 0.78 && most > 1.22 && most < 1.27);
}

static void brightness_and_contrast_stay_within_their_bounds(void **state) {
    (void)state;
    const bc_preprocess dot = {.width = 2, .height = 1, .channels = 1};
    const bc_augment colours = {.brightness = 0.1, .contrast = 0.2};
    const uint8_t src[2] = {100, 160};
    int darkest = 255, brightest = 0, flattest = 255, steepest = 0;
    for (uint64_t sample = 0; sample < 2000; sample++) {
        uint8_t dst[2];
        bc_augment_picture(dst, src, &dot, &colours, 1, 2, sample);
        const int middle = (dst[0] + dst[1]) / 2, span = dst[1] - dst[0];
        darkest = middle < darkest ? middle : darkest;
        brightest = middle > brightest ? middle : brightest;
        flattest = span < flattest ? span : flattest;
        steepest = span > steepest ? span : steepest;
    }
    assert_in_range(darkest, 103, 107); /* 130 - 25.5 and +25.5, a little for the contrast about 127.5 */
    assert_in_range(brightest, 153, 157);
    assert_in_range(flattest, 47, 50); /* 60 by 0.8 and 1.2 */
    assert_in_range(steepest, 70, 73);
}

static void a_hole_of_the_mean_is_cut_out(void **state) {
    (void)state;
    enum { SIDE = 16 };
    const bc_preprocess square = {.width = SIDE, .height = SIDE, .channels = 1, .mean = {77}};
    const bc_augment cutout = {.cutout = 0.25};
    uint8_t src[SIDE * SIDE], dst[SIDE * SIDE];
    int whole = 0;
    memset(src, 200, sizeof src);
    for (uint64_t sample = 0; sample < 200; sample++) {
        int holes = 0;
        bc_augment_picture(dst, src, &square, &cutout, 1, 2, sample);
        for (int i = 0; i < SIDE * SIDE; i++) {
            assert_true(dst[i] == 200 || dst[i] == 77);
            holes += dst[i] == 77;
        }
        assert_in_range(holes, 4, 16); /* at a corner a quarter of it is inside */
        whole += holes == 16;
    }
    assert_in_range(whole, 90, 180); /* (13 / 16)^2 of them */
}

static void a_flip_flipped_is_the_picture(void **state) {
    (void)state;
    uint8_t src[BYTES], flipped[BYTES], back[BYTES];
    fill(src);
    bc_augment_flip(flipped, src, &preprocess);
    assert_memory_not_equal(flipped, src, BYTES);
    bc_augment_flip(back, flipped, &preprocess);
    assert_memory_equal(back, src, BYTES);
}

static void two_pictures_are_laid_over_each_other_by_their_shares(void **state) {
    (void)state;
    const bc_preprocess pair = {
        .width = 2, .height = 1, .channels = 2, .mean = {10, 100}, .deviation = {2, 50}};
    const uint8_t first[] = {10, 200, 30, 40}, second[] = {20, 100, 50, 240};
    const float quarter[] = {3.75f, 17.5f, 0.5f,
                             1.8f}; /* 17.5, 45 and 125, 190, before they are normalised */
    float mixed[4], plain[4];
    bc_augment_mix(mixed, first, second, 0.25, &pair);
    for (size_t i = 0; i < 4; i++)
        assert_true(fabsf(mixed[i] - quarter[i]) < 1e-5f);
    bc_augment_mix(mixed, first, second, 1, &pair);
    bc_augment_normalise(plain, first, &pair);
    assert_memory_equal(mixed, plain, sizeof plain);
}

static void pictures_normalised_by_themselves_are_mixed_and_cut_as_such(void **state) {
    (void)state;
    const bc_preprocess own = {.width = 2, .height = 2, .channels = 1, .normalise = BC_NORMALISE_PICTURE};
    static const uint8_t first[] = {0, 0, 20, 20}, second[] = {150, 50, 150, 50};
    static const float quarter[] = {0.5f, -1, 1, -0.5f}; /* of -1, -1, 1, 1 and 1, -1, 1, -1 */
    const bc_augment cutout = {.cutout = 0.5};           /* one pixel */
    float mixed[4];
    uint8_t cut[4];
    bc_augment_mix(mixed, first, second, 0.25, &own);
    for (size_t i = 0; i < 4; i++)
        assert_true(fabsf(mixed[i] - quarter[i]) < 1e-6f);
    bc_augment_picture(cut, second, &own, &cutout, 1, 2, 3);
    size_t holes = 0;
    for (size_t i = 0; i < 4; i++)
        holes += cut[i] == 100;
    assert_int_equal(holes, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_augmentation_a_picture_stays_as_it_is),
        cmocka_unit_test(every_shift_up_to_an_eighth_comes_about_as_often),
        cmocka_unit_test(shift_and_flip_do_not_depend_on_each_other),
        cmocka_unit_test(a_picture_depends_on_seed_epoch_and_sample_only),
        cmocka_unit_test(pictures_below_eight_pixels_are_not_shifted),
        cmocka_unit_test(turning_by_nothing_is_a_shift_and_a_flip),
        cmocka_unit_test(a_turn_reads_between_pixels_about_the_centre),
        cmocka_unit_test(a_scale_widens_and_narrows_a_ramp),
        cmocka_unit_test(brightness_and_contrast_stay_within_their_bounds),
        cmocka_unit_test(a_hole_of_the_mean_is_cut_out),
        cmocka_unit_test(a_flip_flipped_is_the_picture),
        cmocka_unit_test(two_pictures_are_laid_over_each_other_by_their_shares),
        cmocka_unit_test(pictures_normalised_by_themselves_are_mixed_and_cut_as_such),
    };
    return cmocka_run_group_tests_name("augment", tests, NULL, NULL);
}
