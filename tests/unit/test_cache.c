/* Pictures of a data set in memory: chosen size, decoding by threads, what is left out, mean and deviation.
 */
#include "temporary_tree.h"

#include "dataset/cache.h"
#include "dataset/examine.h"

#include <bclass/dataset.h>

#include <math.h>
#include <pthread.h>

static const bc_cache_options lenient = {.max_pixels = 1000000};

/* A gray or RGB picture, all of one value. */
static void put_picture(const char *path, int width, int height, int channels, int value) {
    size_t header, size;
    char *bytes = malloc(64 + (size_t)(width * height * channels));
    assert_non_null(bytes);
    header = (size_t)snprintf(bytes, 64, "P%d\n%d %d\n255\n", channels == 1 ? 5 : 6, width, height);
    size = (size_t)(width * height * channels);
    memset(bytes + header, value, size);
    put_bytes(path, bytes, header + size);
    free(bytes);
}

static void open_data(bc_dataset *dataset, const char *path) {
    const bc_dataset_options options = {.val = 0};
    bc_error err = {0};
    if (bc_dataset_open(dataset, path, &options, &err) != BC_OK)
        fail_msg("%s: %s", path, err.message);
}

static bc_pool *make_pool(unsigned threads) {
    bc_pool *pool;
    bc_error err;
    assert_int_equal(bc_pool_create(&pool, threads, &err), BC_OK);
    return pool;
}

static bc_preprocess gray(uint32_t side) {
    return (bc_preprocess){.width = side, .height = side, .channels = 1, .fit = BC_FIT_STRETCH};
}

static bc_status load(bc_cache *cache, bc_dataset *dataset, const bc_preprocess *preprocess, unsigned threads,
                      const bc_cache_options *options, bc_error *err) {
    bc_pool *pool = make_pool(threads);
    bc_status status = bc_cache_load(cache, dataset, preprocess, pool, options, err);
    bc_pool_free(pool);
    return status;
}

static void assert_load_fails(const bc_preprocess *preprocess, const bc_cache_options *options,
                              bc_status expected, const char *message) {
    for (unsigned threads = 1; threads <= 4; threads++) {
        bc_dataset dataset;
        bc_cache cache;
        bc_error err = {0};
        open_data(&dataset, "d");
        size_t count = dataset.count;
        assert_int_equal(load(&cache, &dataset, preprocess, threads, options, &err), expected);
        assert_string_equal(err.message, message);
        assert_int_equal(dataset.count, count);
        bc_cache_free(&cache);
        bc_dataset_free(&dataset);
    }
}

/* ---- loading ---- */

static void pictures_lie_in_the_order_of_the_samples_for_any_number_of_threads(void **state) {
    (void)state;
    for (int i = 0; i < 30; i++) {
        char path[64];
        snprintf(path, sizeof path, "d/%s/%02d.pgm", i % 3 == 0 ? "ng" : "ok", i);
        put_picture(path, 4 + i, 5, 1, 8 * i);
    }
    const bc_preprocess preprocess = {.width = 4, .height = 3, .channels = 3, .fit = BC_FIT_STRETCH};
    for (unsigned threads = 1; threads <= 4; threads++) {
        bc_dataset dataset;
        bc_cache cache;
        bc_error err;
        open_data(&dataset, "d");
        assert_int_equal(load(&cache, &dataset, &preprocess, threads, &lenient, &err), BC_OK);
        assert_int_equal(cache.count, 30);
        assert_int_equal(cache.picture_bytes, 36);
        assert_int_equal(cache.skipped_count, 0);
        for (size_t i = 0; i < 30; i++) {
            int value = 8 * (int)strtol(strrchr(dataset.samples[i].path, '/') + 1, NULL, 10);
            for (size_t k = 0; k < 36; k++)
                assert_int_equal(cache.pixels[36 * i + k], value);
        }
        bc_cache_free(&cache);
        bc_dataset_free(&dataset);
    }
}

/* Of each class one picture that can be read, between others that cannot. */
static void put_damaged(void) {
    put("d/ng/1.txt", "hello");
    put_picture("d/ng/2.pgm", 2, 2, 1, 20);
    put("d/ng/3.pgm", "P5\n2 2\n255\nx");
    put_picture("d/ok/1.pgm", 2, 2, 1, 10);
    put_picture("d/ok/2.pgm", 2000, 2000, 1, 0);
    put_picture("d/ok/3.pgm", 2, 2, 1, 30);
    put("d/ok/4.pgm", "");
    assert_int_equal(symlink("nowhere", "d/ok/5.pgm"), 0);
}

