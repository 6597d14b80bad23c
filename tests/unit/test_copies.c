/* Pictures that are the same, or nearly: which are found, which are kept apart, and that those found stay in
 * one split or fold. */
#include "temporary_tree.h"

#include "base/memory.h"
#include "base/random.h"
#include "dataset/copies.h"
#include "dataset/partition.h"

#include <bclass/image.h>

#include <math.h>

/* ---- pictures ---- */

/* A scene is made of waves, so it can be photographed at any size and from anywhere. */
typedef struct motif {
    double across[24], down[24], phase[3][24], strength[24];
} motif;

static motif make_scene(uint64_t seed) {
    motif made;
    bc_random random = bc_random_keyed(seed, BC_RANDOM_AUGMENT, 0, 0);
    for (int i = 0; i < 24; i++) {
        made.across[i] = 12 * bc_random_uniform(&random) - 6;
        made.down[i] = 12 * bc_random_uniform(&random) - 6;
        made.phase[0][i] = 6.3 * bc_random_uniform(&random);
        for (int c = 1; c < 3; c++)
            made.phase[c][i] = made.phase[0][i] + 0.2 * bc_random_uniform(&random);
        made.strength[i] = 60 / (1 + fabs(made.across[i]) + fabs(made.down[i]));
    }
    return made;
}

/* How it is taken. */
typedef struct camera {
    double left, top, width, height; /* part of the scene, of 0 to 1 */
    double brightness, contrast;     /* factors */
    double tint;                     /* gray levels more red and less blue */
} camera;

static const camera whole = {0, 0, 1, 1, 1, 1, 0};

static double value_at(const motif *scene, double x, double y, size_t channel) {
    double value = 120;
    for (int i = 0; i < 24; i++)
        value += scene->strength[i] *
                 cos(6.283 * (scene->across[i] * x + scene->down[i] * y) + scene->phase[channel][i]);
    return value;
}

static void photograph(uint8_t *pixels, const motif *scene, const camera *view, size_t side,
                       size_t channels) {
    for (size_t i = 0; i < side * side * channels; i++) {
        const double x = ((double)(i / channels % side) + 0.5) / (double)side;
        const double y = ((double)(i / channels / side) + 0.5) / (double)side;
        const size_t c = i % channels;
        double value = value_at(scene, view->left + view->width * x, view->top + view->height * y, c);
        value = 120 + view->contrast * (value - 120);
        value = value * view->brightness + view->tint * (1 - (double)c);
        pixels[i] = (uint8_t)fmin(fmax(value, 0), 255);
    }
}

/* ---- caches ---- */

static bc_preprocess shape(size_t side, size_t channels) {
    return (bc_preprocess){.width = (uint32_t)side, .height = (uint32_t)side, .channels = (uint32_t)channels};
}

static bc_cache make_cache(size_t count, const bc_preprocess *preprocess) {
    bc_cache cache = {.count = count,
                      .picture_bytes = (size_t)preprocess->width * preprocess->height * preprocess->channels};
    cache.pixels = calloc(count, cache.picture_bytes);
    assert_non_null(cache.pixels);
    return cache;
}

static uint8_t *picture(const bc_cache *cache, size_t index) {
    return cache->pixels + index * cache->picture_bytes;
}

static void find(bc_copies *copies, const bc_cache *cache, const bc_preprocess *preprocess,
                 unsigned threads) {
    bc_pool *pool;
    bc_error err = {0};
    assert_int_equal(bc_pool_create(&pool, threads, &err), BC_OK);
    assert_int_equal(bc_copies_find(copies, cache, preprocess, pool, &err), BC_OK);
    assert_int_equal(copies->count, cache->count);
    bc_pool_free(pool);
}

/* Pictures that are a copy of one before: exact ones, and near ones with them. */
static void assert_found(const bc_cache *cache, const bc_preprocess *preprocess, size_t exact, size_t near) {
    bc_copies copies;
    size_t found_exact = 0, found_near = 0;
    find(&copies, cache, preprocess, 2);
    for (size_t i = 0; i < copies.count; i++) {
        found_exact += copies.exact[i] != i;
        found_near += copies.near[i] != i;
    }
    assert_int_equal(found_exact, exact);
    assert_int_equal(found_near, near);
    bc_copies_free(&copies);
}

