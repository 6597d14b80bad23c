/* The small parts everything stands on: numbers, text, random numbers, rows, JSON, files, threads. */
#define _POSIX_C_SOURCE 200809L
#include "cmocka_includes.h"

#include "base/delimited.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/output.h"
#include "base/random.h"
#include "base/text.h"
#include "base/threads.h"

#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static void assert_parses(const char *text, double expected) {
    double value = -1;
    assert_true(bc_number_parse(text, strlen(text), &value));
    assert_true(value == expected);
}

static void numbers_read_exactly(void **state) {
    (void)state;
    assert_parses("0.1", 0.1);
    assert_parses(" -2.5e-3\t", -2.5e-3);
    assert_parses("123456789012345678", 123456789012345678.0);
    assert_parses("0.30000000000000004", 0.1 + 0.2);
    assert_parses("4.9e-324", 4.9e-324);
    assert_parses("0x1.8p1", 3.0);
    assert_parses("+7", 7);
    assert_parses("-inf", -INFINITY);
    double value;
    assert_true(bc_number_parse("NaN", 3, &value) && isnan(value));
}

static void what_is_no_number_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"",   " ",   "1,5", "1e400", "0.5x", "--1",
                                        "1e", "1e+", ".",   "e5",    "0x",   "1 2"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        double value;
        if (bc_number_parse(wrong[i], strlen(wrong[i]), &value))
            fail_msg("'%s' was read as a number", wrong[i]);
    }
    int64_t integer;
    assert_false(bc_integer_parse("9223372036854775808", 19, &integer));
    assert_true(bc_integer_parse("-9223372036854775808", 20, &integer) && integer == INT64_MIN);
    assert_false(bc_integer_parse("1.0", 3, &integer));
}

static void printed_floats_read_back_as_they_were(void **state) {
    (void)state;
    bc_random random = bc_random_keyed(7, BC_RANDOM_RESAMPLE, 0, 0);
    for (int i = 0; i < 20000; i++) {
        uint32_t bits = (uint32_t)bc_random_next(&random);
        float value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        char text[BC_NUMBER_SIZE];
        double back;
        bc_number_print(text, (double)value, 9);
        assert_true(bc_number_parse(text, strlen(text), &back));
        assert_true((float)back == value);
    }
}

static void exact_printing_is_short_and_reads_back(void **state) {
    (void)state;
    char text[BC_NUMBER_SIZE];
    bc_number_print_exact(text, 0.1);
    assert_string_equal(text, "0.1");
    bc_number_print_exact(text, 0.1 + 0.2); /* the double next to 0.3 */
    assert_string_equal(text, "0.30000000000000004");
    bc_random random = bc_random_keyed(8, BC_RANDOM_RESAMPLE, 0, 0);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = bc_random_next(&random);
        double value, back;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        bc_number_print_exact(text, value);
        assert_true(bc_number_parse(text, strlen(text), &back) && back == value);
    }
}

static void random_numbers_stay_the_same_and_uses_differ(void **state) {
    (void)state;
    /* SplitMix64 seeded with 1234567, from the reference implementation by S. Vigna. */
    bc_random random = {1234567};
    assert_true(bc_random_next(&random) == 6457827717110365317u);
    assert_true(bc_random_next(&random) == 3203168211198807973u);
    bc_random a = bc_random_keyed(1, BC_RANDOM_ORDER, 2, 3), b = bc_random_keyed(1, BC_RANDOM_SPLIT, 2, 3),
              c = bc_random_keyed(1, BC_RANDOM_ORDER, 3, 2);
    uint64_t first = bc_random_next(&a);
    assert_true(first != bc_random_next(&b) && first != bc_random_next(&c));
}

/* Its mean is 1/2, its variance 1 / (4 (2a + 1)); of a = 1/2 the distribution function is 2/pi arcsin(sqrt
 * x), and 1 is uniform (Johnson, Kotz and Balakrishnan 1995, chapter 25). */
