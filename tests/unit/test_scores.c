/* The score table and its files. */
#define _POSIX_C_SOURCE 200809L
#include "cmocka_includes.h"

#include "base/file.h"
#include "base/output.h"
#include "base/random.h"

#include <bclass/logit.h>
#include <bclass/scores.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static char folder[] = "scores-test-XXXXXX";
static char file[64], short_file[64];

static int make_folder(void **state) {
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(file, sizeof file, "%s/scores", folder);
    snprintf(short_file, sizeof short_file, "%s/other", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(file);
    unlink(short_file);
    return rmdir(folder);
}

static bc_status read_with(bc_scores *scores, const char *content, const bc_scores_options *options,
                           bc_error *err) {
    assert_int_equal(bc_output_file(file, content, strlen(content), err), BC_OK);
    return bc_scores_read(scores, file, options, err);
}

static void read_well(bc_scores *scores, const char *content, const bc_scores_options *options) {
    bc_error err = {0};
    if (read_with(scores, content, options, &err) != BC_OK)
        fail_msg("refused: %s\n%s", err.message, content);
}

/* expected is the message behind the file's name. */
static void assert_refused(const char *content, const bc_scores_options *options, bc_status status,
                           const char *expected) {
    bc_error err = {0};
    bc_scores scores;
    bc_status found = read_with(&scores, content, options, &err);
    if (found == BC_OK)
        fail_msg("read without error:\n%s", content);
    assert_true(strncmp(err.message, file, strlen(file)) == 0);
    assert_string_equal(err.message + strlen(file), expected);
    assert_int_equal(found, status);
    bc_scores_free(&scores);
}

static const bc_scores_options plain = {0}, details = {.details = true};

static void the_own_format_is_read_whole(void **state) {
    (void)state;
    bc_scores scores;
    read_well(&scores,
              "path,label,logit,score,split,fold,group,weight\n"
              "a.png,1,-0.123456789,0.46917,val,0,anna,2\n"
              "\"b,\"\"2.png\",0,2.5,0.92414,test,,,1\n"
              "c.png,,40,1,oof,3,bert,1\n",
              &details);
    assert_int_equal(scores.count, 3);
    assert_true(scores.logits);
    assert_true(scores.values[0] == -0.123456789 && scores.values[1] == 2.5 && scores.values[2] == 40);
    assert_true(scores.labels[0] == 1 && scores.labels[1] == 0 && scores.labels[2] == -1);
    assert_int_equal(bc_scores_split(&scores, 0), BC_SPLIT_VAL);
    assert_int_equal(bc_scores_split(&scores, 1), BC_SPLIT_TEST);
    assert_int_equal(bc_scores_split(&scores, 2), BC_SPLIT_OOF);
    assert_string_equal(bc_scores_path(&scores, 1), "b,\"2.png");
    assert_string_equal(bc_scores_group(&scores, 0), "anna");
    assert_string_equal(bc_scores_group(&scores, 1), "");
    assert_true(scores.folds[0] == 0 && scores.folds[1] == -1 && scores.folds[2] == 3);
    assert_true(scores.weights[0] == 2 && scores.weights[1] == 1);
    assert_int_equal(bc_scores_count(&scores, BC_SPLIT_VAL, 1), 1);
    assert_int_equal(bc_scores_count(&scores, BC_SPLIT_VAL, 0), 0);
    bc_scores_free(&scores);
}

static void details_cost_nothing_when_not_asked_for(void **state) {
    (void)state;
    bc_scores scores;
    read_well(&scores, "path,label,score,fold\na,1,0.5,not read\n", &plain);
    assert_null(scores.paths);
    assert_null(scores.folds);
    assert_null(scores.strings);
    assert_string_equal(bc_scores_path(&scores, 0), "");
    bc_scores_free(&scores);
}

static void groups_alone_can_be_asked_for(void **state) {
    (void)state;
    static const bc_scores_options groups = {.groups = true};
    bc_scores scores;
    read_well(&scores, "path,label,score,fold,group\na,1,0.5,not read,anna\nb,0,0.25,,\n", &groups);
    assert_null(scores.paths);
    assert_null(scores.folds);
    assert_string_equal(bc_scores_group(&scores, 0), "anna");
    assert_string_equal(bc_scores_group(&scores, 1), "");
    bc_scores_free(&scores);
}

/* All say the same two rows: a positive of 0.75 and a negative of 0.25. */
static void many_spellings_say_the_same(void **state) {
    (void)state;
    static const struct {
        const char *content;
        bc_scores_options options;
    } spellings[] = {
        {"label,score\n1,0.75\n0,0.25\n", {0}},
        {"label,score\r\n1,0.75\r\n0,0.25", {0}},
        {"\xef\xbb\xbflabel,score\n1,0.75\n\n0,0.25\n\n", {0}},
        {"y_true\ty_score\n1\t7.5e-1\n-1\t.25\n", {0}},
        {"prob;label\n0.75;1\n0.25;0\n", {0}},
        {"\"label\",\"probability\"\n\"1\",\"0.75\"\n\"0\",\"0.25\"\n", {0}},
        {"label,score\n1.0, 0.75\n0.0, 0.25\n", {0}},
        {"label,score\nTrue,0.75\nFALSE,0.25\n", {0}},
        {"1,0.75\n0,0.25\n", {0}},
        {"0.75,x,1\n0.25,y,0\n", {.label_column = "3", .score_column = "1"}},
        {"truth,mine,score\nyes,0.75,0\nno,0.25,0\n",
         {.label_column = "truth", .score_column = "mine", .positive = "yes"}},
        {"label,score\n0,0.75\n1,0.25\n", {.positive = "0"}},
        {"label,score\n0,0.75\n1,0.25\n", {.positive = "0.0"}},
        {"{\"label\": 1, \"score\": 0.75}\n{\"score\": 0.25, \"label\": 0}\n", {0}},
        {"\n  {\"label\": true, \"score\": 0.75, \"more\": [1]}\r\n\n{\"label\": false, \"score\": 0.25}",
         {0}},
        {"{\"label\": \"cat\", \"score\": \"0.75\"}\n{\"label\": \"dog\", \"score\": 0.25}\n",
         {.positive = "cat"}},
    };
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        bc_scores scores;
        read_well(&scores, spellings[i].content, &spellings[i].options);
        assert_int_equal(scores.count, 2);
        assert_false(scores.logits);
        assert_true(scores.labels[0] == 1 && scores.labels[1] == 0);
        assert_true(scores.values[0] == 0.75 && scores.values[1] == 0.25);
        assert_int_equal(bc_scores_split(&scores, 0), BC_SPLIT_NONE);
        bc_scores_free(&scores);
    }
}