static void pictures_that_cannot_be_read_are_left_out_and_listed(void **state) {
    (void)state;
    static const char *const skipped[] = {"d/ng/1.txt", "d/ng/3.pgm", "d/ok/2.pgm", "d/ok/4.pgm",
                                          "d/ok/5.pgm"};
    static const char *const kept[] = {"d/ng/2.pgm", "d/ok/1.pgm", "d/ok/3.pgm"};
    static const int values[] = {20, 10, 30};
    put_damaged();
    const bc_preprocess preprocess = gray(2);
    for (unsigned threads = 1; threads <= 4; threads++) {
        bc_dataset dataset;
        bc_cache cache;
        bc_error err;
        open_data(&dataset, "d");
        assert_int_equal(load(&cache, &dataset, &preprocess, threads, &lenient, &err), BC_OK);
        assert_int_equal(cache.count, 3);
        assert_int_equal(dataset.count, 3);
        for (size_t i = 0; i < 3; i++) {
            assert_string_equal(dataset.samples[i].path, kept[i]);
            assert_int_equal(dataset.samples[i].bytes,
                             11 + 4); /* the header "P5\n2 2\n255\n" and the pixels */
            for (size_t k = 0; k < 4; k++)
                assert_int_equal(cache.pixels[4 * i + k], values[i]);
        }
        assert_int_equal(cache.skipped_count, 5);
        for (size_t i = 0; i < 5; i++) {
            assert_string_equal(cache.skipped[i].path, skipped[i]);
            assert_true(cache.skipped[i].reason[0] != '\0');
            assert_null(strstr(cache.skipped[i].reason, skipped[i]));
        }
        assert_string_equal(cache.skipped[2].reason, "2000 x 2000 pixels are more than the limit of 1000000");
        assert_string_equal(cache.skipped[4].reason, "No such file or directory");
        bc_cache_free(&cache);
        bc_dataset_free(&dataset);
    }
}

/* SHA-256 of "P5\n2 2\n255\n" and four bytes of the value, by sha256sum. */
static void what_vanishes_before_it_is_examined_is_left_out_and_listed(void **state) {
    (void)state;
    static const char *const kept[] = {"d/ng/2.pgm", "d/ok/1.pgm"};
    static const char *const sha256[] = {"f5266b095dee05eb3e2cf6f328e3eeb74e2dac15c47974ad1662ebad0bcdbf9f",
                                         "dbd889c2f32c0d4e7829535a6f37f889497ea9a03e6ecb539a5b5788713a652d"};
    static const bc_examine_options options = {0};
    const bc_preprocess preprocess = gray(2);
    for (unsigned threads = 1; threads <= 4; threads++) {
        bc_dataset dataset;
        bc_cache cache;
        bc_examined *examined;
        bc_error err = {0};
        put_damaged();
        put_picture("d/ng/1.pgm", 2, 2, 1, 0);
        bc_pool *pool = make_pool(threads);
        open_data(&dataset, "d");
        assert_int_equal(bc_cache_load(&cache, &dataset, &preprocess, pool, &lenient, &err), BC_OK);
        assert_int_equal(dataset.count, 4);
        assert_int_equal(unlink("d/ng/1.pgm"), 0);
        put("d/ok/3.pgm", "hello");
        assert_int_equal(bc_dataset_examine(&examined, &dataset, &cache, pool, &options, &err), BC_OK);
        assert_int_equal(dataset.count, 2);
        assert_int_equal(cache.count, 2);
        for (size_t i = 0; i < 2; i++) {
            assert_string_equal(dataset.samples[i].path, kept[i]);
            assert_string_equal(examined[i].sha256, sha256[i]);
            assert_int_equal(examined[i].facts.info.width, 2);
            assert_int_equal(cache.pixels[4 * i], i == 0 ? 20 : 10);
        }
        assert_int_equal(cache.skipped_count, 7);
        assert_string_equal(cache.skipped[5].path, "d/ng/1.pgm");
        assert_string_equal(cache.skipped[5].reason, "No such file or directory");
        assert_string_equal(cache.skipped[6].path, "d/ok/3.pgm");
        free(examined);
        bc_cache_free(&cache);
        bc_dataset_free(&dataset);
        bc_pool_free(pool);
        remove_tree("d");
    }
}