/* ---- what is found ---- */

static void the_same_bytes_are_exact_copies_of_the_first(void **state) {
    (void)state;
    const bc_preprocess preprocess = shape(12, 3);
    bc_cache cache = make_cache(6, &preprocess);
    static const uint64_t scenes[] = {1, 2, 1, 3, 2, 1};
    static const uint32_t firsts[] = {0, 1, 0, 3, 1, 0};
    for (size_t i = 0; i < 6; i++) {
        const motif scene = make_scene(scenes[i]);
        photograph(picture(&cache, i), &scene, &whole, 12, 3);
    }
    bc_copies copies;
    find(&copies, &cache, &preprocess, 2);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(copies.exact[i], firsts[i]);
        assert_int_equal(copies.near[i], firsts[i]);
    }
    bc_copies_free(&copies);
    bc_cache_free(&cache);
}

static void one_byte_makes_no_exact_copy(void **state) {
    (void)state;
    const bc_preprocess preprocess = shape(9, 1); /* 81 bytes: not a multiple of what is read at a time */
    for (size_t at = 0; at < 81; at++) {
        bc_cache cache = make_cache(2, &preprocess);
        picture(&cache, 1)[at] = 1;
        assert_found(&cache, &preprocess, 0, 0);
        bc_cache_free(&cache);
    }
}

/* Each even picture is one of its own and the next one is made of it. */
static void assert_pairs_are_found(size_t side, size_t channels, const camera *view) {
    enum { SCENES = 10 };
    const bc_preprocess preprocess = shape(side, channels);
    bc_cache cache = make_cache(2 * SCENES, &preprocess);
    for (size_t i = 0; i < SCENES; i++) {
        const motif scene = make_scene(i);
        photograph(picture(&cache, 2 * i), &scene, &whole, side, channels);
        photograph(picture(&cache, 2 * i + 1), &scene, view, side, channels);
    }
    bc_copies copies;
    find(&copies, &cache, &preprocess, 2);
    for (size_t i = 0; i < 2 * SCENES; i++)
        assert_int_equal(copies.near[i], i / 2 * 2);
    bc_copies_free(&copies);
    bc_cache_free(&cache);
}

static void a_brighter_or_darker_or_flatter_picture_is_a_near_copy(void **state) {
    (void)state;
    static const camera views[] = {
        {0, 0, 1, 1, 1.1, 1, 0}, {0, 0, 1, 1, 0.9, 1, 0}, {0, 0, 1, 1, 1, 1.2, 0}, {0, 0, 1, 1, 1, 0.8, 0}};
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        assert_pairs_are_found(24, 1, &views[i]);
        assert_pairs_are_found(64, 3, &views[i]);
    }
}

static void a_picture_that_was_cut_by_a_hundredth_is_a_near_copy(void **state) {
    (void)state;
    static const camera views[] = {{0.005, 0.005, 0.99, 0.99, 1, 1, 0}, {0, 0.01, 1, 0.99, 1, 1, 0}};
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        assert_pairs_are_found(32, 3, &views[i]);
        assert_pairs_are_found(64, 1, &views[i]);
    }
}

/* Taken at one size, kept as JPEG at another, and brought to the network's. */
static void put_encoded(uint8_t *pixels, const motif *scene, size_t side, int quality,
                        const bc_preprocess *preprocess) {
    bc_image image = {.width = (uint32_t)side, .height = (uint32_t)side, .channels = preprocess->channels};
    bc_decoder *decoder;
    uint8_t *file;
    size_t size;
    bc_error err = {0};
    image.capacity = side * side * image.channels;
    image.pixels = malloc(image.capacity);
    assert_non_null(image.pixels);
    photograph(image.pixels, scene, &whole, side, image.channels);
    assert_int_equal(bc_image_encode_jpeg(&file, &size, &image, quality, &err), BC_OK);
    assert_int_equal(bc_decoder_create(&decoder, &err), BC_OK);
    assert_int_equal(bc_decoder_decode(&image, decoder, file, size, "copy", &(bc_decode_options){0}, &err),
                     BC_OK);
    assert_int_equal(bc_image_fit(pixels, &image, preprocess, &err), BC_OK);
    bc_decoder_free(decoder);
    bc_image_free(&image);
    free(file);
}

