/* Reading score files fast, in parallel, forgivingly, wide and several as one. The careful way to read a row,
 * which the details of a file with paths ask for, is the reference for the plain one. */
#define _POSIX_C_SOURCE 200809L
#include "cmocka_includes.h"

#include "base/input.h"
#include "base/number.h"
#include "base/output.h"
#include "base/random.h"
#include "base/text.h"

#include <bclass/scores.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static char folder[] = "reader-test-XXXXXX";
static char first_file[64], second_file[64];

static int make_folder(void **state) {
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(first_file, sizeof first_file, "%s/first", folder);
    snprintf(second_file, sizeof second_file, "%s/second", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(first_file);
    unlink(second_file);
    return rmdir(folder);
}

static void write_file(const char *path, const char *content, size_t length) {
    bc_error err = {0};
    assert_int_equal(bc_output_file(path, content, length, &err), BC_OK);
}

static void read_well(bc_scores *scores, const char *content, const bc_scores_options *options) {
    bc_error err = {0};
    write_file(first_file, content, strlen(content));
    if (bc_scores_read(scores, first_file, options, &err) != BC_OK)
        fail_msg("refused: %s\n%s", err.message, content);
}

/* expected is the message behind the file's name. */
static void assert_refused(const char *content, const bc_scores_options *options, bc_status status,
                           const char *expected) {
    bc_error err = {0};
    bc_scores scores;
    write_file(first_file, content, strlen(content));
    bc_status found = bc_scores_read(&scores, first_file, options, &err);
    if (found == BC_OK)
        fail_msg("read without error:\n%s", content);
    size_t name = strncmp(err.message, first_file, strlen(first_file)) == 0 ? strlen(first_file) : 0;
    assert_string_equal(err.message + name, expected);
    assert_int_equal(found, status);
    bc_scores_free(&scores);
}

/* ---- the plain way against the careful one ---- */

static void assert_same_columns(const bc_scores *a, const bc_scores *b) {
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->logits, b->logits);
    assert_memory_equal(a->values, b->values, a->count * sizeof *a->values);
    assert_memory_equal(a->labels, b->labels, a->count);
    assert_int_equal(a->splits == NULL, b->splits == NULL);
    assert_int_equal(a->weights == NULL, b->weights == NULL);
    assert_int_equal(a->targets == NULL, b->targets == NULL);
    if (a->splits != NULL)
        assert_memory_equal(a->splits, b->splits, a->count);
    if (a->weights != NULL)
        assert_memory_equal(a->weights, b->weights, a->count * sizeof *a->weights);
    if (a->targets != NULL)
        assert_memory_equal(a->targets, b->targets, a->count * sizeof *a->targets);
    assert_int_equal(a->target_count, b->target_count);
    for (size_t i = 0; i < a->target_count; i++)
        assert_string_equal(a->target_names[i], b->target_names[i]);
}

static void assert_same(const bc_scores *a, const bc_scores *b) {
    assert_same_columns(a, b);
    for (size_t i = 0; i < a->count; i++) {
        if (bc_scores_line(a, i) != bc_scores_line(b, i))
            fail_msg("row %zu: line %llu, not %llu", i, (unsigned long long)bc_scores_line(b, i),
                     (unsigned long long)bc_scores_line(a, i));
    }
    assert_true(a->skipped == b->skipped);
    if (a->skipped > 0)
        assert_string_equal(a->first_skipped, b->first_skipped);
    if (a->negative != NULL)
        assert_string_equal(a->negative, b->negative);
}

/* Reads the file, which must have a column of paths, both ways, the plain one with several numbers of
 * threads: the same rows or the same error. Returns whether there were rows. */
static bool compare_ways(bc_scores_options options) {
    static const unsigned threads[] = {1, 2, 5};
    bc_error careful_err = {0};
    bc_scores careful;
    options.details = true;
    const bc_status status = bc_scores_read(&careful, first_file, &options, &careful_err);
    options.details = false;
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
        bc_error err = {0};
        bc_scores plain;
        options.threads = threads[i];
        assert_int_equal(bc_scores_read(&plain, first_file, &options, &err), status);
        assert_string_equal(err.message, careful_err.message);
        if (status == BC_OK)
            assert_same(&careful, &plain);
        bc_scores_free(&plain);
    }
    bc_scores_free(&careful);
    return status == BC_OK;
}

/* What a made file is like. */
typedef struct kind {
    int rows, odd; /* of so many rows one is odd; 0: none */
    const char *header, *line_end, *positive;
    bool skip_bad;
} kind;

static const char *pick(bc_random *random, const char *const *items, size_t count) {
    return items[bc_random_below(random, count)];
}

#define PICK(random, items) pick((random), (items), sizeof(items) / sizeof(items)[0])

/* A row that is read the careful way, or that cannot be used. */
static void append_odd(bc_text *text, bc_random *random, const kind *of) {
    static const char *const harmless[] = {
        "\n",
        "\"1\",\"0.25\",val,2,cat,a\n",
        "1,0.25,val,2,\"c,\"\"at\",a\n",
        "0,0.5,,,\"two\nlines\",\n",
        "1,\t0.125 ,test,1,dog,a\r\n",
        ",1e-400,,,cat,\n",
        "0,0x1p-3,oof,1e99,cat,b\n",
        "1,0.30000000000000004,train,.5,\"\"\"\",c\n",
        "1.0,0.12345678901234567890123,validation,1,bird,c\n",
    };
    static const char *const bad[] = {
        "1,0.5\n",
        "1,,val,1,cat,a\n",
        "1,nan,val,1,cat,a\n",
        "1,1.5,val,1,cat,a\n",
        "1,0.5,v,1,cat,a\n",
        "1,0.5,val,0,cat,a\n",
        "1,0.5,val,1,,a\n",
        "1,0.5,val,1,cat,a,b\n",
        "1,0.5,val,inf,x,\n",
        "1,0.5,val,1e300,x,\n",
        "5,0.5,val,1,cat,a\n",
        "1,0.5,\"val\"x,1,cat,a\n",
        " \n",
    };
    if (of->skip_bad && bc_random_below(random, 2) == 0)
        bc_text_string(text, PICK(random, bad));
    else
        bc_text_string(text, PICK(random, harmless));
}

