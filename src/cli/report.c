/* bclass report: one page to look at. */
#include "command.h"
#include "output_names.h"
#include "print.h"
#include "progress.h"
#include "report_session.h"
#include "rows.h"
#include "shell_word.h"
#include "target_choice.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { THUMBNAILS_DEFAULT = 300, THUMBNAILS_LIMIT = 5000, SUSPECTS = 24 };

#define FIELD(name) offsetof(bc_report_settings, name)

static const bc_option table[] = {
    {.section = "Output",
     .name = "out",
     .letter = 'o',
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(out),
     .value_name = "FILE",
     .default_text = "RUN/report.html, or SCORES with the ending .html",
     .help = "the page to write; - is standard output"},
    {.name = "sheet",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(sheet),
     .value_name = "FILE.png",
     .help = "also draw the worst mistakes as a PNG"},
    {.name = "force",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(force),
     .value = true,
     .help = "replace a file that is no report, or a PNG that is no sheet"},
    {BC_ROW_QUIET(FIELD(quiet)), .help = "no remarks on standard error"},
    {.section = "Pictures",
     .name = "data",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(data),
     .value_name = "DIR",
     .default_text = "where the scores say",
     .help = "where the pictures are now, in place of the folder that the run was trained on"},
    {.name = "thumbnails",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(thumbnails),
     .value_name = "N",
     .default_text = "300",
     .least = 0,
     .most = THUMBNAILS_LIMIT,
     .help = "so many pictures at most go into the page, small; the worst mistakes first"},
    {BC_ROW_MAX_PIXELS(FIELD(max_pixels)), .help = "a picture with more is not shown"},
    {BC_ROW_THREADS(FIELD(threads)), .help = "threads to work with; the page does not depend on it"},
    {.section = "Reading",
     .name = "cutoff",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(cutoff),
     .value_name = "C|FILE",
     .default_text = "RUN/cutoff.json where it is there",
     .help = "the cutoff that the page opens with"},
    {BC_ROW_SPLIT(FIELD(split)),
     .help = "rows to choose on; auto is val or oof where test is there too, else all but train"},
    {BC_ROW_ALLOW_TRAIN(FIELD(allow_train)),
     .help = "choose on rows marked train too, whose scores are better than those to come"},
    {.name = "target",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(target),
     .value_name = "NAME",
     .help = "of a file about several labels, the one to report on"},
    BC_ROWS_SCORES(FIELD(reading)),
    {.name = NULL},
};

static void set_defaults(void *block) {
    *(bc_report_settings *)block = (bc_report_settings){
        .split = BC_WANTED_AUTO, .thumbnails = THUMBNAILS_DEFAULT, .max_pixels = BC_MAX_PIXELS_DEFAULT};
}

/* ---- names ---- */

static bool is_standard(const char *path) {
    return strcmp(path, "-") == 0;
}

/* Without .gz and then one of the endings that scores have. */
static size_t stem_length(const char *path) {
    static const char *const endings[] = {".gz", ".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson"};
    size_t length = strlen(path), shortest = (size_t)(bc_file_name(path) - path) + 1;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const size_t size = strlen(endings[i]);
        if (length >= shortest + size && strncasecmp(path + length - size, endings[i], size) == 0) {
            length -= size;
            if (i > 0)
                break;
        }
    }
    return length;
}

static bc_status name_page(bc_report_session *session, bc_error *err) {
    const char *given = session->given;
    bc_status status = bc_output_name_check("-o", session->set->out, err);
    if (status == BC_OK)
        status = bc_output_name_check("--sheet", session->set->sheet, err);
    if (status != BC_OK)
        return status;
    if (session->set->out != NULL) {
        bc_text_string(&session->name, session->set->out);
    } else if (session->is_run) {
        bc_text_string(&session->name, given);
        bc_text_string(&session->name, given[strlen(given) - 1] == '/' ? "report.html" : "/report.html");
    } else if (is_standard(given)) {
        return bc_fail(err, BC_ERROR_USAGE, "of scores from standard input the page needs a name: -o FILE");
    } else {
        bc_text_append(&session->name, given, stem_length(given));
        bc_text_string(&session->name, ".html");
    }
    return bc_text_check(&session->name, err);
}