static void a_picture_that_was_encoded_again_or_resized_is_a_near_copy(void **state) {
    (void)state;
    enum { SCENES = 8 };
    static const struct {
        size_t side;
        int quality;
    } copies[] = {{96, 75}, {96, 30}, {48, 90}, {150, 50}};
    const bc_preprocess preprocess = shape(48, 3);
    for (size_t k = 0; k < sizeof copies / sizeof copies[0]; k++) {
        bc_cache cache = make_cache(2 * SCENES, &preprocess);
        for (size_t i = 0; i < SCENES; i++) {
            const motif scene = make_scene(i);
            put_encoded(picture(&cache, i), &scene, 96, 95, &preprocess);
            put_encoded(picture(&cache, SCENES + i), &scene, copies[k].side, copies[k].quality, &preprocess);
        }
        assert_found(&cache, &preprocess, 0, SCENES);
        bc_cache_free(&cache);
    }
}

/* A is near to B and B to C, but A not to C. */
static void a_family_is_what_pairs_connect(void **state) {
    (void)state;
    const bc_preprocess preprocess = shape(64, 1);
    const motif scene = make_scene(5);
    bc_cache cache = make_cache(12, &preprocess);
    for (size_t i = 0; i < 12; i++)
        photograph(picture(&cache, i), &scene, &(camera){0.003 * (double)i, 0, 1, 1, 1, 1, 0}, 64, 1);
    bc_cache ends = make_cache(2, &preprocess);
    memcpy(picture(&ends, 0), picture(&cache, 0), cache.picture_bytes);
    memcpy(picture(&ends, 1), picture(&cache, 11), cache.picture_bytes);
    assert_found(&ends, &preprocess, 0, 0);
    assert_found(&cache, &preprocess, 0, 11);
    bc_cache_free(&ends);
    bc_cache_free(&cache);
}

/* ---- what is kept apart ---- */

static void pictures_of_other_things_are_kept_apart(void **state) {
    (void)state;
    enum { SCENES = 150 };
    for (size_t channels = 1; channels <= 3; channels += 2) {
        const bc_preprocess preprocess = shape(16, channels);
        bc_cache cache = make_cache(SCENES, &preprocess);
        for (size_t i = 0; i < SCENES; i++) {
            const motif scene = make_scene(i);
            photograph(picture(&cache, i), &scene, &whole, 16, channels);
        }
        assert_found(&cache, &preprocess, 0, 0);
        bc_cache_free(&cache);
    }
}

/* As shirts in a catalogue or X-rays of chests: most is common to all. */
static void pictures_that_are_laid_out_alike_are_kept_apart(void **state) {
    (void)state;
    enum { SCENES = 150, SIDE = 28 };
    const bc_preprocess preprocess = shape(SIDE, 1);
    const motif layout = make_scene(1000);
    bc_cache cache = make_cache(SCENES, &preprocess);
    uint8_t common[SIDE * SIDE];
    photograph(common, &layout, &whole, SIDE, 1);
    for (size_t i = 0; i < SCENES; i++) {
        const motif scene = make_scene(i);
        uint8_t *own = picture(&cache, i);
        photograph(own, &scene, &whole, SIDE, 1);
        for (size_t k = 0; k < SIDE * SIDE; k++)
            own[k] = (uint8_t)((3 * common[k] + own[k]) / 4);
    }
    assert_found(&cache, &preprocess, 0, 0);
    bc_cache_free(&cache);
}