static void append_row(bc_text *text, bc_random *random, const kind *of) {
    static const char *const labels[] = {"0", "1", "0", "1", "0", "1", ""};
    static const char *const names[] = {"no", "yes", "no", "perhaps", "\"yes\"", "a longer name"};
    static const char *const splits[] = {"val", "test", "", "oof", "train", "valid"};
    static const char *const weights[] = {"1", "2", "0.5", "", "1e3"};
    static const char *const targets[] = {"cat", "dog", "bird", "\"a, b\"", "x", "cat"};
    bc_text_string(text, of->positive != NULL ? PICK(random, names) : PICK(random, labels));
    bc_text_char(text, ',');
    bc_text_number(text, bc_random_uniform(random), 4 + (int)bc_random_below(random, 14));
    bc_text_format(text, ",%s,%s,", PICK(random, splits), PICK(random, weights));
    bc_text_format(text, "%s,%llu%s", PICK(random, targets),
                   (unsigned long long)bc_random_below(random, 100000), of->line_end);
}

static void make_file(const kind *of, uint64_t seed) {
    bc_text text = {0};
    bc_random random = bc_random_keyed(seed, BC_RANDOM_RESAMPLE, 41, 0);
    bc_text_format(&text, "%s%s", of->header, of->line_end);
    for (int i = 0; i < of->rows; i++) {
        if (of->odd > 0 && bc_random_below(&random, (uint64_t)of->odd) == 0)
            append_odd(&text, &random, of);
        append_row(&text, &random, of);
    }
    if (seed % 2 == 0)
        text.length -= strlen(of->line_end); /* no line end behind the last row */
    write_file(first_file, text.data, text.length);
    bc_text_free(&text);
}

static const char full_header[] = "label,score,split,weight,target,path";

static void plain_rows_are_read_as_the_careful_way_does(void **state) {
    (void)state;
    static const kind kinds[] = {
        {.rows = 3, .header = full_header, .line_end = "\n"},
        {.rows = 60000, .header = full_header, .line_end = "\n"},
        {.rows = 30000, .header = full_header, .line_end = "\r\n"},
        {.rows = 30000, .header = "label,score,a,b,c,path", .line_end = "\n"},
        {.rows = 30000, .header = full_header, .line_end = "\n", .positive = "yes"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        make_file(&kinds[i], i);
        assert_true(compare_ways((bc_scores_options){.positive = kinds[i].positive}));
    }
}

/* A file's columns by their first letters: label, value, group. */
static void append_cells(bc_text *text, const char *columns, const char *label, const char *value,
                         const char *group) {
    for (const char *c = columns; *c != '\0'; c++) {
        if (c > columns)
            bc_text_char(text, ',');
        bc_text_string(text, *c == 'l' ? label : *c == 'v' ? value : group);
    }
}

/* Always the same rows, most of them common ones. */
static void read_made(bc_scores *scores, const char *columns, bool logits, const char *line_end) {
    static const char *const labels[] = {"1", "0", "", "\"1\"", "true", "0.0"};
    static const char *const odd[] = {"0.5e-1", "\"0.25\"", " 0.125", "1",    "0",      ".5",          "1.",
                                      "1E-5",   "0x1p-2",   "1e-400", "+0.5", "0.5 \t", "0.1234567e0", "0.0"};
    bc_random random = bc_random_keyed(1, BC_RANDOM_RESAMPLE, 43, 0);
    bc_text text = {0};
    append_cells(&text, columns, "label", logits ? "logit" : "score", "group");
    bc_text_string(&text, line_end);
    for (int i = 0; i < 30000; i++) {
        char value[BC_NUMBER_SIZE];
        const double uniform = bc_random_uniform(&random);
        const bool other = bc_random_below(&random, 3000) == 0;
        bc_number_print(value, logits ? 30 * (uniform - 0.5) : uniform,
                        1 + (int)bc_random_below(&random, 18));
        append_cells(&text, columns, labels[bc_random_below(&random, other ? 6 : 3)],
                     other ? PICK(&random, odd) : value, "");
        bc_text_string(&text, line_end);
    }
    read_well(scores, text.data, &(bc_scores_options){.details = true, .threads = 2});
    bc_text_free(&text);
}

/* Only a file with groups is read the careful way. */
static void columns_in_any_order_are_read_as_the_careful_way_does(void **state) {
    (void)state;
    static const char *const others[] = {"lv", "vl", "lv", "vl"}, *const line_ends[] = {"\n", "\n", "\r\n",
                                                                                        "\r\n"};
    for (int logits = 0; logits <= 1; logits++) {
        bc_scores careful;
        read_made(&careful, "lvg", logits, "\n");
        assert_int_equal(careful.count, 30000);
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
            bc_scores plain;
            read_made(&plain, others[i], logits, line_ends[i]);
            assert_same(&careful, &plain);
            bc_scores_free(&plain);
        }
        bc_scores_free(&careful);
    }
}

static void odd_rows_among_plain_ones_change_nothing(void **state) {
    (void)state;
    static const int odds[] = {5, 100, 3000, 40000};
    for (size_t i = 0; i < sizeof odds / sizeof odds[0]; i++) {
        const kind of = {.rows = 30000, .odd = odds[i], .header = full_header, .line_end = "\n"};
        make_file(&of, 10 + i);
        assert_true(compare_ways((bc_scores_options){0}));
    }
}

static void bad_rows_are_counted_alike_by_any_number_of_threads(void **state) {
    (void)state;
    static const int odds[] = {3, 500, 20000};
    for (size_t i = 0; i < sizeof odds / sizeof odds[0]; i++) {
        const kind of = {
            .rows = 30000, .odd = odds[i], .header = full_header, .line_end = "\n", .skip_bad = true};
        make_file(&of, 20 + i);
        assert_true(compare_ways((bc_scores_options){.skip_bad = true}));
    }
}