static void the_logit_is_preferred_and_may_be_infinite(void **state) {
    (void)state;
    bc_scores scores;
    read_well(&scores, "label,score,logit\n1,1,inf\n0,0,-Infinity\n1,1,36.7368005696771\n", &plain);
    assert_true(scores.logits);
    assert_true(scores.values[0] == INFINITY && scores.values[1] == -INFINITY);
    assert_true(scores.values[2] == 36.7368005696771);
    bc_scores_free(&scores);
    read_well(&scores, "label,score,logit\n1,0.5,7\n", &(bc_scores_options){.score_column = "score"});
    assert_false(scores.logits);
    assert_true(scores.values[0] == 0.5);
    bc_scores_free(&scores);
    read_well(&scores, "label,score\n1,-3\n0,12\n", &(bc_scores_options){.logit = true});
    assert_true(scores.logits);
    assert_true(scores.values[1] == 12);
    bc_scores_free(&scores);
}

static void class_names_are_known_where_labels_are_names(void **state) {
    (void)state;
    bc_scores scores;
    read_well(&scores, "label,score\nno,0.5\nyes,0.6\n", &(bc_scores_options){.positive = "yes"});
    assert_string_equal(scores.positive, "yes");
    assert_string_equal(scores.negative, "no");
    bc_scores_free(&scores);
    read_well(&scores, "label,score\nno,0.5\nyes,0.6\nperhaps,0.6\n",
              &(bc_scores_options){.positive = "yes"});
    assert_string_equal(scores.negative, "not yes");
    bc_scores_free(&scores);
    read_well(&scores, "label,score\n0,0.5\n", &plain);
    assert_null(scores.positive);
    bc_scores_free(&scores);
}