static void pictures_without_contrast_have_exact_copies_only(void **state) {
    (void)state;
    const bc_preprocess preprocess = shape(10, 1);
    bc_cache cache = make_cache(400, &preprocess);
    for (size_t i = 0; i < 400; i++) { /* 200 are constant, and 200 nearly; the first ones of 20 alike */
        memset(picture(&cache, i), (int)(i % 200), 100);
        picture(&cache, i)[3] ^= i >= 200;
    }
    for (size_t i = 1; i <= 20; i++)
        memset(picture(&cache, 10 * i), 0, 100);
    assert_found(&cache, &preprocess, 20, 20);
    bc_cache_free(&cache);
}

static void another_colour_makes_another_picture(void **state) {
    (void)state;
    const bc_preprocess preprocess = shape(32, 3);
    const motif scene = make_scene(7);
    bc_cache cache = make_cache(2, &preprocess);
    photograph(picture(&cache, 0), &scene, &whole, 32, 3);
    photograph(picture(&cache, 1), &scene, &(camera){0, 0, 1, 1, 1, 1, 4}, 32, 3);
    assert_found(&cache, &preprocess, 0, 1);
    photograph(picture(&cache, 1), &scene, &(camera){0, 0, 1, 1, 1, 1, 50}, 32, 3);
    assert_found(&cache, &preprocess, 0, 0);
    bc_cache_free(&cache);
}

/* Wide pictures have the edges of their padding in common, which say nothing. */
static void padding_is_not_compared(void **state) {
    (void)state;
    enum { SCENES = 100, SIDE = 32, TALL = 16 };
    const bc_preprocess preprocess = shape(SIDE, 1); /* BC_FIT_PAD */
    bc_cache cache = make_cache(SCENES + 2, &preprocess);
    for (size_t i = 0; i < SCENES + 1; i++) {
        const motif scene = make_scene(i % SCENES);
        uint8_t square[SIDE * SIDE];
        photograph(square, &scene, &(camera){0, 0, 1, 2, i < SCENES ? 1 : 1.05, 0.2, 0}, SIDE, 1);
        memset(picture(&cache, i), 128, cache.picture_bytes);
        memcpy(picture(&cache, i) + SIDE * (SIDE - TALL) / 2, square, SIDE * TALL);
    }
    memset(picture(&cache, SCENES + 1), 128, cache.picture_bytes); /* nothing but padding */
    assert_found(&cache, &preprocess, 0, 1);
    bc_cache_free(&cache);
}

/* ---- any number ---- */

static void what_is_found_does_not_depend_on_threads(void **state) {
    (void)state;
    enum { PICTURES = 120 };
    const bc_preprocess preprocess = shape(20, 3);
    bc_cache cache = make_cache(PICTURES, &preprocess);
    for (size_t i = 0; i < PICTURES; i++) {
        const motif scene = make_scene(i % 30);
        photograph(picture(&cache, i), &scene, &(camera){0, 0, 1, 1, 1 + 0.03 * (double)(i % 3), 1, 0}, 20,
                   3);
    }
    bc_copies one;
    find(&one, &cache, &preprocess, 1);
    for (unsigned threads = 2; threads <= 5; threads++) {
        bc_copies many;
        find(&many, &cache, &preprocess, threads);
        assert_memory_equal(many.exact, one.exact, PICTURES * sizeof *one.exact);
        assert_memory_equal(many.near, one.near, PICTURES * sizeof *one.near);
        bc_copies_free(&many);
    }
    bc_copies_free(&one);
    bc_cache_free(&cache);
}

static void few_and_no_pictures_are_looked_at(void **state) {
    (void)state;
    const bc_preprocess preprocess = shape(8, 1);
    for (size_t count = 0; count <= 3; count++) {
        bc_cache cache = make_cache(count + 1, &preprocess);
        cache.count = count;
        for (size_t i = 0; i < count; i++)
            memset(picture(&cache, i), (int)i, 64);
        assert_found(&cache, &preprocess, 0, 0);
        bc_cache_free(&cache);
    }
}