static void the_first_bad_row_is_told_by_any_number_of_threads(void **state) {
    (void)state;
    for (uint64_t seed = 30; seed < 36; seed++) {
        const kind of = {
            .rows = 40000, .odd = 9000, .header = full_header, .line_end = "\n", .skip_bad = true};
        make_file(&of, seed);
        compare_ways((bc_scores_options){0});
    }
}

/* Every cell of two characters against its reading as the last one of a longer row. */
static void every_short_cell_is_read_the_same_both_ways(void **state) {
    (void)state;
    static const char characters[] = "01.-+e \t\"',;\rnx";
    for (const char *a = characters; *a != '\0'; a++) {
        for (const char *b = characters; *b != '\0'; b++) {
            char text[256];
            int length =
                snprintf(text, sizeof text,
                         "label,logit,path\n1,1,\n0,2,\n,3,\n%c%c,1,\n1,%c%c,\n1,1,%c%c\n%c%c,1,%c\n1,1,1\n",
                         *a, *b, *a, *b, *a, *b, *a, *b, *a);
            write_file(first_file, text, (size_t)length);
            compare_ways((bc_scores_options){.skip_bad = true});
            compare_ways((bc_scores_options){0});
        }
    }
}

static void a_long_line_among_short_ones_is_read(void **state) {
    (void)state;
    bc_text text = {0};
    bc_text_string(&text, "path,label,score\n");
    for (int i = 0; i < 50000; i++) {
        if (i % 20000 == 7)
            for (int k = 0; k < 40000; k++)
                bc_text_string(&text, "long note ");
        bc_text_format(&text, "n,%d,0.%d\n", i % 2, i);
    }
    write_file(first_file, text.data, text.length);
    bc_text_free(&text);
    assert_true(compare_ways((bc_scores_options){0}));
}

static void a_nul_byte_is_told_whichever_way(void **state) {
    (void)state;
    bc_text text = {0};
    bc_text_string(&text, "path,label,score\n");
    for (int i = 0; i < 50000; i++)
        bc_text_format(&text, "n,%d,0.%d\n", i % 2, i);
    text.data[text.length - 9] = '\0';
    write_file(first_file, text.data, text.length);
    bc_text_free(&text);
    assert_false(compare_ways((bc_scores_options){0}));
    assert_true(compare_ways((bc_scores_options){.skip_bad = true}));
}

/* ---- both ways against what was written ---- */

enum { MADE_ROWS = 120000, MADE_CELL = 48 };

/* The rows of made files: what is written, and what strtod says of it. */
typedef struct made_rows {
    char values[MADE_ROWS][MADE_CELL];
    const char *label_texts[MADE_ROWS];
    double numbers[MADE_ROWS];
    int8_t labels[MADE_ROWS];
} made_rows;

/* How they are laid out; columns as for append_cells. */
typedef struct layout {
    const char *header, *columns, *line_end;
    int odd;                  /* of so many rows one has a note that ends the plain way; 0: none */
    bool logits, cut, zipped; /* cut: no line end behind the last row */
} layout;

static void draw_value(char text[MADE_CELL], bc_random *random, bool logits) {
    static const char *const odd[] = {"1e-30", "1E-5", "5e-324", "0", "1", "0.0", "1.", ".5", "+0.25", "1e0"};
    const double uniform = bc_random_uniform(random), value = logits ? 80 * (uniform - 0.5) : uniform;
    switch (bc_random_below(random, 10)) {
    case 0:
        snprintf(text, MADE_CELL, "%s", PICK(random, odd));
        return;
    case 1:
        snprintf(text, MADE_CELL, "%.17g", value * pow(10, -(double)bc_random_below(random, 320)));
        return;
    case 2:
        snprintf(text, MADE_CELL, "%.40f", value);
        return;
    case 3:
        snprintf(text, MADE_CELL, "%.0f", value);
        return;
    case 4:
        snprintf(text, MADE_CELL, "%.3e", value);
        return;
    case 5:
        snprintf(text, MADE_CELL, "%.*f", 1 + (int)bc_random_below(random, 16), value);
        return;
    default:
        snprintf(text, MADE_CELL, "%.17g", value);
    }
}

static made_rows *make_rows(uint64_t seed, bool logits) {
    static const struct {
        const char *text;
        int8_t label;
    } labels[] = {{"0", 0},     {"1", 1},     {"0", 0},    {"1", 1},     {"", -1},
                  {"\"1\"", 1}, {"\"0\"", 0}, {"true", 1}, {"false", 0}, {"0.0", 0}};
    bc_random random = bc_random_keyed(seed, BC_RANDOM_RESAMPLE, 47, 0);
    made_rows *rows = malloc(sizeof *rows);
    assert_non_null(rows);
    for (int i = 0; i < MADE_ROWS; i++) {
        const uint64_t label = bc_random_below(&random, bc_random_below(&random, 50) == 0 ? 10 : 5);
        draw_value(rows->values[i], &random, logits);
        rows->numbers[i] = strtod(rows->values[i], NULL);
        rows->label_texts[i] = labels[label].text;
        rows->labels[i] = labels[label].label;
    }
    return rows;
}

static void write_zipped(const char *path, const char *content, size_t length) {
    gzFile zipped = gzopen(path, "wb1");
    assert_non_null(zipped);
    assert_int_equal(gzwrite(zipped, content, (unsigned)length), length);
    assert_int_equal(gzclose(zipped), Z_OK);
}