static bool is_stopped_at_once(void *context) {
    (void)context;
    return true;
}

static void examining_can_be_stopped(void **state) {
    (void)state;
    static const bc_examine_options options = {.is_stopped = is_stopped_at_once};
    const bc_preprocess preprocess = gray(2);
    bc_dataset dataset;
    bc_cache cache;
    bc_examined *examined;
    bc_error err = {0};
    put_damaged();
    bc_pool *pool = make_pool(2);
    open_data(&dataset, "d");
    assert_int_equal(bc_cache_load(&cache, &dataset, &preprocess, pool, &lenient, &err), BC_OK);
    assert_int_equal(bc_dataset_examine(&examined, &dataset, &cache, pool, &options, &err),
                     BC_ERROR_INTERRUPTED);
    assert_null(examined);
    assert_int_equal(dataset.count, 3);
    bc_cache_free(&cache);
    bc_dataset_free(&dataset);
    bc_pool_free(pool);
}

static void a_strict_load_tells_the_first_unreadable_picture(void **state) {
    (void)state;
    put_damaged();
    remove("d/ng/1.txt");
    remove("d/ng/3.pgm");
    const bc_preprocess preprocess = gray(2);
    bc_cache_options strict = lenient;
    strict.strict = true;
    assert_load_fails(&preprocess, &strict, BC_ERROR_LIMIT,
                      "d/ok/2.pgm: 2000 x 2000 pixels are more than the limit of 1000000");
    put_picture("d/ok/2.pgm", 2, 2, 1, 0);
    remove("d/ok/4.pgm");
    assert_load_fails(&preprocess, &strict, BC_ERROR_IO, "d/ok/5.pgm: No such file or directory");
}

static void a_class_left_without_pictures_is_an_error(void **state) {
    (void)state;
    put_picture("d/ok/1.pgm", 2, 2, 1, 10);
    put("d/ng/1.pgm", "");
    put("d/ng/2.pgm", "");
    const bc_preprocess preprocess = gray(2);
    assert_load_fails(&preprocess, &lenient, BC_ERROR_FORMAT,
                      "no picture of class 'ng' can be read: d/ng/1.pgm: empty file");
    remove_tree("d");
    put_picture("d/train/ng/1.pgm", 2, 2, 1, 10);
    put("d/train/ok/1.pgm", "");
    put_picture("d/val/ok/1.pgm", 2, 2, 1, 10);
    assert_load_fails(
        &preprocess, &lenient, BC_ERROR_FORMAT,
        "no picture of class 'ok' in the train split can be read: d/train/ok/1.pgm: empty file");
}

static void pictures_beyond_the_memory_are_refused(void **state) {
    (void)state;
    put_picture("d/ok/1.pgm", 2, 2, 1, 10);
    put_picture("d/ng/1.pgm", 2, 2, 1, 10);
    static const uint32_t sides[] = {1u << 23, 0x80000000u, UINT32_MAX};
    for (size_t i = 0; i < 3; i++) {
        bc_dataset dataset;
        bc_cache cache;
        bc_error err = {0};
        const bc_preprocess preprocess = gray(sides[i]);
        char need[64];
        snprintf(need, sizeof need, "2 pictures of %u x %u x 1 bytes need %.3g GB of memory, ", sides[i],
                 sides[i], 2.0 * sides[i] * sides[i] / 1e9);
        open_data(&dataset, "d");
        assert_int_equal(load(&cache, &dataset, &preprocess, 1, &lenient, &err), BC_ERROR_MEMORY);
        assert_int_equal(strncmp(err.message, need, strlen(need)), 0);
        bc_cache_free(&cache);
        bc_dataset_free(&dataset);
    }
}

typedef struct watch {
    pthread_t caller;
    size_t done, total, stop_after;
    bool elsewhere; /* called by another thread */
} watch;

static void note_progress(void *context, size_t done, size_t total) {
    watch *seen = context;
    seen->elsewhere = seen->elsewhere || !pthread_equal(seen->caller, pthread_self());
    assert_true(done >= seen->done && done <= total);
    seen->done = done;
    seen->total = total;
}

static bool stop_after_some(void *context) {
    watch *seen = context;
    seen->elsewhere = seen->elsewhere || !pthread_equal(seen->caller, pthread_self());
    return seen->done >= seen->stop_after;
}