/* Were each of them compared with each, these would be 50 million pairs. */
static void many_pictures_alike_take_no_long_time(void **state) {
    (void)state;
    enum { PICTURES = 10000, SIDE = 8 };
    const bc_preprocess preprocess = shape(SIDE, 1);
    bc_cache cache = make_cache(PICTURES, &preprocess);
    const motif scene = make_scene(3);
    assert_found(&cache, &preprocess, PICTURES - 1, PICTURES - 1);
    photograph(picture(&cache, 0), &scene, &whole, SIDE, 1);
    for (size_t i = PICTURES; i-- > 0;) { /* one family, and none the same */
        memcpy(picture(&cache, i), picture(&cache, 0), cache.picture_bytes);
        for (size_t bit = 0; bit < 16; bit++)
            picture(&cache, i)[4 * bit] ^= (uint8_t)(i >> bit & 1);
    }
    assert_found(&cache, &preprocess, 0, PICTURES - 1);
    bc_cache_free(&cache);
}

/* ---- splits and folds ---- */

/* d/CLASS/000.pgm and so on, of two classes; d/train/CLASS with test beside it when `stated`. */
static void put_data(size_t each, bool stated) {
    for (size_t i = 0; i < 2 * each; i++) {
        char path[64];
        const char *part = !stated ? "" : i % each < each / 2 ? "train/" : "test/";
        snprintf(path, sizeof path, "d/%s%s/p%zu-%03zu.pgm", part, i < each ? "ok" : "ng", i % each / 4,
                 i % each);
        put(path, "x");
    }
}

static void open_data(bc_dataset *dataset, const bc_dataset_options *options) {
    bc_error err = {0};
    if (bc_dataset_open(dataset, "d", options, &err) != BC_OK)
        fail_msg("%s", err.message);
}

/* Each picture is the only one, but for those of each family of `size`, which lie `step` apart. */
static bc_copies make_families(const bc_dataset *dataset, size_t families, size_t size, size_t step) {
    bc_copies copies = {calloc(dataset->count, sizeof(uint32_t)), calloc(dataset->count, sizeof(uint32_t)),
                        dataset->count};
    assert_true(copies.exact != NULL && copies.near != NULL && families <= step &&
                families + (size - 1) * step <= dataset->count);
    for (size_t i = 0; i < dataset->count; i++)
        copies.exact[i] = copies.near[i] = (uint32_t)i;
    for (size_t i = 0; i < families; i++) {
        for (size_t k = 0; k < size; k++)
            copies.near[i + k * step] = (uint32_t)i;
    }
    return copies;
}

static bool keep(bc_dataset *dataset, const bc_dataset_options *options, const bc_copies *copies) {
    bool redrawn;
    bc_error err = {0};
    if (bc_partition_keep_copies(dataset, &redrawn, options, copies, &err) != BC_OK)
        fail_msg("%s", err.message);
    return redrawn;
}

static bool are_together(const bc_dataset *dataset, const bc_copies *copies) {
    for (size_t i = 0; i < dataset->count; i++) {
        const bc_sample *own = &dataset->samples[i], *first = &dataset->samples[copies->near[i]];
        if (own->split != first->split || own->fold != first->fold)
            return false;
    }
    return true;
}

static void fingerprint(char text[65], const bc_dataset *dataset) {
    bc_error err = {0};
    assert_int_equal(bc_dataset_fingerprint(text, dataset, &err), BC_OK);
}

static void splits_are_drawn_anew_so_that_copies_stay_together(void **state) {
    (void)state;
    const bc_dataset_options options = {.val = 0.2, .test = 0.2, .seed = 1};
    put_data(50, false);
    bc_dataset dataset;
    open_data(&dataset, &options);
    bc_copies copies = make_families(&dataset, 12, 3, 20);
    assert_false(are_together(&dataset, &copies));
    assert_true(keep(&dataset, &options, &copies));
    assert_true(are_together(&dataset, &copies));
    for (int label = 0; label < 2; label++) {
        assert_in_range(bc_dataset_count(&dataset, BC_SPLIT_TRAIN, label), 28, 32);
        assert_in_range(bc_dataset_count(&dataset, BC_SPLIT_VAL, label), 8, 12);
        assert_in_range(bc_dataset_count(&dataset, BC_SPLIT_TEST, label), 8, 12);
    }
    assert_false(keep(&dataset, &options, &copies));
    bc_copies_free(&copies);
    bc_dataset_free(&dataset);
}