static void write_rows(const made_rows *rows, const layout *of) {
    static const char *const notes[] = {"a/1.png", "", "\"b, c\""};
    static const char *const odd[] = {"\"says \"\"no\"\"\"", "\"two\nlines\"", "\"\"\"\""};
    bc_random random = bc_random_keyed(1, BC_RANDOM_RESAMPLE, 53, 0);
    bc_text text = {0};
    bc_text_format(&text, "%s%s", of->header, of->line_end);
    for (int i = 0; i < MADE_ROWS; i++) {
        const bool is_odd = of->odd > 0 && bc_random_below(&random, (uint64_t)of->odd) == 0;
        const char *note = is_odd ? PICK(&random, odd) : PICK(&random, notes);
        append_cells(&text, of->columns, rows->label_texts[i], rows->values[i], note);
        bc_text_string(&text, of->line_end);
    }
    text.length -= of->cut ? strlen(of->line_end) : 0;
    (of->zipped ? write_zipped : write_file)(first_file, text.data, text.length);
    bc_text_free(&text);
}

static void assert_read(const made_rows *rows, const bc_scores_options *options, const char *what) {
    bc_error err = {0};
    bc_scores scores;
    if (bc_scores_read(&scores, first_file, options, &err) != BC_OK)
        fail_msg("%s: refused: %s", what, err.message);
    assert_int_equal(scores.count, MADE_ROWS);
    for (size_t i = 0; i < MADE_ROWS; i++) {
        if (memcmp(&scores.values[i], &rows->numbers[i], sizeof(double)) != 0 ||
            scores.labels[i] != rows->labels[i])
            fail_msg("%s, %u threads%s: row %zu: %d, %a for %s, %s", what, options->threads,
                     options->details ? ", careful" : "", i, scores.labels[i], scores.values[i],
                     rows->label_texts[i], rows->values[i]);
    }
    bc_scores_free(&scores);
}

/* Nine blocks, so that each of eight threads has one after the first. Expected values: strtod. */
static void rows_are_what_was_written_whichever_way_they_are_read(void **state) {
    (void)state;
    static const unsigned threads[] = {1, 2, 3, 8};
    static const layout layouts[] = {
        {.header = "label,score", .columns = "lv", .line_end = "\n"},
        {.header = "score,label", .columns = "vl", .line_end = "\r\n", .cut = true},
        {.header = "label,logit", .columns = "lv", .line_end = "\n", .zipped = true, .logits = true},
        {.header = "path,label,note,logit", .columns = "nlnv", .line_end = "\n", .cut = true, .logits = true},
        {.header = "label,score,path", .columns = "lvn", .line_end = "\r\n", .odd = 40000, .zipped = true},
        {.header = "score,path,label,note", .columns = "vnln", .line_end = "\n", .odd = 40},
    };
    made_rows *both[] = {make_rows(71, false), make_rows(72, true)};
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        const layout *of = &layouts[i];
        const made_rows *rows = both[of->logits];
        write_rows(rows, of);
        for (size_t k = 0; k < sizeof threads / sizeof threads[0]; k++)
            assert_read(rows, &(bc_scores_options){.threads = threads[k]}, of->header);
        if (strstr(of->header, "path") != NULL)
            assert_read(rows, &(bc_scores_options){.threads = 2, .details = true}, of->header);
    }
    free(both[0]);
    free(both[1]);
}

/* ---- files that end too early ---- */

static void a_damaged_gzip_file_is_an_error_even_when_bad_rows_are_skipped(void **state) {
    (void)state;
    const kind of = {.rows = 60000, .header = full_header, .line_end = "\n"};
    char text[4096];
    size_t got;
    make_file(&of, 51);
    FILE *plain = fopen(first_file, "rb"), *cut;
    gzFile zipped = gzopen(second_file, "wb");
    while ((got = fread(text, 1, sizeof text, plain)) > 0)
        gzwrite(zipped, text, (unsigned)got);
    fclose(plain);
    gzclose(zipped);
    cut = fopen(second_file, "r+b");
    fseek(cut, 0, SEEK_END);
    long size = ftell(cut);
    fclose(cut);
    bc_error err = {0};
    bc_scores scores;
    assert_int_equal(bc_scores_read(&scores, second_file, &(bc_scores_options){0}, &err), BC_OK);
    assert_int_equal(scores.count, 60000);
    bc_scores_free(&scores);
    assert_int_equal(truncate(second_file, size / 2), 0);
    assert_int_equal(bc_scores_read(&scores, second_file, &(bc_scores_options){.skip_bad = true}, &err),
                     BC_ERROR_FORMAT);
    assert_non_null(strstr(err.message, "damaged gzip data"));
    bc_scores_free(&scores);
}

/* ---- rows and lines ---- */

static void rows_know_their_lines(void **state) {
    (void)state;
    static const uint64_t lines[] = {4, 5, 7, 8, 10, 12};
    bc_scores scores;
    read_well(&scores,
              "\n\nnote,label,score\na,1,0.5\nb,1,0.5\n\nc,0,0.5\n\"d\nd\",1,0.5\ne,0,0.5\nbad\nf,1,0.1\n",
              &(bc_scores_options){.skip_bad = true});
    assert_int_equal(scores.count, 6);
    for (size_t i = 0; i < scores.count; i++)
        assert_int_equal(bc_scores_line(&scores, i), lines[i]);
    assert_string_equal(bc_scores_file(&scores, 5), first_file);
    bc_scores_free(&scores);
    read_well(&scores, "1,0.5\n0,0.5\n", &(bc_scores_options){0});
    assert_int_equal(bc_scores_line(&scores, 0), 1);
    assert_int_equal(bc_scores_line(&scores, 1), 2);
    bc_scores_free(&scores);
    read_well(&scores, "{\"label\":1,\"score\":0.5}\n\n{\"label\":0,\"score\":0.5}\n",
              &(bc_scores_options){0});
    assert_int_equal(bc_scores_line(&scores, 1), 3);
    bc_scores_free(&scores);
    bc_error err = {0};
    bc_scores made = {0};
    assert_int_equal(bc_scores_add(&made, &bc_score_row_blank, &err), BC_OK);
    assert_int_equal(bc_scores_line(&made, 0), 0);
    assert_string_equal(bc_scores_file(&made, 0), "");
    bc_scores_free(&made);
}