static void put_twenty(void) {
    for (int i = 0; i < 20; i++) {
        char path[64];
        snprintf(path, sizeof path, "d/%s/%02d.pgm", i % 2 == 0 ? "ng" : "ok", i);
        put_picture(path, 4, 4, 1, i);
    }
}

static void progress_is_told_to_the_end_by_the_calling_thread(void **state) {
    (void)state;
    put_twenty();
    for (unsigned threads = 1; threads <= 4; threads++) {
        watch seen = {.caller = pthread_self(), .stop_after = SIZE_MAX};
        const bc_cache_options options = {
            .max_pixels = 100, .on_progress = note_progress, .is_stopped = stop_after_some, .context = &seen};
        const bc_preprocess preprocess = gray(4);
        bc_dataset dataset;
        bc_cache cache;
        bc_error err;
        open_data(&dataset, "d");
        assert_int_equal(load(&cache, &dataset, &preprocess, threads, &options, &err), BC_OK);
        assert_true(seen.done == 20 && seen.total == 20 && !seen.elsewhere);
        bc_cache_free(&cache);
        bc_dataset_free(&dataset);
    }
}

static void loading_stops_on_request(void **state) {
    (void)state;
    put_twenty();
    for (unsigned threads = 1; threads <= 4; threads++) {
        watch seen = {.caller = pthread_self(), .stop_after = 1};
        const bc_cache_options options = {
            .max_pixels = 100, .on_progress = note_progress, .is_stopped = stop_after_some, .context = &seen};
        const bc_preprocess preprocess = gray(4);
        bc_dataset dataset;
        bc_cache cache;
        bc_error err = {0};
        open_data(&dataset, "d");
        assert_int_equal(load(&cache, &dataset, &preprocess, threads, &options, &err), BC_ERROR_INTERRUPTED);
        assert_string_equal(err.message, "stopped while the pictures were read");
        assert_int_equal(dataset.count, 20);
        bc_cache_free(&cache);
        bc_dataset_free(&dataset);
    }
}

/* ---- mean and deviation ---- */

static void mean_and_deviation_are_those_of_the_training_pictures(void **state) {
    (void)state;
    /* Red: 10 and 30, so mean 20 and deviation 10. Green: 0, 0, 0, 100 twice over: mean 25, variance
     * (3 x 25^2 + 75^2) / 4 = 1875. Blue: 7 throughout. */
    static const uint8_t first[] = {10, 0, 7, 10, 0, 7, 30, 0, 7, 30, 100, 7};
    static const uint8_t second[] = {30, 100, 7, 10, 0, 7, 10, 0, 7, 30, 0, 7};
    char bytes[64] = "P6\n2 2\n255\n";
    memcpy(bytes + 11, first, 12);
    put_bytes("d/train/ok/1.ppm", bytes, 23);
    memcpy(bytes + 11, second, 12);
    put_bytes("d/train/ng/1.ppm", bytes, 23);
    put_picture("d/val/ng/1.ppm", 2, 2, 3, 255);
    put_picture("d/test/ok/1.ppm", 2, 2, 3, 255);
    bc_preprocess preprocess = {.width = 2, .height = 2, .channels = 3, .fit = BC_FIT_STRETCH};
    bc_dataset dataset;
    bc_cache cache;
    bc_error err;
    open_data(&dataset, "d");
    assert_int_equal(load(&cache, &dataset, &preprocess, 2, &lenient, &err), BC_OK);
    assert_int_equal(bc_cache_measure(&preprocess, &cache, &dataset, NULL, &err), BC_OK);
    assert_true(preprocess.mean[0] == 20 && preprocess.deviation[0] == 10);
    assert_true(preprocess.mean[1] == 25 && preprocess.deviation[1] == (float)sqrt(1875));
    assert_true(preprocess.mean[2] == 7 && preprocess.deviation[2] == 1);
    preprocess.normalise = BC_NORMALISE_PICTURE; /* nothing is taken from other pictures */
    assert_int_equal(bc_cache_measure(&preprocess, &cache, &dataset, NULL, &err), BC_OK);
    for (int c = 0; c < 3; c++)
        assert_true(preprocess.mean[c] == 0 && preprocess.deviation[c] == 1);
    bc_cache_free(&cache);
    bc_dataset_free(&dataset);
}