static void splits_that_part_no_copies_stay_as_they_are(void **state) {
    (void)state;
    char before[65], after[65];
    const bc_dataset_options options = {.val = 0.2, .test = 0.2, .seed = 1};
    put_data(20, false);
    bc_dataset dataset;
    open_data(&dataset, &options);
    bc_copies copies = make_families(&dataset, 0, 1, 1);
    for (size_t i = 1; i < dataset.count; i++) { /* all of train are one family, and so are the others */
        for (size_t k = i; k-- > 0;)
            copies.near[i] =
                dataset.samples[k].split == dataset.samples[i].split ? (uint32_t)k : copies.near[i];
    }
    fingerprint(before, &dataset);
    assert_false(keep(&dataset, &options, &copies));
    fingerprint(after, &dataset);
    assert_string_equal(after, before);
    bc_copies_free(&copies);
    bc_dataset_free(&dataset);
}

static void the_splits_drawn_anew_follow_from_the_seed(void **state) {
    (void)state;
    char texts[3][65];
    put_data(50, false);
    for (int i = 0; i < 3; i++) {
        const bc_dataset_options options = {.val = 0.2, .test = 0.2, .seed = i < 2 ? 1 : 2};
        bc_dataset dataset;
        open_data(&dataset, &options);
        bc_copies copies = make_families(&dataset, 12, 3, 20);
        assert_true(keep(&dataset, &options, &copies));
        fingerprint(texts[i], &dataset);
        bc_copies_free(&copies);
        bc_dataset_free(&dataset);
    }
    assert_string_equal(texts[0], texts[1]);
    assert_string_not_equal(texts[0], texts[2]);
}

static void groups_that_share_a_copy_stay_together(void **state) {
    (void)state;
    const bc_dataset_options options = {.group_pattern = "/(p[0-9]+)-", .val = 0.25, .test = 0.25, .seed = 1};
    put_data(80, false);
    bc_dataset dataset;
    open_data(&dataset, &options);
    assert_int_equal(dataset.groups, 20);
    bc_copies copies = make_families(&dataset, 12, 2, 40); /* of two patients each */
    assert_true(keep(&dataset, &options, &copies));
    assert_true(are_together(&dataset, &copies));
    assert_int_equal(dataset.groups, 20);
    for (size_t i = 0; i < dataset.count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(dataset.samples[i].group, dataset.samples[k].group) == 0)
                assert_int_equal(dataset.samples[i].split, dataset.samples[k].split);
        }
    }
    bc_copies_free(&copies);
    bc_dataset_free(&dataset);
}

static void what_the_data_states_is_left_alone(void **state) {
    (void)state;
    char before[65], after[65];
    put_data(20, true);
    put("d/val/ok/1.pgm", "x");
    put("d/val/ng/1.pgm", "x");
    const bc_dataset_options options = {.val = 0.5, .seed = 1};
    bc_dataset dataset;
    open_data(&dataset, &options);
    bc_copies copies = make_families(&dataset, 7, 6, 7);
    fingerprint(before, &dataset);
    assert_false(keep(&dataset, &options, &copies));
    fingerprint(after, &dataset);
    assert_string_equal(after, before);
    bc_copies_free(&copies);
    bc_dataset_free(&dataset);
}

static void val_drawn_from_a_stated_train_is_drawn_anew_and_test_stays(void **state) {
    (void)state;
    put_data(40, true);
    const bc_dataset_options options = {.val = 0.25, .seed = 1};
    bc_dataset dataset;
    open_data(&dataset, &options);
    bc_copies copies = make_families(&dataset, 10, 8, 10); /* train and test alike */
    assert_true(keep(&dataset, &options, &copies));
    size_t val = 0;
    for (size_t i = 0; i < dataset.count; i++) {
        const bc_sample *own = &dataset.samples[i];
        const bool is_test = strncmp(own->path, "d/test/", 7) == 0;
        assert_int_equal(own->split == BC_SPLIT_TEST, is_test);
        val += own->split == BC_SPLIT_VAL;
        for (size_t k = 0; !is_test && k < i; k++) {
            if (copies.near[i] == copies.near[k] && dataset.samples[k].split != BC_SPLIT_TEST)
                assert_int_equal(own->split, dataset.samples[k].split);
        }
    }
    assert_in_range(val, 8, 12);
    bc_copies_free(&copies);
    bc_dataset_free(&dataset);
}