/* ---- rows that cannot be used ---- */

static void rows_that_cannot_be_used_are_counted_and_the_first_is_told(void **state) {
    (void)state;
    char expected[160];
    bc_scores scores;
    read_well(&scores, "label,score\n1,0.5\n0,x\n-1,2\n0,0.25\n1\n\"1,0.5\n",
              &(bc_scores_options){.skip_bad = true});
    assert_int_equal(scores.count, 2);
    assert_true(scores.values[1] == 0.25 && scores.labels[1] == 0);
    assert_int_equal(scores.skipped, 4);
    snprintf(expected, sizeof expected, "%s:3: score 'x' is no number", first_file);
    assert_string_equal(scores.first_skipped, expected);
    bc_scores_free(&scores);
    read_well(&scores, "{\"label\":1,\"score\":0.5}\n{\n{\"label\":1}\n",
              &(bc_scores_options){.skip_bad = true});
    assert_int_equal(scores.count, 1);
    assert_int_equal(scores.skipped, 2);
    bc_scores_free(&scores);
    read_well(&scores, "label,score\n1,0.5\n", &(bc_scores_options){.skip_bad = true});
    assert_int_equal(scores.skipped, 0);
    assert_null(scores.first_skipped);
    bc_scores_free(&scores);
}

static void a_file_without_a_row_to_use_is_an_error(void **state) {
    (void)state;
    char expected[160];
    snprintf(expected, sizeof expected, ": no row could be used; the first: %s:2: score 'x' is no number",
             first_file);
    assert_refused("label,score\n1,x\n2,0.5\n", &(bc_scores_options){.skip_bad = true}, BC_ERROR_FORMAT,
                   expected);
    assert_refused("label,score\n1,0.5\n\"0,0.5\n1,0.5\n", &(bc_scores_options){.skip_bad = true},
                   BC_ERROR_FORMAT, ":3: a quoted field does not end");
    assert_refused(
        "label,scores\n1,0.5\n", &(bc_scores_options){.skip_bad = true}, BC_ERROR_USAGE,
        ": no score column (logit, score, y_score, prob or probability); name it with --score-col; the "
        "columns are: label, scores");
    assert_refused("{\"label\":1,\"prob\":0.5,\"prob\":0}\n{\"label\":1,\"score\":0.125}\n",
                   &(bc_scores_options){.skip_bad = true}, BC_ERROR_FORMAT,
                   ":1: two columns are called 'prob'");
}

/* ---- names of columns ---- */

static void names_of_columns_need_not_match_in_case_and_blanks(void **state) {
    (void)state;
    bc_scores scores;
    read_well(&scores, " Label,SCORE ,Weight\n1,0.5,2\n", &(bc_scores_options){0});
    assert_true(scores.labels[0] == 1 && scores.values[0] == 0.5 && scores.weights[0] == 2);
    bc_scores_free(&scores);
    read_well(&scores, "label,score,LOGIT\n1,0.5,7\n", &(bc_scores_options){0});
    assert_true(scores.logits && scores.values[0] == 7);
    bc_scores_free(&scores);
    read_well(&scores, "LABEL,label,Score\n0,1,0.5\n", &(bc_scores_options){0});
    assert_int_equal(scores.labels[0], 1);
    bc_scores_free(&scores);
    read_well(&scores, "{\"Y_True\":1,\" prob\":0.5}\n", &(bc_scores_options){.score_column = "PROB"});
    assert_true(scores.labels[0] == 1 && scores.values[0] == 0.5);
    bc_scores_free(&scores);
    assert_refused("Label,LABEL,score\n1,1,0.5\n", &(bc_scores_options){0}, BC_ERROR_FORMAT,
                   ": two columns are called 'label'");
}

static void a_column_is_not_read_as_two_things(void **state) {
    (void)state;
    const char *const text = "label,score,split,y_true\n1,0.5,val,1\n0,0.25,val,0\n";
    assert_refused(text, &(bc_scores_options){.score_column = "label"}, BC_ERROR_USAGE,
                   ": column 'label' is the label and cannot also be the score");
    assert_refused(text, &(bc_scores_options){.weight_column = "score"}, BC_ERROR_USAGE,
                   ": column 'score' is the score and cannot also be the weight");
    assert_refused(text, &(bc_scores_options){.target_column = "split"}, BC_ERROR_USAGE,
                   ": column 'split' is the split and cannot also be what the row is about");
    assert_refused("y_a,s_a\n1,0.5\n", &(bc_scores_options){.wide = "y_:s_", .weight_column = "s_a"},
                   BC_ERROR_USAGE, ": column 's_a' is the score and cannot also be the weight");
    assert_refused("0.5,1\n", &(bc_scores_options){.label_column = "2"}, BC_ERROR_USAGE,
                   ": column '2' is the label and cannot also be the score");
}

static void a_column_that_is_named_for_one_thing_is_not_found_for_another(void **state) {
    (void)state;
    bc_scores scores;
    read_well(&scores, "logit,score\n1,0.5\n0,0.25\n", &(bc_scores_options){.label_column = "logit"});
    assert_true(!scores.logits && scores.values[0] == 0.5 && scores.labels[0] == 1);
    bc_scores_free(&scores);
    read_well(&scores, "weight,score\n1,0.5\n0,0.25\n", &(bc_scores_options){.label_column = "weight"});
    assert_true(scores.weights == NULL && scores.labels[1] == 0);
    bc_scores_free(&scores);
    assert_refused("score,weight\n1,2\n", &(bc_scores_options){.label_column = "score"}, BC_ERROR_USAGE,
                   ": no score column (logit, score, y_score, prob or probability); name it with "
                   "--score-col; the columns are: score, weight");
}

/* ---- weights ---- */