static void what_cannot_be_used_names_file_and_line(void **state) {
    (void)state;
    static const struct {
        const char *content, *message;
    } wrong[] = {
        {"", ": empty, there are no scores"},
        {"\n  \n", ": empty, there are no scores"},
        {"label,score\n", ": no rows below the header"},
        {"label,score\n1,0.5\n0,nan\n", ":3: score 'nan' is not a number (NaN)"},
        {"label,score\n1,\n", ":2: score '' is no number"},
        {"label,logit\n1,1e400\n", ":2: logit '1e400' is no number"},
        {"label,score\n1,\"0,5\"\n", ":2: score '0,5' is no number"},
        {"label,score\n1,0.5\n0,1.5\n",
         ":3: score '1.5' is outside [0, 1]; if the column holds logits, say --logit"},
        {"label,score\n1,inf\n",
         ":2: score 'inf' is outside [0, 1]; if the column holds logits, say --logit"},
        {"label,score\nyes,0.5\n",
         ":2: label 'yes' is neither 1 nor 0; name the positive class with --positive"},
        {"label,score\n2,0.5\n", ":2: label '2' is neither 1 nor 0 (or -1)"},
        {"label,score\nnan,0.5\n", ":2: label 'nan' is neither 1 nor 0 (or -1)"},
        {"label,score\n0,0.5\n1,0.5\n-1,0.5\n",
         ":4: label '-1' is a third label: 1, 0 and -1 cannot be mixed"},
        {"label,score\n1,0.5\n0\n", ":3: 1 field where the first line has 2"},
        {"label,score\n1,0.5\n0,0.5,0.6\n", ":3: 3 fields where the first line has 2"},
        {"label,score\n\"1\n,0.5\n", ":2: a quoted field does not end"},
        {"label,score,split\n1,0.5,val\n0,0.5,holdout\n",
         ":3: split 'holdout' is none of train, val, test, oof"},
        {"label,score,fold\n1,0.5,-1\n", ":2: fold '-1' is no whole number from 0"},
        {"label,score,weight\n1,0.5,0\n", ":2: weight '0' is no finite number above 0"},
        {"label,score,weight\n1,0.5,nan\n", ":2: weight 'nan' is no finite number above 0"},
        {"label,label,score\n1,1,0.5\n", ": two columns are called 'label'"},
        {"{\"label\":1,\"score\":0.5}\n{\"label\":1,\"score\":\n", ":2: not one JSON object on the line"},
        {"{\"label\":1,\"score\":0.5}\n[1, 0.5]\n", ":2: not one JSON object on the line"},
        {"{\"label\":1,\"score\":0.5}\n{\"label\":1}\n", ":2: score '' is no number"},
        {"{\"label\":1,\"score\":[0.5]}\n", ":1: score is neither a number nor a text"},
        {"[{\"label\":1,\"score\":0.5}]\n",
         ": a JSON array; what can be read is one object a line, as 'jq -c .[]' prints them"},
        {"[\n {\"label\":1,\"score\":0.5}\n]\n",
         ": a JSON array; what can be read is one object a line, as 'jq -c .[]' prints them"},
        {"label,score\r1,0.5\r0,0.25\r", ": its lines end in CR alone; they must end in LF or CR LF"},
        {"{\"label\":2,\"score\":0.5}\n", ":1: label '2' is neither 1 nor 0 (or -1)"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_refused(wrong[i].content, &details, BC_ERROR_FORMAT, wrong[i].message);
}

static void columns_that_are_not_there_are_listed(void **state) {
    (void)state;
    assert_refused("a,b\nx,y\n", &plain, BC_ERROR_USAGE,
                   ": no label column (label or y_true); name it with --label-col; the columns are: a, b");
    assert_refused(
        "label,b\n1,y\n", &plain, BC_ERROR_USAGE,
        ": no score column (logit, score, y_score, prob or probability); name it with --score-col; "
        "the columns are: label, b");
    assert_refused("label,score\n1,0.5\n", &(bc_scores_options){.score_column = "scor"}, BC_ERROR_USAGE,
                   ": no column 'scor'; the columns are: label, score");
    assert_refused("{\"a\": 1}\n", &plain, BC_ERROR_USAGE,
                   ":1: no label column (label or y_true); name it with --label-col; the columns are: a");
    assert_refused(
        "{}\n", &plain, BC_ERROR_USAGE,
        ":1: no label column (label or y_true); name it with --label-col; it has no column at all");
    assert_refused("x,1,0.5\n", &plain, BC_ERROR_USAGE,
                   ": no header line and 3 columns; say which to use: --label-col 1 --score-col 2");
    assert_refused("1,0.5\n", &(bc_scores_options){.label_column = "3"}, BC_ERROR_USAGE,
                   ": no column '3'; the file has no header line and its columns are 1 to 2");
    assert_refused("label,score\nno,0.5\n", &(bc_scores_options){.positive = "ja"}, BC_ERROR_USAGE,
                   ": no label is 'ja'; the first one is 'no'");
}

static void a_missing_file_is_an_io_error(void **state) {
    (void)state;
    bc_error err = {0};
    bc_scores scores;
    assert_int_equal(bc_scores_read(&scores, "no-such-folder/scores.csv", &plain, &err), BC_ERROR_IO);
    assert_string_equal(err.message, "no-such-folder/scores.csv: No such file or directory");
    bc_scores_free(&scores);
}

static void gzip_is_read_and_its_damage_told(void **state) {
    (void)state;
    bc_error err = {0};
    bc_scores scores;
    gzFile zipped = gzopen(file, "wb");
    gzputs(zipped, "label,score\n");
    for (int i = 0; i < 5000; i++)
        gzprintf(zipped, "%d,0.%d\n", i % 2, i);
    gzclose(zipped);
    assert_int_equal(bc_scores_read(&scores, file, &plain, &err), BC_OK);
    assert_int_equal(scores.count, 5000);
    assert_true(scores.values[4999] == 0.4999);
    bc_scores_free(&scores);
    uint8_t *data;
    size_t size;
    assert_int_equal(bc_file_read(&data, &size, file, 1 << 20, &err), BC_OK);
    assert_int_equal(bc_output_file(short_file, data, size - 20, &err), BC_OK);
    free(data);
    assert_int_equal(bc_scores_read(&scores, short_file, &plain, &err), BC_ERROR_FORMAT);
    assert_non_null(strstr(err.message, "damaged gzip data"));
    bc_scores_free(&scores);
}

/* Through a pipe in place of standard input; text is shorter than what a pipe holds. */
static bc_status read_standard_input(bc_scores *scores, const char *text, size_t length,
                                     const bc_scores_options *options, bc_error *err) {
    int ends[2], kept = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, length), (int)length);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    bc_status status = bc_scores_read(scores, "-", options, err);
    dup2(kept, STDIN_FILENO);
    close(kept);
    return status;
}

