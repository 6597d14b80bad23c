/* bclass predict: scores pictures with a trained model, a row each, in the order of the input. */
#include "predict.h"
#include "command.h"
#include "paths.h"
#include "print.h"
#include "progress.h"
#include "rows.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/output.h"

#include <bclass/calibration.h>
#include <bclass/image.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    const char *cutoff, *recentre;
    int format;
    int64_t threads, batch_size, max_pixels;
    bool null, header, force, quiet;
} settings;

enum {
    BATCH_LIMIT = 4096,
    BATCH_LEAST = 8, /* of the batch that is chosen by the size of the pictures */
    BATCH_MOST = 16,
    BATCH_PIXELS = 1 << 19
};

static const char *const format_choices[] = {
    [BC_PREDICT_CSV] = "csv", [BC_PREDICT_TSV] = "tsv", [BC_PREDICT_JSONL] = "jsonl", NULL};

#define FIELD(name) offsetof(settings, name)

static const bc_option table[] = {
    {.section = "Deciding",
     .name = "cutoff",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(cutoff),
     .value_name = "FILE|NUMBER",
     .default_text = "0.5, with --recentre the same as there",
     .help = "a score from 0 to 1, or a file that 'bclass sweep --save' wrote"},
    {.name = "recentre",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(recentre),
     .value_name = "T|FILE",
     .help =
         "show logits shifted so that score T, or the cutoff in FILE, reads 0.5, while 0 and 1 stay: a scale "
         "for display, not a frequency; decisions are not changed by it"},
    {.name = "force",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(force),
     .value = true,
     .help = "take a cutoff file that was chosen on another model's scores"},
    {.section = "Reading",
     .name = "null",
     .letter = '0',
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(null),
     .value = true,
     .help = "paths on standard input end in NUL, as 'find -print0' writes them"},
    {BC_ROW_MAX_PIXELS(FIELD(max_pixels)), .help = "refuse pictures that declare more pixels"},
    {.section = "Output",
     .name = "format",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(format),
     .choices = format_choices,
     .default_text = "csv",
     .help = "how to print the rows"},
    {.name = "header",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(header),
     .value = true,
     .default_text = "on",
     .help = "name the columns in the first line of CSV and TSV"},
    {.name = "no-header",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(header),
     .value = false,
     .help = "rows only"},
    {BC_ROW_QUIET(FIELD(quiet)), .help = "no remarks on standard error, only errors"},
    {BC_ROW_THREADS(FIELD(threads)), .section = "Speed",
     .help = "threads that read and score; the rows do not depend on it"},
    {.name = "batch-size",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(batch_size),
     .value_name = "N",
     .default_text = "8 to 16, fewer for large pictures",
     .least = 1,
     .most = BATCH_LIMIT,
     .help = "pictures that go through the network at a time, at most"},
    {.name = NULL},
};

static void set_defaults(void *block) {
    *(settings *)block =
        (settings){.format = BC_PREDICT_CSV, .max_pixels = BC_MAX_PIXELS_DEFAULT, .header = true};
}

/* What a run of the command owns. */
typedef struct prediction {
    const settings *set;
    bc_model model;
    bc_calibration calibration;
    bc_predict_view view;
    bc_pool *pool;
    bc_scorer *scorer;
    bc_paths *paths;
    bc_output *output;
    bc_text rows;
    size_t room; /* for pictures until their rows are sent */
    bc_path *taken;
    bc_scored *scored;
    uint64_t total, failed;
    bc_progress progress;
    double start; /* by the clock */
} prediction;

static void free_prediction(prediction *predict) {
    free(predict->taken);
    free(predict->scored);
    bc_text_free(&predict->rows);
    bc_output_free(predict->output);
    bc_paths_free(predict->paths);
    bc_scorer_free(predict->scorer);
    bc_pool_free(predict->pool);
    bc_calibration_free(&predict->calibration);
    bc_model_free(&predict->model);
}

static size_t choose_batch(const settings *set, const bc_preprocess *preprocess) {
    if (set->batch_size > 0)
        return (size_t)set->batch_size;
    size_t fits = BATCH_PIXELS / ((size_t)preprocess->width * preprocess->height);
    if (fits < BATCH_LEAST)
        return BATCH_LEAST;
    return fits < BATCH_MOST ? fits : BATCH_MOST;
}