static void labels_may_be_missing_where_they_are_optional(void **state) {
    static const char *const files[] = {"score,split\n0.25,val\n0.5,test\n", "0.25\n0.5\n",
                                        "{\"score\": 0.25}\n{\"score\": 0.5}\n",
                                        "label,score\n,0.25\n,0.5\n"};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof files / sizeof files[0]; i++) {
        const bc_scores_options options = {.labels_optional = true, .details = i % 2 == 1};
        bc_scores scores;
        read_well(&scores, files[i / 2], &options);
        assert_int_equal(scores.count, 2);
        for (size_t row = 0; row < 2; row++) {
            assert_int_equal(scores.labels[row], -1);
            assert_true(scores.values[row] == (row == 0 ? 0.25 : 0.5));
        }
        bc_scores_free(&scores);
    }
    const bc_scores_options needed = {0};
    assert_refused(
        files[0], &needed, BC_ERROR_USAGE,
        ": no label column (label or y_true); name it with --label-col; the columns are: score, split");
}

static void weights_are_read_without_details(void **state) {
    (void)state;
    bc_scores scores;
    read_well(&scores, "label,score,weight\n1,0.5,2.5\n0,0.5,\n0,0.5,1e-100\n", &(bc_scores_options){0});
    assert_true(scores.weights[0] == 2.5 && scores.weights[1] == 1 && scores.weights[2] == 1e-100);
    bc_scores_free(&scores);
    read_well(&scores, "label,score,weight,w\n1,0.5,2,3\n", &(bc_scores_options){.weight_column = "w"});
    assert_true(scores.weights[0] == 3);
    bc_scores_free(&scores);
    read_well(&scores, "label,score,weight\n1,0.5,1\n0,0.5,1.0\n", &(bc_scores_options){0});
    assert_null(scores.weights);
    bc_scores_free(&scores);
    read_well(&scores, "1,0.5,2\n",
              &(bc_scores_options){.label_column = "1", .score_column = "2", .weight_column = "3"});
    assert_true(scores.weights[0] == 2);
    bc_scores_free(&scores);
    read_well(&scores, "{\"label\":1,\"score\":0.5,\"weight\":2}\n{\"label\":1,\"score\":\"0.25\"}\n",
              &(bc_scores_options){0});
    assert_true(scores.weights[0] == 2 && scores.weights[1] == 1 && scores.values[1] == 0.25);
    bc_scores_free(&scores);
    assert_refused("{\"label\":1,\"score\":0.5,\"weight\":-2}\n", &(bc_scores_options){0}, BC_ERROR_FORMAT,
                   ":1: weight '-2' is no finite number above 0");
    static const char *const wrong[] = {"0", "-1", "nan", "inf", "x"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[64], expected[64];
        snprintf(text, sizeof text, "label,score,weight\n1,0.5,1\n1,0.5,%s\n", wrong[i]);
        snprintf(expected, sizeof expected, ":3: weight '%s' is no finite number above 0", wrong[i]);
        assert_refused(text, &(bc_scores_options){0}, BC_ERROR_FORMAT, expected);
    }
    assert_refused("label,score,weight\n1,0.5,1e101\n", &(bc_scores_options){0}, BC_ERROR_FORMAT,
                   ":2: weight '1e101' is not from 1e-100 to 1e100");
    assert_refused("label,score,weight\n1,0.5,1e-200\n", &(bc_scores_options){0}, BC_ERROR_FORMAT,
                   ":2: weight '1e-200' is not from 1e-100 to 1e100");
    assert_refused("label,score\n1,0.5\n", &(bc_scores_options){.weight_column = "w"}, BC_ERROR_USAGE,
                   ": no column 'w'; the columns are: label, score");
}

/* ---- targets ---- */

static void a_target_column_names_what_a_row_is_about(void **state) {
    (void)state;
    bc_scores scores;
    read_well(&scores, "target,label,score\ndog,1,0.5\ncat,0,0.25\ndog,,0.75\n", &(bc_scores_options){0});
    assert_int_equal(scores.target_count, 2);
    assert_string_equal(scores.target_names[0], "dog");
    assert_string_equal(scores.target_names[1], "cat");
    assert_true(scores.targets[0] == 0 && scores.targets[1] == 1 && scores.targets[2] == 0);
    bc_scores_free(&scores);
    read_well(&scores, "kind,label,score\na,1,0.5\n", &(bc_scores_options){.target_column = "kind"});
    assert_string_equal(scores.target_names[scores.targets[0]], "a");
    bc_scores_free(&scores);
    read_well(&scores, "target,score\n1,0.5\n", &(bc_scores_options){.label_column = "target"});
    assert_null(scores.targets);
    assert_int_equal(scores.labels[0], 1);
    bc_scores_free(&scores);
    read_well(&scores, "label,score\n1,0.5\n", &(bc_scores_options){0});
    assert_true(scores.targets == NULL && scores.target_names == NULL && scores.target_count == 0);
    bc_scores_free(&scores);
    assert_refused("target,label,score\n,1,0.5\n", &(bc_scores_options){0}, BC_ERROR_FORMAT,
                   ":2: target '' is no name");
    assert_refused("label,score\n1,0.5\n", &(bc_scores_options){.target_column = "label"}, BC_ERROR_USAGE,
                   ": column 'label' is the label and cannot also be what the row is about");
}

static void a_column_of_too_many_names_is_refused(void **state) {
    (void)state;
    bc_text text = {0};
    bc_text_string(&text, "path,label,score\n");
    for (int i = 0; i <= BC_TARGET_LIMIT; i++)
        bc_text_format(&text, "%d.png,1,0.5\n", i);
    assert_refused(
        text.data, &(bc_scores_options){.target_column = "path"}, BC_ERROR_LIMIT,
        ":65538: more than 65536 different names in column 'path'; is it the one that names the label "
        "a row is about?");
    bc_text_free(&text);
}

/* ---- wide files ---- */