static void folds_are_drawn_anew_so_that_copies_stay_together(void **state) {
    (void)state;
    for (int stated = 0; stated < 2; stated++) { /* then test is */
        const bc_dataset_options options = {.folds = 4, .fold_test = stated ? 0 : 0.2, .seed = 1};
        put_data(60, stated);
        bc_dataset dataset;
        open_data(&dataset, &options);
        bc_copies copies = make_families(&dataset, 10, 3, 10);
        const size_t offset = stated ? 60 : 0; /* d/test comes before d/train */
        for (size_t i = 0; i < 30 && stated; i++) {
            copies.near[i + offset] = copies.near[i] + (uint32_t)offset;
            copies.near[i] = (uint32_t)i;
        }
        assert_true(keep(&dataset, &options, &copies));
        assert_true(are_together(&dataset, &copies));
        assert_int_equal(dataset.folds, 4);
        for (size_t i = 0; i < dataset.count; i++)
            assert_int_equal(dataset.samples[i].fold == 0, dataset.samples[i].split == BC_SPLIT_TEST);
        bc_copies_free(&copies);
        bc_dataset_free(&dataset);
        remove_tree("d");
    }
}

static void copies_that_leave_too_little_for_the_folds_are_told(void **state) {
    (void)state;
    const bc_dataset_options options = {.folds = 5, .seed = 1};
    put_data(10, false);
    bc_dataset dataset;
    bool redrawn;
    bc_error err = {0};
    open_data(&dataset, &options);
    bc_copies copies = make_families(&dataset, 2, 5, 2); /* all of the class ng are of two pictures */
    assert_int_equal(bc_partition_keep_copies(&dataset, &redrawn, &options, &copies, &err), BC_ERROR_FORMAT);
    assert_string_equal(err.message,
                        "class 'ng' is in 2 groups, copies of a picture being one, only, too few for "
                        "5 folds");
    bc_copies_free(&copies);
    bc_dataset_free(&dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_bytes_are_exact_copies_of_the_first),
        cmocka_unit_test(one_byte_makes_no_exact_copy),
        cmocka_unit_test(a_brighter_or_darker_or_flatter_picture_is_a_near_copy),
        cmocka_unit_test(a_picture_that_was_cut_by_a_hundredth_is_a_near_copy),
        cmocka_unit_test(a_picture_that_was_encoded_again_or_resized_is_a_near_copy),
        cmocka_unit_test(a_family_is_what_pairs_connect),
        cmocka_unit_test(pictures_of_other_things_are_kept_apart),
        cmocka_unit_test(pictures_that_are_laid_out_alike_are_kept_apart),
        cmocka_unit_test(pictures_without_contrast_have_exact_copies_only),
        cmocka_unit_test(another_colour_makes_another_picture),
        cmocka_unit_test(padding_is_not_compared),
        cmocka_unit_test(what_is_found_does_not_depend_on_threads),
        cmocka_unit_test(few_and_no_pictures_are_looked_at),
        cmocka_unit_test(many_pictures_alike_take_no_long_time),
        in_tree(splits_are_drawn_anew_so_that_copies_stay_together),
        in_tree(splits_that_part_no_copies_stay_as_they_are),
        in_tree(the_splits_drawn_anew_follow_from_the_seed),
        in_tree(groups_that_share_a_copy_stay_together),
        in_tree(what_the_data_states_is_left_alone),
        in_tree(val_drawn_from_a_stated_train_is_drawn_anew_and_test_stays),
        in_tree(folds_are_drawn_anew_so_that_copies_stay_together),
        in_tree(copies_that_leave_too_little_for_the_folds_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