static bc_status read_calibration(prediction *predict, const char *path, bc_error *err) {
    const char *text = predict->model.calibration;
    return text != NULL ? bc_calibration_from_json(&predict->calibration, text, strlen(text), path, err)
                        : BC_OK;
}

static bc_status choose_view(prediction *predict, bc_error *err) {
    const settings *set = predict->set;
    const char *cutoff = set->cutoff != NULL ? set->cutoff : "0.5";
    double centre;
    if (set->recentre != NULL) {
        bc_status status = bc_predict_cutoff(&centre, "recentre", set->recentre, &predict->model, set->force,
                                             set->quiet, err);
        if (status == BC_OK && !isfinite(centre))
            status = bc_fail(err, BC_ERROR_USAGE, "--recentre takes a score between 0 and 1, not '%s'",
                             set->recentre);
        predict->view = (bc_predict_view){centre, bc_calibration_recentre_shift(centre)};
        if (status != BC_OK || set->cutoff == NULL)
            return status;
    }
    return bc_predict_cutoff(&predict->view.cutoff, "cutoff", cutoff, &predict->model, set->force, set->quiet,
                             err);
}

static bc_status prepare(prediction *predict, const bc_arguments *arguments, bc_error *err) {
    const settings *set = predict->set;
    void *taken, *scored;
    bc_status status = bc_model_read(&predict->model, arguments->items[0], err);
    if (status == BC_OK)
        status = read_calibration(predict, arguments->items[0], err);
    if (status == BC_OK)
        status = choose_view(predict, err);
    if (status != BC_OK)
        return status;
    const size_t batch = choose_batch(set, &predict->model.preprocess);
    status = bc_pool_create(&predict->pool, (unsigned)set->threads, err);
    if (status == BC_OK)
        status = bc_scorer_create(&predict->scorer, &predict->model, predict->pool, batch,
                                  (uint64_t)set->max_pixels, err);
    if (status != BC_OK)
        return status;
    predict->room = bc_scorer_room(predict->scorer);
    status = bc_alloc(&taken, predict->room, sizeof *predict->taken, err);
    predict->taken = taken;
    if (status != BC_OK)
        return status;
    status = bc_alloc(&scored, predict->room, sizeof *predict->scored, err);
    predict->scored = scored;
    if (status == BC_OK)
        status = bc_paths_open(&predict->paths, arguments->items + 1, arguments->count - 1,
                               set->null ? '\0' : '\n', err);
    if (status == BC_OK)
        status = bc_output_standard(&predict->output, err);
    return status;
}

/* Sends the rows on at once: someone may be waiting for them. */
static bc_status write_rows(prediction *predict, bc_error *err) {
    bc_status status = bc_text_check(&predict->rows, err);
    if (status == BC_OK)
        status = bc_output_write(predict->output, predict->rows.data, predict->rows.length, err);
    if (status == BC_OK)
        status = bc_output_flush(predict->output, err);
    bc_text_clear(&predict->rows);
    return status;
}

/* Made by bc_fail, which keeps it one line whatever the path holds. */
static void tell_failure(const bc_scored *picture) {
    enum { SHOWN = 512 }; /* bytes of a path, so that the reason has room */
    bc_error line = {0};
    bc_fail(&line, picture->error.status, "%.*s%s: %s", SHOWN, picture->path,
            strlen(picture->path) > SHOWN ? "..." : "",
            bc_file_reason(picture->error.message, picture->path));
    bc_remark("%s", line.message);
}

static void tell_progress(prediction *predict) {
    char failed[48] = "";
    if (predict->failed > 0)
        snprintf(failed, sizeof failed, "  %llu unreadable", (unsigned long long)predict->failed);
    bc_progress_line(&predict->progress, "%llu pictures%s  %.0f a second", (unsigned long long)predict->total,
                     failed, (double)predict->total / fmax(1e-3, bc_clock_since(predict->start)));
}