static void a_wide_file_gives_a_row_for_each_label(void **state) {
    (void)state;
    bc_scores scores;
    const bc_scores_options wide = {.wide = "y_:s_"};
    read_well(&scores, "file,y_cat,y_dog,s_dog,s_cat,split\na,1,0,0.25,0.5,val\n\nb,,1,0.125,1,test\n",
              &wide);
    assert_int_equal(scores.count, 4);
    static const double values[] = {0.5, 0.25, 1, 0.125};
    static const int8_t labels[] = {1, 0, -1, 1};
    static const uint64_t lines[] = {2, 2, 4, 4};
    for (size_t i = 0; i < 4; i++) {
        assert_true(scores.values[i] == values[i] && scores.labels[i] == labels[i]);
        assert_int_equal(scores.targets[i], i % 2);
        assert_int_equal(bc_scores_line(&scores, i), lines[i]);
        assert_int_equal(bc_scores_split(&scores, i), i < 2 ? BC_SPLIT_VAL : BC_SPLIT_TEST);
    }
    assert_string_equal(scores.target_names[0], "cat");
    assert_string_equal(scores.target_names[1], "dog");
    bc_scores_free(&scores);
    read_well(&scores, "{\"y_a\":1,\"s_a\":0.5,\"y_b\":0,\"s_b\":0.25}\n{\"y_a\":0,\"s_a\":0,\"s_b\":1}\n",
              &wide);
    assert_int_equal(scores.count, 4);
    assert_true(scores.labels[3] == -1 && scores.values[3] == 1);
    bc_scores_free(&scores);
    read_well(&scores, "y_a,y_score_a\n1,0.5\n", &(bc_scores_options){.wide = "y_:y_score_"});
    assert_true(scores.count == 1 && scores.values[0] == 0.5);
    bc_scores_free(&scores);
}

static void what_is_wrong_with_a_wide_file_is_told(void **state) {
    (void)state;
    const bc_scores_options wide = {.wide = "y_:s_"};
    assert_refused("y_a,s_a,y_b\n1,0.5,1\n", &wide, BC_ERROR_FORMAT,
                   ": column 'y_b' has no column 's_b' with it");
    assert_refused("y_a,s_a,s_b\n1,0.5,1\n", &wide, BC_ERROR_FORMAT,
                   ": column 's_b' has no column 'y_b' with it");
    assert_refused("y_a,s_a,y_a\n1,0.5,1\n", &wide, BC_ERROR_FORMAT, ": two columns are called 'y_a'");
    assert_refused("label,score\n1,0.5\n", &wide, BC_ERROR_USAGE,
                   ": no columns with the two prefixes; the columns are: label, score");
    assert_refused("1,0.5\n", &wide, BC_ERROR_USAGE, ": no header line, and so no columns with prefixes");
    assert_refused("y_a,s_a\n1,0.5\n1,x\n", &wide, BC_ERROR_FORMAT, ":3: s_a 'x' is no number");
    assert_refused("y_a,s_a\n1,0.5\n7,0.5\n", &wide, BC_ERROR_FORMAT,
                   ":3: y_a '7' is neither 1 nor 0 (or -1)");
    static const char *const wrong[] = {"y_", "y_:", ":s_", "y_:y_", "a:b:c"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char expected[64];
        snprintf(expected, sizeof expected, "'%s' is not two different prefixes such as y_:s_", wrong[i]);
        assert_refused("y_a,s_a\n1,0.5\n", &(bc_scores_options){.wide = wrong[i]}, BC_ERROR_USAGE, expected);
    }
    assert_refused("y_a,s_a\n1,0.5\n", &(bc_scores_options){.wide = "y_:s_", .label_column = "y_a"},
                   BC_ERROR_USAGE,
                   "'y_:s_' names columns of labels and scores; --label-col, --score-col and --by cannot be "
                   "given beside it");
}

static void wide_rows_are_read_the_same_both_ways(void **state) {
    (void)state;
    bc_text text = {0};
    bc_random random = bc_random_keyed(61, BC_RANDOM_RESAMPLE, 0, 0);
    bc_text_string(&text, "y_a,path,s_a,s_b,y_b,weight\n");
    for (int i = 0; i < 20000; i++) {
        if (i % 7000 == 5)
            bc_text_string(&text, "1,n,0.5,2,1,1\n");
        bc_text_format(&text, "%d,\"n, %d\",%.9g,%.9g,%s,%d\n", i % 2, i, bc_random_uniform(&random),
                       bc_random_uniform(&random), i % 3 == 0 ? "" : "1", 1 + i % 4);
    }
    write_file(first_file, text.data, text.length);
    bc_text_free(&text);
    assert_true(compare_ways((bc_scores_options){.wide = "y_:s_", .skip_bad = true}));
    assert_false(compare_ways((bc_scores_options){.wide = "y_:s_"}));
}

/* ---- several files ---- */

static bc_status read_both(bc_scores *scores, const char *first, const char *second,
                           const bc_scores_options *options, bc_error *err) {
    const char *const paths[] = {first_file, second_file};
    write_file(first_file, first, strlen(first));
    write_file(second_file, second, strlen(second));
    return bc_scores_read_many(scores, paths, 2, options, err);
}

static void several_files_are_read_as_one(void **state) {
    (void)state;
    bc_error err = {0};
    bc_scores scores;
    assert_int_equal(read_both(&scores, "label,score,target\n1,0.5,a\n0,0.25,b\n",
                               "target;prob;weight;label\nc;0.75;2;1\nb;0.5;1;-1\n", &(bc_scores_options){0},
                               &err),
                     BC_OK);
    static const double values[] = {0.5, 0.25, 0.75, 0.5}, weights[] = {1, 1, 2, 1};
    static const int8_t labels[] = {1, 0, 1, 0};
    static const int32_t targets[] = {0, 1, 2, 1};
    static const uint64_t lines[] = {2, 3, 2, 3};
    assert_int_equal(scores.count, 4);
    assert_int_equal(scores.target_count, 3);
    for (size_t i = 0; i < 4; i++) {
        assert_true(scores.values[i] == values[i] && scores.weights[i] == weights[i]);
        assert_true(scores.labels[i] == labels[i] && scores.targets[i] == targets[i]);
        assert_int_equal(bc_scores_line(&scores, i), lines[i]);
        assert_string_equal(bc_scores_file(&scores, i), i < 2 ? first_file : second_file);
    }
    bc_scores_free(&scores);
    assert_int_equal(read_both(&scores, "label,score\nno,0.5\n", "label,score\nyes,0.5\nno,0.25\n",
                               &(bc_scores_options){.positive = "yes"}, &err),
                     BC_OK);
    assert_true(scores.count == 3 && scores.labels[1] == 1);
    assert_string_equal(scores.negative, "no");
    bc_scores_free(&scores);
}