static void channels_that_are_not_there_have_mean_0_and_deviation_1(void **state) {
    (void)state;
    put_picture("d/ok/1.pgm", 2, 2, 1, 10);
    put_picture("d/ng/1.pgm", 2, 2, 1, 50);
    bc_preprocess preprocess = gray(2);
    bc_dataset dataset;
    bc_cache cache;
    bc_error err;
    open_data(&dataset, "d");
    assert_int_equal(load(&cache, &dataset, &preprocess, 1, &lenient, &err), BC_OK);
    assert_int_equal(bc_cache_measure(&preprocess, &cache, &dataset, NULL, &err), BC_OK);
    assert_true(preprocess.mean[0] == 30 && preprocess.deviation[0] == 20);
    for (int c = 1; c < 3; c++)
        assert_true(preprocess.mean[c] == 0 && preprocess.deviation[c] == 1);
    bc_cache_free(&cache);
    bc_dataset_free(&dataset);
}

/* More bytes than the sums take at once, and not a multiple of their number. */
static void mean_and_deviation_do_not_depend_on_threads_and_sizes(void **state) {
    (void)state;
    enum { SIDE = 2083, PICTURES = 3 };
    const size_t size = (size_t)SIDE * SIDE * 3;
    bc_sample samples[PICTURES] = {
        {.split = BC_SPLIT_TRAIN}, {.split = BC_SPLIT_VAL}, {.split = BC_SPLIT_TRAIN}};
    const bc_dataset dataset = {.samples = samples, .count = PICTURES};
    bc_cache cache = {.count = PICTURES, .picture_bytes = size, .pixels = malloc(PICTURES * size)};
    assert_non_null(cache.pixels);
    memset(cache.pixels, 255, PICTURES * size);
    cache.pixels[size - 2] = 0; /* green */
    const double count = 2.0 * SIDE * SIDE;
    for (unsigned threads = 1; threads <= 5; threads++) {
        bc_preprocess preprocess = {.width = SIDE, .height = SIDE, .channels = 3};
        bc_pool *pool;
        bc_error err;
        assert_int_equal(bc_pool_create(&pool, threads, &err), BC_OK);
        assert_int_equal(bc_cache_measure(&preprocess, &cache, &dataset, pool, &err), BC_OK);
        assert_true(preprocess.mean[0] == 255 && preprocess.mean[2] == 255);
        assert_true(preprocess.mean[1] == (float)(255 * (count - 1) / count));
        assert_true(preprocess.deviation[1] == 1);
        memset(cache.pixels, 0, size);
        assert_int_equal(bc_cache_measure(&preprocess, &cache, &dataset, pool, &err), BC_OK);
        for (int c = 0; c < 3; c++)
            assert_true(preprocess.mean[c] == 127.5F && preprocess.deviation[c] == 127.5F);
        memset(cache.pixels, 255, size);
        cache.pixels[size - 2] = 0;
        bc_pool_free(pool);
    }
    free(cache.pixels);
}

/* ---- survey ---- */

static bc_status survey(bc_preprocess *preprocess, uint32_t most, unsigned threads, bc_error *err) {
    bc_dataset dataset;
    bc_pool *pool = make_pool(threads);
    open_data(&dataset, "d");
    bc_status status = bc_cache_survey(preprocess, &dataset, most, pool, err);
    bc_dataset_free(&dataset);
    bc_pool_free(pool);
    return status;
}

static void the_survey_takes_the_median_of_the_longer_sides(void **state) {
    (void)state;
    put_picture("d/ok/1.pgm", 10, 20, 1, 0);
    put_picture("d/ok/2.pgm", 30, 5, 1, 0);
    put_picture("d/ok/3.pgm", 200, 3, 1, 0);
    put_picture("d/ng/1.pgm", 31, 31, 1, 0);
    put_picture("d/ng/2.pgm", 3, 64, 1, 0);
    put("d/ng/3.txt", "no picture");
    put("d/ng/4.pgm", "");
    for (unsigned threads = 1; threads <= 4; threads++) {
        bc_error err;
        bc_preprocess preprocess = {.fit = BC_FIT_CROP, .mean = {3}};
        assert_int_equal(survey(&preprocess, 64, threads, &err), BC_OK);
        assert_int_equal(preprocess.width, 31);
        assert_int_equal(preprocess.height, 31);
        assert_int_equal(preprocess.channels, 1);
        assert_true(preprocess.fit == BC_FIT_CROP && preprocess.mean[0] == 3);
        assert_int_equal(survey(&preprocess, 24, threads, &err), BC_OK);
        assert_int_equal(preprocess.width, 24);
    }
}