/* Not even --force lets one output take the place of what is read, or of a run. */
static bc_status spare(const bc_report_session *session, const char *input, bc_error *err) {
    bc_status status = bc_output_name_spare("-o", session->name.data, input, err);
    return status == BC_OK ? bc_output_name_spare("--sheet", session->set->sheet, input, err) : status;
}

static bc_status spare_run(const bc_report_session *session, bc_error *err) {
    static const char *const names[] = {"scores.csv", "model.safetensors", "settings.json", "history.csv",
                                        "cutoff.json"};
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < sizeof names / sizeof names[0]; i++) {
        char *path;
        status = bc_file_join(&path, session->given, names[i], err);
        if (status == BC_OK)
            status = spare(session, path, err);
        free(path);
    }
    return status;
}

static bc_status spare_inputs(const bc_report_session *session, bc_error *err) {
    bc_status status = session->is_run ? spare_run(session, err) : spare(session, session->given, err);
    if (status == BC_OK)
        status = spare(session, session->set->cutoff, err);
    return status == BC_OK
               ? bc_output_name_differ("-o", session->name.data, "--sheet", session->set->sheet, err)
               : status;
}

/* Whether the file may be written: it is not there, or begins as all of its kind do. Any other PNG may be one
 * of the pictures. */
static bc_status check_sheet(const bc_report_settings *set, bc_error *err) {
    static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    uint8_t start[sizeof signature];
    bc_file_info info;
    bool is_own = false;
    size_t size = 0, length = set->sheet != NULL ? strlen(set->sheet) : 0;
    if (set->sheet == NULL)
        return BC_OK;
    if (length < 5 || strcasecmp(set->sheet + length - 4, ".png") != 0)
        return bc_fail(err, BC_ERROR_USAGE, "--sheet draws a PNG; %s does not end in .png", set->sheet);
    bc_status status = bc_file_look(&info, set->sheet, err);
    if (status == BC_OK && info.kind == BC_FILE_FOLDER)
        return bc_fail(err, BC_ERROR_USAGE, "%s is a folder; --sheet takes the name of a file", set->sheet);
    if (status != BC_OK || info.kind != BC_FILE_REGULAR || set->force)
        return status;
    status = bc_file_read_start(start, &size, sizeof start, set->sheet, err);
    if (status == BC_OK && (size < sizeof start || memcmp(start, signature, sizeof start) != 0))
        status = bc_fail(err, BC_ERROR_USAGE, "%s is there and is no PNG; --force replaces it", set->sheet);
    if (status == BC_OK)
        status = bc_image_is_own_png(&is_own, set->sheet, err);
    if (status == BC_OK && !is_own)
        status = bc_fail(err, BC_ERROR_USAGE, "%s is there and is no sheet; --force replaces it", set->sheet);
    return status;
}

/* Before anything is read, so that errors come at once. */
static bc_status check_page(const bc_report_session *session, bc_error *err) {
    const char *path = session->name.data;
    bc_file_info info;
    bool is_page;
    if (is_standard(path))
        return BC_OK;
    bc_status status = bc_file_look(&info, path, err);
    if (status == BC_OK && info.kind == BC_FILE_FOLDER)
        return bc_fail(err, BC_ERROR_USAGE, "%s is a folder; -o takes the name of a file", path);
    if (status != BC_OK || info.kind != BC_FILE_REGULAR || session->set->force)
        return status;
    status = bc_report_is_page(&is_page, path, err);
    if (status == BC_OK && !is_page)
        status = bc_fail(err, BC_ERROR_USAGE, "%s is there and is no report; --force replaces it", path);
    return status;
}

static bc_status find_given(bc_report_session *session, bc_error *err) {
    bc_file_info info;
    if (is_standard(session->given))
        return BC_OK;
    bc_status status = bc_file_look(&info, session->given, err);
    session->is_run = status == BC_OK && info.kind == BC_FILE_FOLDER;
    if (status == BC_OK && info.kind == BC_FILE_ABSENT)
        status = bc_fail(err, BC_ERROR_IO, "%s: there is no such file or folder", session->given);
    return status;
}

/* ---- rows ---- */

static const char *scores_path(const bc_report_session *session) {
    return session->is_run ? session->run.scores : session->given;
}