static void standard_input_is_read(void **state) {
    (void)state;
    bc_error err = {0};
    bc_scores scores;
    const char text[] = "label,score\n1,0.5\n0,2\n";
    assert_int_equal(read_standard_input(&scores, text, strlen(text) - 4, &plain, &err), BC_OK);
    assert_int_equal(scores.count, 1);
    bc_scores_free(&scores);
    assert_int_equal(read_standard_input(&scores, text, strlen(text), &plain, &err), BC_ERROR_FORMAT);
    assert_string_equal(err.message,
                        "standard input:3: score '2' is outside [0, 1]; if the column holds logits, "
                        "say --logit");
    bc_scores_free(&scores);
}

static void add(bc_scores *scores, const bc_score_row *row) {
    bc_error err = {0};
    assert_int_equal(bc_scores_add(scores, row, &err), BC_OK);
}

static void a_written_table_reads_back_as_it_was(void **state) {
    (void)state;
    enum { ROWS = 1000 };
    bc_error err = {0};
    bc_scores scores = {.logits = true}, back;
    for (int i = 0; i < ROWS; i++) {
        char path[64];
        bc_score_row row = bc_score_row_blank;
        snprintf(path, sizeof path, "dir/%d, \"x\"\n.png", i);
        row.path = i % 7 == 0 ? NULL : path;
        row.value = (double)(float)((i - 500) * 0.123456789);
        row.label = i % 3 - 1;
        row.split = (bc_split)(i % BC_SPLIT_COUNT);
        row.fold = i < 500 ? -1 : i % 5;
        row.group = i < 600 || i % 2 == 0 ? NULL : "some,one";
        row.weight = i < 700 ? 1 : 0.5;
        add(&scores, &row);
    }
    assert_int_equal(bc_scores_write(&scores, file, &err), BC_OK);
    assert_int_equal(bc_scores_read(&back, file, &details, &err), BC_OK);
    assert_int_equal(back.count, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        assert_true((float)back.values[i] == (float)scores.values[i]);
        assert_int_equal(back.labels[i], scores.labels[i]);
        assert_int_equal(bc_scores_split(&back, i), bc_scores_split(&scores, i));
        assert_int_equal(back.folds[i], i < 500 ? -1 : (int)i % 5);
        assert_true(back.weights[i] == (i < 700 ? 1 : 0.5));
        assert_string_equal(bc_scores_path(&back, i), bc_scores_path(&scores, i));
        assert_string_equal(bc_scores_group(&back, i), bc_scores_group(&scores, i));
    }
    bc_scores_free(&scores);
    bc_scores_free(&back);
}