static void a_beta_random_number_has_the_moments_of_its_distribution(void **state) {
    (void)state;
    enum { DRAWS = 20000 };
    static const double shapes[] = {0.01, 0.2, 0.5,
                                    1}; /* the first one needs numbers below the least double */
    for (size_t s = 0; s < 4; s++) {
        bc_random random = bc_random_keyed(4, BC_RANDOM_MIXUP, s, 0);
        const double variance = 1 / (4 * (2 * shapes[s] + 1));
        double sum = 0, squares = 0;
        int below = 0;
        for (int i = 0; i < DRAWS; i++) {
            const double x = bc_random_beta(&random, shapes[s]);
            assert_true(x >= 0 && x <= 1);
            sum += x;
            squares += (x - 0.5) * (x - 0.5);
            below += x < 0.1;
        }
        assert_true(fabs(sum / DRAWS - 0.5) < 5 * sqrt(variance / DRAWS));
        assert_true(fabs(squares / DRAWS - variance) < 5 * 0.25 / sqrt(DRAWS));
        if (shapes[s] == 0.5)
            assert_true(fabs(below / (double)DRAWS - 0.2048) < 0.015);
        if (shapes[s] == 1)
            assert_true(fabs(below / (double)DRAWS - 0.1) < 0.011);
    }
}

static void a_bounded_random_number_is_uniform(void **state) {
    (void)state;
    bc_random random = bc_random_keyed(3, BC_RANDOM_RESAMPLE, 0, 0);
    int seen[7] = {0};
    for (int i = 0; i < 70000; i++)
        seen[bc_random_below(&random, 7)]++;
    for (int i = 0; i < 7; i++)
        assert_in_range(seen[i], 10000 - 500, 10000 + 500); /* more than 5 standard deviations */
}

static void the_nearest_word_is_found(void **state) {
    (void)state;
    assert_int_equal(bc_text_distance("recal", "recall"), 1);
    assert_int_equal(bc_text_distance("epcohs", "epochs"), 1);
    assert_int_equal(bc_text_distance("abc", "xyz"), 3);
    assert_int_equal(bc_text_distance("", "ab"), 2);
}

/* A file in a fresh folder under the working directory. */
static char *temporary_path(const char *name) {
    static char path[PATH_MAX];
    char folder[] = "base-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void remove_temporary(char *path) {
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
}

static bc_status next_row(bc_delimited *rows, char joined[256], bc_error *err) {
    bc_field *fields;
    size_t count;
    uint64_t line;
    bc_status status = bc_delimited_next(&fields, &count, &line, rows, err);
    joined[0] = '\0';
    for (size_t i = 0; status == BC_OK && i < count; i++) {
        strcat(joined, "[");
        strcat(joined, fields[i].data);
        strcat(joined, "]");
    }
    return status;
}

static void check_rows(const char *path) {
    bc_error err;
    bc_input *input;
    bc_delimited *rows;
    char row[256];
    assert_int_equal(bc_input_open(&input, path, &err), BC_OK);
    assert_int_equal(bc_delimited_open(&rows, input, ',', &err), BC_OK);
    static const char *const expected[] = {
        "[a][b]", "[1][x,y]", "[he said \"hi\"][]", "[6\"\" disk][\"]", "[two\nlines][z]", "[last][]", ""};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_int_equal(next_row(rows, row, &err), BC_OK);
        assert_string_equal(row, expected[i]);
    }
    bc_delimited_free(rows);
    bc_input_free(input);
}

static void rows_are_read_plain_and_compressed(void **state) {
    (void)state;
    static const char text[] =
        "\xef\xbb\xbf"
        "a,b\r\n1,\"x,y\"\n\n\"he said \"\"hi\"\"\",\n6\"\" disk,\"\"\"\"\n\"two\nlines\",z\nlast,";
    bc_error err;
    char *path = temporary_path("rows.csv");
    assert_int_equal(bc_output_file(path, text, sizeof text - 1, &err), BC_OK);
    check_rows(path);
    gzFile compressed = gzopen(path, "wb");
    assert_int_equal(gzwrite(compressed, text, sizeof text - 1), sizeof text - 1);
    gzclose(compressed);
    check_rows(path);
    remove_temporary(path);
}