static bc_status read_scores(bc_report_session *session, bc_error *err) {
    bc_scores_options options = session->set->reading;
    const char *path = scores_path(session);
    int32_t target;
    options.details = true;
    options.threads = (unsigned)session->set->threads;
    session->file = is_standard(path) ? "standard input" : path;
    bc_status status = bc_scores_read(&session->all, path, &options, err);
    if (status == BC_OK)
        status = bc_target_find(&target, &session->all, session->set->target, true, "a page is about one",
                                session->file, err);
    if (status == BC_OK)
        status = bc_target_take(&session->scores, &session->all, target, err);
    const size_t folder = (size_t)(bc_file_name(path) - path);
    return status == BC_OK ? bc_copy_text(&session->beside, path, folder, err) : status;
}

/* The model knows the names of the classes, which scores.csv does not tell. */
static void name_classes(bc_report_session *session) {
    const bc_json *data = bc_json_member(session->run.settings, "data");
    bc_report *report = &session->report;
    report->positive = session->scores.positive;
    report->negative = session->scores.negative;
    if (report->positive == NULL)
        report->positive = bc_json_text(bc_json_member(data, "positive"));
    if (report->negative == NULL)
        report->negative = bc_json_text(bc_json_member(data, "negative"));
    if (session->set->target != NULL && report->positive == NULL)
        report->positive = session->set->target;
}

/* ---- pictures ---- */

static void on_picture(void *context, size_t done, size_t count) {
    bc_progress_line(context, "pictures %zu/%zu", done, count);
}

static bc_status choose_pictures(bc_report_session *session, bc_error *err) {
    const size_t most = (size_t)session->set->thumbnails;
    double cutoffs[BC_REPORT_CUTOFFS];
    bc_pictures *pictures = &session->pictures;
    bc_status status = BC_OK;
    for (size_t i = 0; i < BC_REPORT_CUTOFFS; i++)
        cutoffs[i] = session->cutoffs[i].value;
    for (size_t i = 0; status == BC_OK && i < session->suspects.count; i++)
        status = bc_pictures_take(pictures, &session->scores, session->suspects.items[i].row, err);
    size_t left = most - pictures->count;
    if (status == BC_OK)
        status = bc_pictures_choose(pictures, &session->scores, &session->chosen_order, cutoffs,
                                    BC_REPORT_CUTOFFS, session->choice.has_test ? left / 2 : left, err);
    left = most - pictures->count;
    return status == BC_OK ? bc_pictures_choose(pictures, &session->scores, &session->test_order, cutoffs,
                                                BC_REPORT_CUTOFFS, left, err)
                           : status;
}

static bc_picture_places find_places(const bc_report_session *session) {
    return (bc_picture_places){
        .moved = session->set->data, .recorded = session->run.data, .beside = session->beside};
}

static bc_status load_pictures(bc_report_session *session, bc_error *err) {
    const bc_picture_places places = find_places(session);
    bc_progress progress = bc_progress_start(session->set->quiet);
    bc_status status =
        bc_pictures_load(&session->pictures, &session->scores, &places, BC_THUMBNAIL_SIDE,
                         (uint64_t)session->set->max_pixels, session->pool, on_picture, &progress, err);
    bc_progress_clear(&progress);
    return status;
}

static bc_status get_pictures(bc_report_session *session, bc_error *err) {
    const size_t most = (size_t)session->set->thumbnails / 8;
    const unsigned splits =
        session->report.chosen.splits | (session->choice.has_test ? session->report.test.splits : 0);
    bc_status status = bc_suspects_find(&session->suspects, &session->scores, splits,
                                        most < SUSPECTS ? most : SUSPECTS, err);
    while (session->suspects.count > 0 && session->suspects.items[session->suspects.count - 1].other < 0.5)
        session->suspects.count--; /* the scores do not contradict it */
    if (status == BC_OK)
        status = choose_pictures(session, err);
    return status == BC_OK ? load_pictures(session, err) : status;
}

/* ---- command lines ---- */

static void append_option(bc_text *text, const char *name, const char *value) {
    if (value == NULL)
        return;
    bc_text_format(text, " --%s ", name);
    bc_text_shell_word(text, value);
}