static void one_picture_in_colour_makes_three_channels_and_tiny_ones_eight_pixels(void **state) {
    (void)state;
    bc_error err;
    bc_preprocess preprocess;
    for (int i = 0; i < 5; i++) {
        char path[32];
        snprintf(path, sizeof path, "d/%s/%d.pgm", i % 2 == 0 ? "ok" : "ng", i);
        put_picture(path, 3, 3, i == 3 ? 3 : 1, 9);
    }
    assert_int_equal(survey(&preprocess, 64, 2, &err), BC_OK);
    assert_int_equal(preprocess.width, 8);
    assert_int_equal(preprocess.channels, 3);
}

static void the_survey_is_spread_evenly_over_many_pictures(void **state) {
    (void)state;
    for (int i = 0; i < 768; i++) { /* every third is looked at */
        char path[32];
        snprintf(path, sizeof path, "d/%s/%03d.pgm", i < 384 ? "ng" : "ok", i);
        put_picture(path, i % 3 == 0 ? i < 300 ? 10 : 12 : 40, 1, 1, 9);
    }
    bc_error err;
    bc_preprocess preprocess;
    assert_int_equal(survey(&preprocess, 64, 2, &err), BC_OK);
    assert_int_equal(preprocess.width, 12);
}

static void a_header_behind_much_metadata_is_found(void **state) {
    (void)state;
    size_t size = 200000;
    char *bytes = malloc(size);
    assert_non_null(bytes);
    memset(bytes, 'c', size);
    memcpy(bytes, "P5\n#", 4);
    memcpy(bytes + size - 100, "\n33 1\n255\n", 10);
    put_bytes("d/ok/1.pgm", bytes, size);
    put_bytes("d/ng/1.pgm", bytes, size);
    free(bytes);
    bc_error err;
    bc_preprocess preprocess;
    assert_int_equal(survey(&preprocess, 64, 1, &err), BC_OK);
    assert_int_equal(preprocess.width, 33);
}

static void a_survey_of_no_pictures_fails(void **state) {
    (void)state;
    put("d/ok/1", "");
    put("d/ng/1", "");
    bc_error err;
    bc_preprocess preprocess;
    assert_int_equal(survey(&preprocess, 64, 2, &err), BC_ERROR_FORMAT);
    assert_string_equal(err.message, "none of the 2 files is a picture, such as d/ng/1: empty file");
}

/* Of 600 files (i x 600 / 256) are looked at: 0, 2, 4, 7 ..., 299, 301 ... 597; all of which are none here.
 */
static void a_survey_goes_on_until_it_finds_pictures(void **state) {
    (void)state;
    bool is_looked_at[600] = {false};
    for (int i = 0; i < 256; i++)
        is_looked_at[i * 600 / 256] = true;
    for (int i = 0; i < 600; i++) {
        char path[32];
        snprintf(path, sizeof path, "d/%s/%03d.pgm", i < 300 ? "ng" : "ok", i);
        if (is_looked_at[i] || i < 256)
            put(path, "no picture");
        else
            put_picture(path, i < 512 ? 20 : 40, 1, i == 599 ? 3 : 1, 9); /* the second 256, the rest */
    }
    assert_true(!is_looked_at[511] && !is_looked_at[599]);
    for (unsigned threads = 1; threads <= 3; threads++) {
        bc_error err;
        bc_preprocess preprocess;
        assert_int_equal(survey(&preprocess, 64, threads, &err), BC_OK);
        assert_int_equal(preprocess.width, 20);
        assert_int_equal(preprocess.channels, 1);
    }
    for (int i = 256; i < 599; i++) {
        char path[32];
        snprintf(path, sizeof path, "d/%s/%03d.pgm", i < 300 ? "ng" : "ok", i);
        put(path, "");
    }
    bc_error err;
    bc_preprocess preprocess;
    assert_int_equal(survey(&preprocess, 64, 2, &err), BC_OK);
    assert_int_equal(preprocess.width, 40);
    assert_int_equal(preprocess.channels, 3);
    put("d/ok/599.pgm", "");
    assert_int_equal(survey(&preprocess, 64, 2, &err), BC_ERROR_FORMAT);
    assert_non_null(strstr(err.message, "none of the 600 files is a picture, such as d/ng/000.pgm: "));
}

/* ---- how much pictures are alike ---- */