static void assert_row_fails(const char *text, size_t size, const char *message) {
    bc_error err;
    bc_input *input;
    bc_delimited *rows;
    char row[256];
    char *path = temporary_path("bad.csv");
    assert_int_equal(bc_output_file(path, text, size, &err), BC_OK);
    assert_int_equal(bc_input_open(&input, path, &err), BC_OK);
    assert_int_equal(bc_delimited_open(&rows, input, ',', &err), BC_OK);
    bc_status status;
    do
        status = next_row(rows, row, &err);
    while (status == BC_OK && row[0] != '\0');
    assert_int_equal(status, BC_ERROR_FORMAT);
    assert_string_equal(err.message + strlen(path), message);
    bc_delimited_free(rows);
    bc_input_free(input);
    remove_temporary(path);
}

static void damaged_rows_name_their_line(void **state) {
    (void)state;
    assert_row_fails("a\n\"b\"c\n", 8, ":2: text after a closing quote");
    assert_row_fails("a\nb\n\"c\n", 7, ":3: a quoted field does not end");
    assert_row_fails("a\nb\0c\n", 6, ":2: a NUL byte, this is not text");
}

/* Looking at the whole row again for each of its lines would take hours here. */
static void a_quoted_field_of_a_million_lines_is_read_at_once(void **state) {
    (void)state;
    enum { LINES = 1000000 };
    bc_error err;
    bc_text text = {0};
    bc_input *input;
    bc_delimited *rows;
    bc_field *fields;
    size_t count;
    uint64_t line;
    char *path = temporary_path("lines.csv");
    bc_text_string(&text, "a,\"");
    for (int i = 0; i < LINES; i++)
        bc_text_char(&text, '\n');
    bc_text_string(&text, "\",\"b\nc\"\nlast\n");
    assert_int_equal(bc_output_file(path, text.data, text.length, &err), BC_OK);
    assert_int_equal(bc_input_open(&input, path, &err), BC_OK);
    assert_int_equal(bc_delimited_open(&rows, input, ',', &err), BC_OK);
    assert_int_equal(bc_delimited_next(&fields, &count, &line, rows, &err), BC_OK);
    assert_int_equal(count, 3);
    assert_int_equal(fields[1].length, LINES);
    assert_string_equal(fields[2].data, "b\nc");
    assert_int_equal(bc_delimited_next(&fields, &count, &line, rows, &err), BC_OK);
    assert_int_equal(line, LINES + 3);
    bc_delimited_free(rows);
    bc_input_free(input);
    bc_text_free(&text);
    remove_temporary(path);
}

/* 2 bytes a value would be 40 to 60 times as much memory. */
static void json_of_too_many_values_is_refused_before_it_takes_memory(void **state) {
    (void)state;
    enum { SIZE = 1 << 22 };
    static const char *const pieces[] = {"0,", "[],", "{},", "[[],[]],"};
    char *text = malloc(SIZE);
    assert_non_null(text);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        const size_t piece = strlen(pieces[i]);
        bc_error err = {0};
        bc_json *root;
        text[0] = '[';
        for (size_t at = 1; at + piece < SIZE; at += piece)
            memcpy(text + at, pieces[i], piece);
        text[SIZE - 1] = ']';
        assert_int_equal(bc_json_parse(&root, text, SIZE, "test", &err), BC_ERROR_LIMIT);
        assert_string_equal(err.message, "test: too many values for JSON of 4194304 bytes");
        assert_null(root);
    }
    free(text);
}

static void json_that_is_no_object_is_told_in_the_callers_words(void **state) {
    (void)state;
    static const char *const others[] = {"", "[{}]", "null", "{", "{} {}", "{\"a\": \"\xff\"}"};
    bc_json *root;
    bc_error err = {0};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(
            bc_json_parse_object(&root, others[i], strlen(others[i]), "a.json", "not a thing", &err),
            BC_ERROR_FORMAT);
        assert_string_equal(err.message, "a.json: not a thing");
        assert_null(root);
    }
    assert_int_equal(bc_json_parse_object(&root, "{\"a\": 1}", 8, "a.json", "not a thing", &err), BC_OK);
    assert_int_equal(bc_json_count(root), 1);
    bc_json_free(root);
}