/* So that a sweep reads the same rows. */
static void append_reading(bc_text *text, const bc_report_settings *set) {
    const bc_scores_options *of = &set->reading;
    append_option(text, "label-col", of->label_column);
    append_option(text, "score-col", of->score_column);
    append_option(text, "positive", of->positive);
    append_option(text, "weight-col", of->weight_column);
    append_option(text, "by", of->target_column);
    append_option(text, "wide", of->wide);
    append_option(text, "split", set->split != BC_WANTED_AUTO ? bc_split_wanted_names[set->split] : NULL);
    bc_text_string(text, of->logit ? " --logit" : "");
    bc_text_string(text, of->skip_bad ? " --skip-bad" : "");
    bc_text_string(text, set->allow_train ? " --allow-train" : "");
}

static bc_status write_words(bc_report_session *session, bc_error *err) {
    bc_text *sweep = &session->sweep_words, *predict = &session->predict_words, path = {0};
    if (!is_standard(session->given)) {
        bc_text_string(sweep, "bclass sweep ");
        bc_text_shell_path(sweep, scores_path(session));
        append_reading(sweep, session->set);
    }
    if (session->set->target != NULL) {
        /* sweep would keep this cutoff for all labels of the file */
    } else if (session->is_run) {
        bc_text_append(&path, session->given, strlen(session->given));
        bc_text_string(&path,
                       path.length > 0 && path.data[path.length - 1] == '/' ? "cutoff.json" : "/cutoff.json");
    } else {
        bc_text_string(&path, "cutoff.json");
    }
    if (path.data != NULL)
        bc_text_shell_path(&session->cutoff_word, path.data);
    bc_text_free(&path);
    if (session->run.model != NULL) {
        bc_text_string(predict, "bclass predict ");
        bc_text_shell_path(predict, session->run.model);
    }
    bc_status status = bc_text_check(sweep, err);
    if (status == BC_OK)
        status = bc_text_check(&session->cutoff_word, err);
    return status == BC_OK ? bc_text_check(predict, err) : status;
}

/* ---- the page ---- */

static bc_status write_page(const bc_report_session *session, const bc_text *page, bc_error *err) {
    enum { LARGE = 10000000 };
    const char *path = session->name.data;
    bc_status status =
        is_standard(path) ? bc_print(page, err) : bc_output_file(path, page->data, page->length, err);
    if (status == BC_OK && !session->set->quiet && page->length > LARGE)
        bc_remark("with so many different weights or scores the page takes %.1f MB, and browsers will take "
                  "their time",
                  (double)page->length / 1e6);
    if (status == BC_OK && !session->set->quiet && !is_standard(path))
        bc_remark("report written to %s (%.1f MB); open it in a browser", path, (double)page->length / 1e6);
    return status;
}

static bc_status make_page(bc_report_session *session, bc_error *err) {
    bc_report *report = &session->report;
    bc_text page = {0};
    report->title = is_standard(session->given) ? session->file : session->given;
    report->program = "bclass " BC_VERSION;
    report->file = session->file;
    report->scores = &session->scores;
    report->warnings = &session->warnings;
    report->facts = &session->facts;
    report->pictures = &session->pictures;
    report->suspects = &session->suspects;
    report->history = &session->run.history;
    report->sweep_words = session->sweep_words.data;
    report->cutoff_word = session->cutoff_word.data;
    report->predict_words = session->predict_words.data;
    bc_status status = bc_report_page(&page, report, err);
    if (status == BC_OK)
        status = write_page(session, &page, err);
    bc_text_free(&page);
    return status;
}

static void remark(const bc_report_session *session) {
    const bc_pictures *pictures = &session->pictures;
    const size_t gone = bc_pictures_count(pictures, BC_PICTURE_GONE),
                 damaged = bc_pictures_count(pictures, BC_PICTURE_DAMAGED);
    if (session->set->quiet)
        return;
    for (size_t i = 0; i < session->warnings.count; i++)
        bc_remark("%s: %s", session->file, session->warnings.items[i].value);
    if (session->scores.paths == NULL && pictures->count > 0)
        bc_remark("%s: there is no column 'path', so there are no pictures to show", session->file);
    else if (gone > 0)
        bc_remark("%zu of %zu pictures are not there; --data DIR says where they are now", gone,
                  pictures->count);
    if (damaged > 0)
        bc_remark("%zu of %zu pictures could not be read", damaged, pictures->count);
}