static bc_status score_taken(prediction *predict, size_t count, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; i < count; i++) {
        const bc_path *path = &predict->taken[i];
        predict->scored[i] = (bc_scored){.path = path->path};
        if (path->error != NULL)
            bc_fail(&predict->scored[i].error, BC_ERROR_IO, "%s", path->error);
    }
    bc_scorer_run(predict->scorer, predict->scored, count);
    for (size_t i = 0; status == BC_OK && i < count; i++) {
        bc_scored *picture = &predict->scored[i];
        picture->logit = bc_calibration_apply_float(&predict->calibration, picture->logit);
        bool failed = picture->error.status != BC_OK;
        predict->total++;
        predict->failed += failed;
        if (failed && predict->set->format != BC_PREDICT_JSONL) {
            bc_progress_clear(&predict->progress);
            tell_failure(picture);
        }
        status = bc_predict_row(&predict->rows, (bc_predict_format)predict->set->format, picture,
                                &predict->view, &predict->model, err);
    }
    return status == BC_OK ? write_rows(predict, err) : status;
}

/* What was taken before an error is scored all the same. */
static bc_status score_all(prediction *predict, bc_error *err) {
    size_t count;
    bc_status taken, status;
    do {
        taken = bc_paths_take(predict->taken, &count, predict->room, predict->paths, err);
        status = score_taken(predict, count, taken == BC_OK ? err : NULL);
        for (size_t i = 0; i < count; i++)
            bc_path_free(&predict->taken[i]);
        tell_progress(predict);
    } while (taken == BC_OK && status == BC_OK && count > 0);
    return taken != BC_OK ? taken : status;
}

static bc_status run_prediction(prediction *predict, const bc_arguments *arguments, bc_error *err) {
    bc_status status = prepare(predict, arguments, err);
    if (status != BC_OK)
        return status;
    if (predict->set->header) {
        bc_predict_header(&predict->rows, (bc_predict_format)predict->set->format);
        status = write_rows(predict, err);
    }
    if (status == BC_OK)
        status = score_all(predict, err);
    bc_progress_clear(&predict->progress);
    if (status == BC_OK && predict->failed > 0)
        return bc_fail(err, BC_ERROR_FORMAT, "%llu of %llu pictures could not be read",
                       (unsigned long long)predict->failed, (unsigned long long)predict->total);
    if (status == BC_OK && predict->total == 0 && !predict->set->quiet)
        bc_remark("there was no picture to score");
    return status;
}

static bc_status run(void *block, const bc_arguments *arguments, bc_error *err) {
    if (arguments->count < 2)
        return bc_fail(err, BC_ERROR_USAGE,
                       "predict takes a model and what to score: pictures, folders, or - for paths on "
                       "standard input");
    const settings *set = block;
    prediction predict = {
        .set = set, .progress = bc_progress_beside_output(set->quiet), .start = bc_clock_seconds()};
    bc_status status = run_prediction(&predict, arguments, err);
    free_prediction(&predict);
    return status;
}

const bc_command bc_command_predict = {
    .name = "predict",
    .usage = "MODEL PATH... [OPTIONS]",
    .summary = "score new pictures with a trained model, one row each",
    .description =
        "MODEL is the model.safetensors of a run. A PATH is a picture, a folder, of which every file "
        "below is taken except dot-files, or -, which reads paths from standard input, one a line. "
        "Pictures are told by content, not by name. Each gets a row 'path,logit,score,decision' in the "
        "order of the input, sent as soon as it is ready; the decision is the name of a class, the "
        "positive one where the score >= the cutoff. Logits are as the model's calibration has them. A "
        "picture that cannot be read is told on standard error (in JSON lines: as an object with path and "
        "error), the rest is scored, and the program ends with code 1.",
    .examples = "  bclass predict run/model.safetensors new/ > predictions.csv\n"
                "  bclass predict run/model.safetensors photo.jpg --cutoff run/cutoff.json\n"
                "  find new/ -name '*.png' | bclass predict run/model.safetensors - | awk -F, '$3>0.5'\n"
                "  find new/ -type f -print0 | bclass predict run/model.safetensors - -0 --format jsonl\n",
    .options = table,
    .settings_size = sizeof(settings),
    .set_defaults = set_defaults,
    .run = run,
};