static void only_columns_in_use_are_written(void **state) {
    (void)state;
    bc_error err = {0};
    bc_scores scores = {.logits = true};
    bc_score_row row = bc_score_row_blank;
    row.path = "a.png";
    row.label = 1;
    row.value = 1.5;
    row.split = BC_SPLIT_TEST;
    add(&scores, &row);
    row.path = NULL;
    row.label = -1;
    row.value = -800;
    row.split = BC_SPLIT_NONE;
    add(&scores, &row);
    assert_int_equal(bc_scores_write(&scores, file, &err), BC_OK);
    uint8_t *data;
    size_t size;
    assert_int_equal(bc_file_read(&data, &size, file, 1 << 20, &err), BC_OK);
    assert_string_equal((char *)data, "path,label,logit,score,split\n"
                                      "a.png,1,1.5,0.817574476,test\n"
                                      ",,-800,0,\n");
    free(data);
    bc_scores_free(&scores);
}

static void logits_that_are_no_floats_lose_nothing(void **state) {
    (void)state;
    bc_error err = {0};
    bc_scores scores = {.logits = true}, back;
    bc_random random = bc_random_keyed(2, BC_RANDOM_RESAMPLE, 0, 0);
    bc_score_row row = bc_score_row_blank;
    for (int i = 0; i < 1000; i++) {
        row.value = i == 0 ? INFINITY : 40 * bc_random_uniform(&random) - 20;
        add(&scores, &row);
    }
    assert_int_equal(bc_scores_write(&scores, file, &err), BC_OK);
    assert_int_equal(bc_scores_read(&back, file, &details, &err), BC_OK);
    for (size_t i = 0; i < back.count; i++)
        assert_true(back.values[i] == scores.values[i]);
    bc_scores_free(&scores);
    bc_scores_free(&back);
}

static void probabilities_are_written_with_their_logits(void **state) {
    (void)state;
    bc_error err = {0};
    bc_scores scores = {0}, back;
    bc_score_row row = bc_score_row_blank;
    uint8_t *data;
    size_t size;
    row.value = 0.5;
    add(&scores, &row);
    row.value = 1;
    add(&scores, &row);
    row.value = 0.1;
    add(&scores, &row);
    assert_int_equal(bc_scores_write(&scores, file, &err), BC_OK);
    assert_int_equal(bc_scores_read(&back, file, &details, &err), BC_OK);
    assert_true(back.logits && back.values[0] == 0 && back.values[1] == INFINITY);
    assert_true(fabs(back.values[2] + log(9)) < 1e-14);
    assert_int_equal(bc_file_read(&data, &size, file, 1 << 20, &err), BC_OK);
    assert_non_null(strstr((char *)data, ",,inf,1,\n"));
    assert_non_null(strstr((char *)data, ",0.1,\n"));
    free(data);
    bc_scores_free(&scores);
    bc_scores_free(&back);
}

/* Bytes changed, cut out or doubled at random. */
static void damage(char *text, size_t *length, bc_random *random) {
    static const char bytes[] = "\"\n\r,;\t{}[]:\\.-+eEnaif019\0\x7f\xef\xff";
    size_t at = (size_t)bc_random_below(random, *length), rest = *length - at;
    switch (bc_random_below(random, 4)) {
    case 0:
        memmove(text + at, text + at + 1, rest - 1);
        *length -= 1;
        return;
    case 1:
        memmove(text + at + 1, text + at, rest);
        *length += 1;
        return;
    default:
        text[at] = bytes[bc_random_below(random, sizeof bytes - 1)];
    }
}

static void damaged_files_end_in_rows_or_in_one_clear_line(void **state) {
    (void)state;
    static const char *const originals[] = {
        "path,label,logit,score,split,fold,group,weight\n\"a,\"\"1\",1,-0.5,0.4,val,0,g,2\nb,0,inf,1,test,1,,"
        "1\n",
        "{\"path\": \"a\", \"label\": 1, \"score\": 0.5, \"split\": \"val\"}\n{\"label\": null, \"score\": "
        "\"0.25\"}\n",
        "1;0.5\n0;0.25\n",
    };
    int refused = 0;
    enum { TRIES = 3000 };
    for (uint64_t i = 0; i < TRIES; i++) {
        char text[512];
        bc_random random = bc_random_keyed(21, BC_RANDOM_RESAMPLE, i, 0);
        size_t length = strlen(originals[i % 3]);
        memcpy(text, originals[i % 3], length);
        for (uint64_t changes = bc_random_below(&random, 6) + 1; changes > 0; changes--)
            damage(text, &length, &random);
        bc_error err = {0};
        bc_scores scores;
        bc_status status = read_standard_input(&scores, text, length, &details, &err);
        assert_true(status == BC_OK ? scores.count > 0 : strncmp(err.message, "standard input:", 15) == 0);
        assert_null(strchr(err.message, '\n'));
        refused += status != BC_OK;
        bc_scores_free(&scores);
    }
    assert_in_range(refused, TRIES / 10, TRIES - TRIES / 10);
}