static void files_that_do_not_go_together_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *first, *second, *message; /* with the names of the files as %1$s, %2$s in order */
        bool second_named_first;
    } cases[] = {
        {"label,score\n1,0.5\n", "label,logit\n1,3\n",
         "%s: holds logits where %s holds scores from 0 to 1; read the same column of both, see --score-col",
         true},
        {"label,logit\n1,3\n", "label,score\n1,0.5\n",
         "%s: holds scores from 0 to 1 where %s holds logits; read the same column of both, see --score-col",
         true},
        {"label,score\n1,0.5\n", "label,score,target\n1,0.5,a\n",
         "%s: has a column that names the label of a row, and %s has none", true},
        {"label,score,target\n1,0.5,a\n", "label,score\n1,0.5\n",
         "%s: has no column that names the label of a row, and %s has one", true},
        {"label,score\n1,0.5\n", "label,score\n", "%s: no rows below the header", true},
        {"label,score\n1,0.5\n", "label,score\n1,0.5\n0,y\n", "%s:3: score 'y' is no number", true},
        {"label,score\n1,x\n", "label,score\n1,0.5\n", "%s:2: score 'x' is no number", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bc_error err = {0};
        bc_scores scores;
        char expected[256];
        const char *named = cases[i].second_named_first ? second_file : first_file;
        const char *rest = strstr(cases[i].message, "%s") + 2, *other = strstr(rest, "%s");
        int length = snprintf(expected, sizeof expected, "%s%.*s", named,
                              other != NULL ? (int)(other - rest) : (int)strlen(rest), rest);
        if (other != NULL)
            snprintf(expected + length, sizeof expected - (size_t)length, "%s%s", first_file, other + 2);
        assert_int_not_equal(
            read_both(&scores, cases[i].first, cases[i].second, &(bc_scores_options){0}, &err), BC_OK);
        assert_string_equal(err.message, expected);
        bc_scores_free(&scores);
    }
}

static void a_number_that_no_double_holds_is_told(void **state) {
    (void)state;
    assert_refused("{\"label\":1,\"logit\":1e400}\n", &(bc_scores_options){0}, BC_ERROR_FORMAT,
                   ":1: logit is a number beyond what a double holds");
}

/* ---- real data ---- */

static void the_clothing_scores_are_read(void **state) {
    (void)state;
    static const char path[] = BC_SHARED_FOLDER "/data/scores/clothing_multilabel_oof.csv";
    if (access(path, R_OK) != 0) {
        print_message("%s is not there\n", path);
        skip();
    }
    bc_error err = {0};
    bc_scores scores;
    assert_int_equal(bc_scores_read(&scores, path, &(bc_scores_options){.wide = "y_:s_"}, &err), BC_OK);
    assert_int_equal(scores.target_count, 9);
    assert_int_equal(scores.count % 9, 0);
    assert_string_equal(scores.target_names[0], "t-shirt");
    assert_string_equal(scores.target_names[8], "kids");
    assert_true(scores.values[0] == 0.003308 && scores.values[8] == 0.008491 && scores.labels[0] == 0);
    assert_true(scores.labels[9] == 1 && scores.values[9] == 0.864143);
    bc_scores_free(&scores);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_rows_are_read_as_the_careful_way_does),
        cmocka_unit_test(columns_in_any_order_are_read_as_the_careful_way_does),
        cmocka_unit_test(odd_rows_among_plain_ones_change_nothing),
        cmocka_unit_test(bad_rows_are_counted_alike_by_any_number_of_threads),
        cmocka_unit_test(the_first_bad_row_is_told_by_any_number_of_threads),
        cmocka_unit_test(every_short_cell_is_read_the_same_both_ways),
        cmocka_unit_test(a_long_line_among_short_ones_is_read),
        cmocka_unit_test(a_nul_byte_is_told_whichever_way),
        cmocka_unit_test(rows_are_what_was_written_whichever_way_they_are_read),
        cmocka_unit_test(a_damaged_gzip_file_is_an_error_even_when_bad_rows_are_skipped),
        cmocka_unit_test(rows_know_their_lines),
        cmocka_unit_test(rows_that_cannot_be_used_are_counted_and_the_first_is_told),
        cmocka_unit_test(a_file_without_a_row_to_use_is_an_error),
        cmocka_unit_test(names_of_columns_need_not_match_in_case_and_blanks),
        cmocka_unit_test(labels_may_be_missing_where_they_are_optional),
        cmocka_unit_test(weights_are_read_without_details),
        cmocka_unit_test(a_column_is_not_read_as_two_things),
        cmocka_unit_test(a_column_that_is_named_for_one_thing_is_not_found_for_another),
        cmocka_unit_test(a_target_column_names_what_a_row_is_about),
        cmocka_unit_test(a_column_of_too_many_names_is_refused),
        cmocka_unit_test(a_wide_file_gives_a_row_for_each_label),
        cmocka_unit_test(what_is_wrong_with_a_wide_file_is_told),
        cmocka_unit_test(wide_rows_are_read_the_same_both_ways),
        cmocka_unit_test(several_files_are_read_as_one),
        cmocka_unit_test(files_that_do_not_go_together_are_refused),
        cmocka_unit_test(a_number_that_no_double_holds_is_told),
        cmocka_unit_test(the_clothing_scores_are_read),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