static bc_status make_sheet(bc_report_session *session, bc_error *err) {
    const bc_report_settings *set = session->set;
    const bc_picture_places places = find_places(session);
    if (set->sheet == NULL)
        return BC_OK;
    bc_status status =
        bc_report_sheet(&session->report, &places, (uint64_t)set->max_pixels, session->pool, set->sheet, err);
    if (status == BC_OK && !set->quiet)
        bc_remark("sheet written to %s", set->sheet);
    return status;
}

/* ---- the command ---- */

static bc_status collect(bc_report_session *session, bc_error *err) {
    bc_status status = session->is_run ? bc_report_read_run(session, err) : BC_OK;
    if (status == BC_OK)
        status = read_scores(session, err);
    if (status == BC_OK)
        status = bc_pool_create(&session->pool, (unsigned)session->set->threads, err);
    if (status != BC_OK)
        return status;
    name_classes(session);
    status = bc_report_study(session, err);
    if (status != BC_OK)
        return status;
    bc_report_collect_warnings(session);
    bc_report_collect_facts(session);
    status = write_words(session, err);
    return status == BC_OK ? get_pictures(session, err) : status;
}

static void release(bc_report_session *session) {
    bc_report_run *run = &session->run;
    bc_json_free(run->settings);
    free(run->scores);
    free(run->model);
    free(run->cutoff);
    free(run->columns);
    free(session->beside);
    bc_text_free(&session->name);
    bc_scores_free(&session->all);
    bc_curve_free(&session->chosen);
    bc_curve_free(&session->test);
    bc_order_free(&session->chosen_order);
    bc_order_free(&session->test_order);
    bc_suspects_free(&session->suspects);
    bc_pictures_free(&session->pictures);
    bc_report_facts_free(&session->facts);
    bc_report_facts_free(&session->warnings);
    bc_text_free(&session->sweep_words);
    bc_text_free(&session->predict_words);
    bc_text_free(&session->cutoff_word);
    bc_pool_free(session->pool);
}

static bc_status run(void *block, const bc_arguments *arguments, bc_error *err) {
    const bc_report_settings *set = block;
    if (arguments->count != 1)
        return bc_fail(err, BC_ERROR_USAGE,
                       "report takes a run folder, a file of scores, or - for standard input");
    bc_report_session session = {.set = set, .given = arguments->items[0]};
    bc_status status = find_given(&session, err);
    if (status == BC_OK)
        status = name_page(&session, err);
    if (status == BC_OK)
        status = spare_inputs(&session, err);
    if (status == BC_OK)
        status = check_page(&session, err);
    if (status == BC_OK)
        status = check_sheet(set, err);
    if (status == BC_OK)
        status = collect(&session, err);
    if (status == BC_OK)
        status = make_page(&session, err);
    if (status == BC_OK)
        status = make_sheet(&session, err);
    if (status == BC_OK)
        remark(&session);
    release(&session);
    return status;
}

const bc_command bc_command_report = {
    .name = "report",
    .usage = "RUN|SCORES [OPTIONS]",
    .summary = "write one page to look at: cutoffs, curves, pictures",
    .description =
        "RUN is the folder that 'bclass train' wrote; SCORES is what 'bclass sweep' reads, of any model. The "
        "page is one HTML file that needs nothing else, for any browser, on paper too. It has a slider over "
        "all cutoffs with what each comes to on the rows to choose on and, apart from them, on test; curves "
        "with 95% bands, histograms, and how the training went; pictures of the worst mistakes, of those "
        "nearest to the cutoff, and of rows whose label is suspect; lists of mistakes to download; and what "
        "is "
        "known of data, settings and split. Of a file about many labels it is about the one of --target.\n"
        "Pictures are looked for where the scores say, from here and from the folder of the scores, or with "
        "--data there. Those that are gone are named all the same. Paths of at most 100000 rows go into the "
        "page, and what was left out is said in it.",
    .examples = "  bclass report run/\n"
                "  bclass report run/ --data /mnt/photos --sheet run/errors.png\n"
                "  bclass report scores.csv --positive yes -o scores.html\n",
    .options = table,
    .settings_size = sizeof(bc_report_settings),
    .set_defaults = set_defaults,
    .run = run,
};