static void json_that_is_nested_deep_is_refused(void **state) {
    (void)state;
    enum { DEPTH = 60000 };
    char *text = malloc(DEPTH);
    bc_json *root;
    assert_non_null(text);
    memset(text, '[', DEPTH);
    assert_int_equal(bc_json_parse(&root, text, DEPTH, "test", NULL), BC_ERROR_FORMAT);
    for (size_t i = 0; i < DEPTH; i += 5)
        memcpy(text + i, "{\"a\":", 5);
    assert_int_equal(bc_json_parse(&root, text, DEPTH, "test", NULL), BC_ERROR_FORMAT);
    free(text);
}

static void utf8_is_told_from_other_bytes(void **state) {
    (void)state;
    static const char *const good[] = {"", "a", "\xc3\xa4", "\xe7\x8c\xab", "\xf0\x9f\x90\x88 cat"},
                             *const bad[] = {"\xff",         "a\x80",    "\xc3",         "\xe7\x8c",
                                             "\xf0\x9f\x90", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(bc_text_is_utf8(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(bc_text_is_utf8(bad[i], strlen(bad[i])));
    assert_false(bc_text_is_utf8("a\0b", 3));
    assert_false(bc_text_is_utf8("\xc3\xa4", 1)); /* the end cuts it */
}

static void json_is_written_and_read(void **state) {
    (void)state;
    bc_error err;
    bc_json_builder *builder;
    bc_text text = {0};
    assert_int_equal(bc_json_builder_create(&builder, &err), BC_OK);
    bc_json_put_text(builder, "name", "a \"quoted\"\n\xff name");
    bc_json_begin_array(builder, "numbers");
    bc_json_put_number(builder, NULL, 0.1);
    bc_json_put_integer(builder, NULL, INT64_C(9007199254740993));
    bc_json_put_number(builder, NULL, NAN);
    bc_json_end(builder);
    bc_json_put_bool(builder, "yes", true);
    assert_int_equal(bc_json_finish(&text, builder, false, &err), BC_OK);
    assert_string_equal(text.data, "{\"name\":\"a \\\"quoted\\\"\\n\xef\xbf\xbd name\",\"numbers\":[0.1,"
                                   "9007199254740993,null],\"yes\":true}");
    bc_json *root;
    double number;
    assert_int_equal(bc_json_parse(&root, text.data, text.length, "test", &err), BC_OK);
    assert_null(bc_json_member(root, "NAME"));
    const bc_json *first = bc_json_first(bc_json_member(root, "numbers"));
    assert_true(bc_json_number(first, &number) && number == 0.1);
    assert_int_equal(bc_json_count(bc_json_member(root, "numbers")), 3);
    bc_json_free(root);
    assert_int_equal(bc_json_parse(&root, "{\"a\":1}\nx", 9, "test", &err), BC_ERROR_FORMAT);
    assert_string_equal(err.message, "test: text after the JSON value (line 2)");
    bc_json_builder_free(builder);
    bc_text_free(&text);
}

static void an_output_that_is_not_committed_changes_nothing(void **state) {
    (void)state;
    bc_error err;
    bc_output *output;
    uint8_t *data;
    size_t size;
    char *path = temporary_path("out.txt");
    assert_int_equal(bc_output_file(path, "old", 3, &err), BC_OK);
    assert_int_equal(bc_output_open(&output, path, &err), BC_OK);
    assert_int_equal(bc_output_write(output, "newer", 5, &err), BC_OK);
    bc_output_free(output);
    assert_int_equal(bc_file_read(&data, &size, path, 100, &err), BC_OK);
    assert_string_equal((char *)data, "old");
    free(data);
    remove_temporary(path); /* rmdir would leave a folder with a temporary file in it */
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_link_is_written_to_where_it_leads(void **state) {
    (void)state;
    bc_error err;
    uint8_t *data;
    size_t size;
    struct stat found;
    char *path = temporary_path("link"), file[PATH_MAX + 8];
    snprintf(file, sizeof file, "%s.txt", path);
    assert_int_equal(bc_output_file(file, "old", 3, &err), BC_OK);
    assert_int_equal(symlink("link.txt", path), 0);
    assert_int_equal(bc_output_file(path, "new", 3, &err), BC_OK);
    assert_true(lstat(path, &found) == 0 && S_ISLNK(found.st_mode));
    assert_int_equal(bc_file_read(&data, &size, file, 100, &err), BC_OK);
    assert_string_equal((char *)data, "new");
    free(data);
    unlink(file);
    remove_temporary(path);
}

static void a_fifo_is_written_to_and_not_replaced(void **state) {
    (void)state;
    bc_error err;
    char got[8] = "";
    struct stat found;
    char *path = temporary_path("fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    assert_int_equal(bc_output_file(path, "text", 4, &err), BC_OK);
    assert_int_equal(read(reader, got, sizeof got - 1), 4);
    assert_string_equal(got, "text");
    assert_true(lstat(path, &found) == 0 && S_ISFIFO(found.st_mode));
    close(reader);
    remove_temporary(path);
}

/* A folder takes names of 255 bytes, and the temporary file's is longer than the file's own. */
static void a_file_with_the_longest_name_is_written(void **state) {
    (void)state;
    bc_error err;
    char name[256];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    char *path = temporary_path(name);
    assert_int_equal(bc_output_file(path, "text", 4, &err), BC_OK);
    assert_int_equal(access(path, F_OK), 0);
    remove_temporary(path);
}

static void the_reason_is_what_follows_the_path_in_a_message(void **state) {
    (void)state;
    bc_error err;
    char path[2 * BC_MESSAGE_SIZE];
    assert_string_equal(bc_file_reason("a/b: gone", "a/b"), "gone");
    assert_string_equal(bc_file_reason("a/bc: gone", "a/b"), "a/bc: gone");
    bc_fail(&err, BC_ERROR_IO, "%s: gone", "line\nend\x7f\xff?");
    assert_string_equal(err.message, "line?end?\xff?: gone");
    assert_string_equal(bc_file_reason(err.message, "line\nend\x7f\xff?"), "gone");
    memset(path, '\n', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    bc_fail(&err, BC_ERROR_IO, "%s: gone", path);
    assert_string_equal(bc_file_reason(err.message, path),
                        "cannot be read; the path is too long to say more");
}

static void a_file_over_the_limit_is_refused(void **state) {
    (void)state;
    bc_error err;
    uint8_t *data;
    size_t size;
    char *path = temporary_path("big");
    assert_int_equal(bc_output_file(path, "0123456789", 10, &err), BC_OK);
    assert_int_equal(bc_file_read(&data, &size, path, 9, &err), BC_ERROR_LIMIT);
    assert_int_equal(bc_file_read(&data, &size, path, 10, &err), BC_OK);
    assert_int_equal(size, 10);
    free(data);
    remove_temporary(path);
}

static void the_hash_is_sha256(void **state) {
    (void)state;
    bc_error err;
    bc_hash *hash;
    char text[BC_HASH_TEXT_SIZE];
    assert_int_equal(bc_hash_create(&hash, &err), BC_OK);
    bc_hash_add(hash, "abc", 3);
    bc_hash_finish(hash, text);
    /* FIPS 180-2, appendix B.1 */
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    bc_hash_free(hash);
}

typedef struct shared_count {
    bc_pool *pool;
    int by_worker[8];
    int after_barrier[8];
} shared_count;

static void count_and_wait(void *context, unsigned worker) {
    shared_count *counts = context;
    counts->by_worker[worker]++;
    bc_pool_barrier(counts->pool);
    for (unsigned i = 0; i < bc_pool_threads(counts->pool); i++)
        counts->after_barrier[worker] += counts->by_worker[i];
    bc_pool_barrier(counts->pool);
}

static void every_thread_runs_the_task_and_meets_the_others(void **state) {
    (void)state;
    bc_error err;
    for (unsigned threads = 1; threads <= 5; threads++) {
        shared_count counts = {0};
        assert_int_equal(bc_pool_create(&counts.pool, threads, &err), BC_OK);
        for (int round = 0; round < 100; round++)
            bc_pool_run(counts.pool, count_and_wait, &counts);
        for (unsigned i = 0; i < threads; i++) {
            assert_int_equal(counts.by_worker[i], 100);
            assert_int_equal(counts.after_barrier[i], (int)threads * 5050);
        }
        size_t covered = 0;
        for (unsigned i = 0; i < threads; i++) {
            size_t first, last;
            bc_pool_range(counts.pool, i, 17, &first, &last);
            assert_int_equal(first, covered);
            covered = last;
        }
        assert_int_equal(covered, 17);
        bc_pool_free(counts.pool);
    }
}

static void parts_are_even_and_do_not_overflow(void **state) {
    static const size_t begins[] = {0, 3, 6, 10, 13, 17}; /* fifths of 17: 3.4, 6.8, 10.2, 13.6 */
    (void)state;
    for (size_t part = 0; part <= 5; part++)
        assert_int_equal(bc_size_part(17, part, 5), begins[part]);
    assert_int_equal(bc_size_part(3, 1, 5), 0);
    assert_int_equal(bc_size_part(3, 2, 5), 1);
    assert_true(bc_size_part(SIZE_MAX, 256, 256) == SIZE_MAX);
    assert_true(bc_size_part(SIZE_MAX, 128, 256) == SIZE_MAX / 2);
}

static void more_threads_than_the_limit_are_refused(void **state) {
    (void)state;
    bc_error err = {0};
    bc_pool *pool;
    assert_int_equal(bc_pool_create(&pool, BC_THREADS_LIMIT + 1, &err), BC_ERROR_USAGE);
    assert_null(pool);
    assert_string_equal(err.message, "257 threads are more than the limit of 256");
}

static void the_start_of_a_file_is_read_without_the_rest(void **state) {
    (void)state;
    bc_error err;
    uint8_t start[12];
    size_t size;
    char *path = temporary_path("long");
    assert_int_equal(bc_output_file(path, "0123456789", 10, &err), BC_OK);
    assert_int_equal(bc_file_read_start(start, &size, 4, path, &err), BC_OK);
    assert_int_equal(size, 4);
    assert_memory_equal(start, "0123", 4);
    assert_int_equal(bc_file_read_start(start, &size, sizeof start, path, &err), BC_OK);
    assert_int_equal(size, 10);
    assert_memory_equal(start, "0123456789", 10);
    assert_int_equal(bc_file_read_start(start, &size, sizeof start, ".", &err), BC_ERROR_IO);
    assert_string_equal(err.message, ".: is a folder, not a file");
    remove_temporary(path);
}

static void a_file_is_the_same_by_any_of_its_names(void **state) {
    (void)state;
    bc_error err;
    char *path = temporary_path("one"), *link_path = NULL, *other = NULL, *twice = NULL;
    const size_t folder = (size_t)(bc_file_name(path) - path);
    bc_text text = {0};
    bc_text_append(&text, path, folder);
    assert_int_equal(bc_file_join(&link_path, text.data, "two", &err), BC_OK);
    assert_int_equal(bc_file_join(&other, text.data, "other", &err), BC_OK);
    assert_int_equal(bc_file_join(&twice, text.data, "./one", &err), BC_OK);
    assert_true(bc_file_is_same(path, twice)); /* where it would be */
    assert_false(bc_file_is_same(path, other));
    assert_false(bc_file_is_same(path, "one"));
    assert_int_equal(bc_output_file(path, "1", 1, &err), BC_OK);
    assert_false(bc_file_is_same(path, other));
    assert_int_equal(bc_output_file(other, "1", 1, &err), BC_OK);
    assert_int_equal(symlink("one", link_path), 0);
    assert_true(bc_file_is_same(path, twice));
    assert_true(bc_file_is_same(link_path, path));
    assert_false(bc_file_is_same(path, other));
    assert_int_equal(unlink(link_path), 0);
    assert_int_equal(link(path, link_path), 0);
    assert_true(bc_file_is_same(link_path, path));
    unlink(link_path);
    unlink(other);
    free(link_path);
    free(other);
    free(twice);
    bc_text_free(&text);
    remove_temporary(path);
}

static void a_line_becomes_clean_utf8(void **state) {
    (void)state;
    /* Markus Kuhn's UTF-8 stress test: overlong forms, surrogates, stray and missing continuation bytes; RFC
     * 3629 for the last character; controls of ASCII and of Latin-1; U+FFFE, which is none */
    static const struct {
        const char *raw, *clean;
    } known[] = {
        {"plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"a\nb\x7f", "a\xef\xbf\xbd"
                     "b\xef\xbf\xbd"},
        {"\x80", "\xef\xbf\xbd"},
        {"\xc3", "\xef\xbf\xbd"},
        {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xf4\x8f\xbf\xbd", "\xf4\x8f\xbf\xbd"},
        {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xc2\x9b", "\xef\xbf\xbd"},
        {"\xef\xbf\xbe", "\xef\xbf\xbd"},
        {"a\xe2\x80\xae"
         "b",
         "a\xef\xbf\xbd"
         "b"},                        /* U+202E */
        {"\xd8\x9c", "\xef\xbf\xbd"}, /* U+061C */
        {"\xe2\x80\x8e\xe2\x80\x8f", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xe2\x80\xa8\xe2\x80\xaa\xe2\x81\xa6\xe2\x81\xa9",
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xd8\x9b\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa",
         "\xd8\x9b\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa"}, /* beside them
                                                                                               */
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        bc_text text = {0};
        bc_text_utf8_line(&text, known[i].raw);
        assert_string_equal(text.data, known[i].clean);
        bc_text_free(&text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_becomes_clean_utf8),
        cmocka_unit_test(numbers_read_exactly),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(printed_floats_read_back_as_they_were),
        cmocka_unit_test(exact_printing_is_short_and_reads_back),
        cmocka_unit_test(random_numbers_stay_the_same_and_uses_differ),
        cmocka_unit_test(a_bounded_random_number_is_uniform),
        cmocka_unit_test(a_beta_random_number_has_the_moments_of_its_distribution),
        cmocka_unit_test(the_nearest_word_is_found),
        cmocka_unit_test(rows_are_read_plain_and_compressed),
        cmocka_unit_test(damaged_rows_name_their_line),
        cmocka_unit_test(a_quoted_field_of_a_million_lines_is_read_at_once),
        cmocka_unit_test(json_is_written_and_read),
        cmocka_unit_test(json_of_too_many_values_is_refused_before_it_takes_memory),
        cmocka_unit_test(json_that_is_no_object_is_told_in_the_callers_words),
        cmocka_unit_test(json_that_is_nested_deep_is_refused),
        cmocka_unit_test(utf8_is_told_from_other_bytes),
        cmocka_unit_test(an_output_that_is_not_committed_changes_nothing),
        cmocka_unit_test(a_link_is_written_to_where_it_leads),
        cmocka_unit_test(a_fifo_is_written_to_and_not_replaced),
        cmocka_unit_test(a_file_with_the_longest_name_is_written),
        cmocka_unit_test(the_reason_is_what_follows_the_path_in_a_message),
        cmocka_unit_test(a_file_over_the_limit_is_refused),
        cmocka_unit_test(the_start_of_a_file_is_read_without_the_rest),
        cmocka_unit_test(a_file_is_the_same_by_any_of_its_names),
        cmocka_unit_test(the_hash_is_sha256),
        cmocka_unit_test(every_thread_runs_the_task_and_meets_the_others),
        cmocka_unit_test(parts_are_even_and_do_not_overflow),
        cmocka_unit_test(more_threads_than_the_limit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