/* Of two pictures of 2 x 2 gray pixels. */
static double alignment_of(const uint8_t first[4], const uint8_t second[4], bc_normalise normalise) {
    const bc_preprocess preprocess = {.width = 2, .height = 2, .channels = 1, .normalise = normalise};
    bc_sample samples[3] = {{.split = BC_SPLIT_TRAIN}, {.split = BC_SPLIT_VAL}, {.split = BC_SPLIT_TRAIN}};
    const bc_dataset dataset = {.samples = samples, .count = 3};
    uint8_t pixels[12] = {0};
    const bc_cache cache = {.count = 3, .picture_bytes = 4, .pixels = pixels};
    bc_error err = {0};
    double share;
    memcpy(pixels, first, 4);
    memset(pixels + 4, 255, 4);
    memcpy(pixels + 8, second, 4);
    assert_int_equal(bc_cache_alignment(&share, &cache, &dataset, &preprocess, &err), BC_OK);
    return share;
}

static void alignment_is_the_share_of_variance_that_the_mean_picture_explains(void **state) {
    (void)state;
    static const uint8_t columns[] = {0, 100, 0, 100}, turned[] = {100, 0, 100, 0}, rows[] = {0, 0, 100, 100};
    static const uint8_t more[] = {0, 100, 100, 100};
    static const uint8_t flat[] = {9, 9, 9, 9};
    const bc_normalise set = BC_NORMALISE_SET;
    assert_true(fabs(alignment_of(columns, columns, set) - 1) < 1e-12);
    assert_true(fabs(alignment_of(columns, turned, set)) < 1e-12);
    /* The mean is 0, 50, 50, 100: variance 1250, of 2500 in all, as of any two pictures. */
    assert_true(fabs(alignment_of(columns, rows, set)) < 1e-12);
    /* The mean is 0, 100, 50, 100: squares 6875, twice that of 18750 in all; 11/15 where 1/2 is by chance. */
    assert_true(fabs(alignment_of(columns, more, set) - 7.0 / 15) < 1e-12);
    assert_true(alignment_of(flat, flat, set) == 0);
}

static void pictures_that_differ_in_brightness_and_contrast_alone_are_aligned(void **state) {
    (void)state;
    static const uint8_t bright[] = {100, 200, 100, 200}, pale[] = {40, 60, 40, 60};
    static const uint8_t turned[] = {60, 40, 60, 40}, flat[] = {9, 9, 9, 9};
    const bc_normalise picture = BC_NORMALISE_PICTURE;
    /* The mean is 70, 130, 70, 130: variance 900; of all, about their mean of 100, 3900. */
    assert_true(fabs(alignment_of(bright, pale, BC_NORMALISE_SET)) < 1e-12);
    assert_true(fabs(alignment_of(bright, pale, picture) - 1) < 1e-6);
    assert_true(fabs(alignment_of(bright, turned, picture)) < 1e-6);
    assert_true(alignment_of(flat, flat, picture) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        in_tree(pictures_lie_in_the_order_of_the_samples_for_any_number_of_threads),
        in_tree(pictures_that_cannot_be_read_are_left_out_and_listed),
        in_tree(what_vanishes_before_it_is_examined_is_left_out_and_listed),
        in_tree(examining_can_be_stopped),
        in_tree(a_strict_load_tells_the_first_unreadable_picture),
        in_tree(a_class_left_without_pictures_is_an_error),
        in_tree(pictures_beyond_the_memory_are_refused),
        in_tree(progress_is_told_to_the_end_by_the_calling_thread),
        in_tree(loading_stops_on_request),
        in_tree(mean_and_deviation_are_those_of_the_training_pictures),
        in_tree(channels_that_are_not_there_have_mean_0_and_deviation_1),
        in_tree(mean_and_deviation_do_not_depend_on_threads_and_sizes),
        cmocka_unit_test(alignment_is_the_share_of_variance_that_the_mean_picture_explains),
        cmocka_unit_test(pictures_that_differ_in_brightness_and_contrast_alone_are_aligned),
        in_tree(the_survey_takes_the_median_of_the_longer_sides),
        in_tree(one_picture_in_colour_makes_three_channels_and_tiny_ones_eight_pixels),
        in_tree(the_survey_is_spread_evenly_over_many_pictures),
        in_tree(a_header_behind_much_metadata_is_found),
        in_tree(a_survey_of_no_pictures_fails),
        in_tree(a_survey_goes_on_until_it_finds_pictures),
    };
    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