/* Expected values: mpmath 1.2 at 50 digits. */
static void logits_and_scores_convert_accurately(void **state) {
    (void)state;
    assert_true(fabs(bc_logit(0.25) - -1.0986122886681098) < 1e-15);
    assert_true(fabs(bc_logit(1e-300) - -690.77552789821371) < 1e-12);
    assert_true(bc_logit(0.5) == 0);
    assert_true(fabs(bc_logit(0.5 + 0x1p-52) / 0x1p-50 - 1) < 1e-15);
    assert_true(bc_logit(0) == -INFINITY && bc_logit(1) == INFINITY);
    assert_true(fabs(bc_sigmoid(-700) / 9.8596765437597708e-305 - 1) < 1e-13);
    assert_true(bc_sigmoid(INFINITY) == 1 && bc_sigmoid(-INFINITY) == 0 && bc_sigmoid(0) == 0.5);
    assert_true(bc_softplus(1000) == 1000 && bc_softplus(-1000) == 0);
    assert_true(bc_softplus(INFINITY) == INFINITY && bc_softplus(-INFINITY) == 0);
    assert_true(fabs(bc_softplus(1) - 1.3132616875182228) < 1e-15);
}

static void targets_stand_together_and_know_where_they_were(void **state) {
    (void)state;
    bc_error err = {0};
    bc_scores scores;
    read_well(&scores,
              "path,target,label,score,weight\np0,b,1,0.5,2\np1,a,0,0.25,1\np2,b,0,0.75,3\np3,a,,0.125,4\n",
              &details);
    assert_int_equal(bc_scores_group_targets(&scores, &err), BC_OK);
    static const double values[] = {0.5, 0.75, 0.25, 0.125};
    for (size_t i = 0; i < 4; i++)
        assert_true(scores.values[i] == values[i]);
    const bc_scores b = bc_scores_slice(&scores, 0, 2), a = bc_scores_slice(&scores, 2, 2);
    assert_string_equal(scores.target_names[0], "b");
    assert_true(b.targets[1] == 0 && b.weights[1] == 3 && b.labels[1] == 0);
    assert_true(a.targets[0] == 1 && a.weights[1] == 4 && a.labels[1] == -1);
    assert_string_equal(bc_scores_path(&a, 1), "p3");
    assert_int_equal(bc_scores_line(&a, 0), 3);
    assert_int_equal(bc_scores_line(&b, 1), 4);
    assert_int_equal(bc_scores_group_targets(&scores, &err), BC_OK); /* changes nothing any more */
    assert_int_equal(bc_scores_line(&scores, 1), 4);
    bc_scores_free(&scores);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_own_format_is_read_whole),
        cmocka_unit_test(details_cost_nothing_when_not_asked_for),
        cmocka_unit_test(groups_alone_can_be_asked_for),
        cmocka_unit_test(many_spellings_say_the_same),
        cmocka_unit_test(the_logit_is_preferred_and_may_be_infinite),
        cmocka_unit_test(class_names_are_known_where_labels_are_names),
        cmocka_unit_test(what_cannot_be_used_names_file_and_line),
        cmocka_unit_test(columns_that_are_not_there_are_listed),
        cmocka_unit_test(a_missing_file_is_an_io_error),
        cmocka_unit_test(gzip_is_read_and_its_damage_told),
        cmocka_unit_test(standard_input_is_read),
        cmocka_unit_test(a_written_table_reads_back_as_it_was),
        cmocka_unit_test(only_columns_in_use_are_written),
        cmocka_unit_test(logits_that_are_no_floats_lose_nothing),
        cmocka_unit_test(probabilities_are_written_with_their_logits),
        cmocka_unit_test(damaged_files_end_in_rows_or_in_one_clear_line),
        cmocka_unit_test(targets_stand_together_and_know_where_they_were),
        cmocka_unit_test(logits_and_scores_convert_accurately),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
