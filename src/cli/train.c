/* bclass train: from a folder of pictures to a run folder. */
#include "train.h"
#include "command.h"
#include "data_choice.h"
#include "interrupt.h"
#include "option_words.h"
#include "print.h"

#include "base/memory.h"
#include "dataset/cache.h"
#include "net/plan.h"
#include "train/train.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- when it ends ---- */

static bool is_stopped(void *context) {
    (void)context;
    return bc_interrupt_seen();
}

/* With --tune the whole training ends when the time does. */
static bool is_time_up(const bc_train_session *session) {
    return session->settings->tune && bc_clock_seconds() >= session->start + session->time;
}

static bool is_training_stopped(void *context) {
    return is_stopped(context) || is_time_up(context);
}

/* ---- data ---- */

/* What only folds have, or only a run without them. */
static bc_status check_folds(const bc_train_settings *set, bool folds, bc_error *err) {
    if (!folds && set->final != BC_TRAIN_NOT_GIVEN)
        return bc_fail(err, BC_ERROR_USAGE, "--final is for a run with folds; give --folds too");
    if (folds && (set->patience > 0 || set->favour != NULL || set->tune))
        return bc_fail(err, BC_ERROR_USAGE, "with folds there is no val to tell what is best; leave %s out",
                       set->patience > 0     ? "--patience"
                       : set->favour != NULL ? "--favour"
                                             : "--tune");
    return BC_OK;
}

static bc_dataset_options options_of_data(const bc_train_settings *set) {
    return bc_data_options(set->positive, set->group_from, set->val, set->test, set->folds, set->seed);
}

static bc_status open_data(bc_train_session *session, const char *path, bc_error *err) {
    const bc_train_settings *set = session->settings;
    const bc_dataset_options options = options_of_data(set);
    bc_status status = bc_data_open(&session->dataset, path, &options, set->quiet, err);
    const bool folds = session->dataset.folds > 0;
    session->val = folds ? 0 : options.val;
    session->test = folds ? options.fold_test : options.test;
    if (status == BC_OK)
        status = bc_data_check_folds(&session->dataset, set->val, set->test, err);
    if (status == BC_OK)
        status = check_folds(set, folds, err);
    if (status == BC_OK && !set->quiet && session->dataset.joined > 0)
        bc_remark("with folds there is no val: its %zu picture%s take%s part in them as those of train do",
                  session->dataset.joined, session->dataset.joined == 1 ? "" : "s",
                  session->dataset.joined == 1 ? "s" : "");
    return status;
}

static bc_status choose_size(bc_train_session *session, bc_error *err) {
    const bc_train_settings *set = session->settings;
    bc_status status = bc_data_choose_size(&session->model.preprocess, &session->dataset, set->imgsz,
                                           (bc_fit)set->fit, session->pool, err);
    session->model.preprocess.normalise = (bc_normalise)set->normalise;
    bc_train_choose_mirror(session);
    return status;
}

static bc_status load_pictures(bc_train_session *session, const char *data, bc_error *err) {
    const bc_train_settings *set = session->settings;
    bc_preprocess *preprocess = &session->model.preprocess;
    const bc_cache_options options = {
        .max_pixels = (uint64_t)set->max_pixels,
        .strict = set->strict,
        .on_progress = bc_train_on_decoded,
        .is_stopped = is_stopped,
        .context = session,
    };
    bc_status status =
        bc_cache_load(&session->cache, &session->dataset, preprocess, session->pool, &options, err);
    bc_progress_clear(&session->progress);
    const bc_dataset_options drawn = options_of_data(set);
    if (status == BC_OK)
        status = bc_train_keep_copies(session, &drawn, data, err);
    if (status == BC_OK)
        status = bc_cache_measure(preprocess, &session->cache, &session->dataset, session->pool, err);
    return status;
}

static void tell_skipped(const bc_train_session *session) {
    const bc_cache *cache = &session->cache;
    if (cache->skipped_count == 0 || session->settings->quiet)
        return;
    for (size_t i = 0; i < cache->skipped_count; i++)
        bc_remark("skipped %s: %s", cache->skipped[i].path, cache->skipped[i].reason);
    bc_remark("%zu of %zu pictures could not be read and were skipped", cache->skipped_count,
              cache->skipped_count + session->dataset.count);
}

/* ---- network ---- */

static bool is_preset(const char *name) {
    for (const char *const *preset = bc_preset_names; *preset != NULL; preset++) {
        if (strcmp(*preset, name) == 0)
            return true;
    }
    return false;
}

static bc_status make_network(bc_train_session *session, bc_error *err) {
    if (session->chosen.net == NULL)
        session->chosen.net = bc_train_default_net(&session->dataset);
    const char *name = session->settings->net;
    const bc_preprocess *p = &session->model.preprocess;
    const bc_shape input = {p->channels, p->height, p->width};
    bc_spec spec = {0};
    bc_status status;
    if (is_preset(name) || (strchr(name, '/') == NULL && strchr(name, '.') == NULL))
        status = bc_spec_preset(&spec, name, input, err);
    else
        status = bc_spec_read_file(&spec, name, input, err);
    if (status == BC_OK)
        status = bc_train_choose_head(session, &spec, err);
    if (status == BC_OK)
        status = bc_network_create(&session->model.network, &spec, BC_PARAMETER_LIMIT, err);
    bc_spec_free(&spec);
    if (status == BC_OK)
        bc_network_initialise(&session->model.network, (uint64_t)session->settings->seed);
    return status;
}

/* ---- result ---- */

static bc_status describe_model(bc_train_session *session, const char *data, bc_error *err) {
    bc_model *model = &session->model;
    const bc_dataset *dataset = &session->dataset;
    bc_status status = bc_copy_text(&model->positive, dataset->positive, strlen(dataset->positive), err);
    if (status == BC_OK)
        status = bc_copy_text(&model->negative, dataset->negative, strlen(dataset->negative), err);
    if (status == BC_OK)
        status = bc_train_describe(&model->settings, session, BC_FOR_MODEL, data, err);
    if (status == BC_OK)
        status = bc_train_describe(&session->identity, session, BC_FOR_CHECKPOINT, data, err);
    if (status == BC_OK)
        status = bc_train_describe(&session->settings_text, session, BC_FOR_RUN, data, err);
    return status;
}

/* Where it stopped is known only now. */
static bc_status describe_stop(bc_train_session *session, const char *data, bc_error *err) {
    if (!session->out_of_time && !session->history.interrupted)
        return BC_OK;
    free(session->settings_text);
    session->settings_text = NULL;
    return bc_train_describe(&session->settings_text, session, BC_FOR_RUN, data, err);
}

static bc_status score_pictures(bc_train_session *session, bc_error *err) {
    static const bc_split splits[] = {BC_SPLIT_VAL, BC_SPLIT_TEST};
    bc_status status = BC_OK;
    session->scores.logits = session->train_scores.logits = true;
    for (size_t i = 0; status == BC_OK && i < sizeof splits / sizeof splits[0]; i++)
        status = bc_train_score(&session->scores, &session->model.network, &session->dataset, &session->cache,
                                &session->model.preprocess, splits[i], session->pool, err);
    if (status == BC_OK)
        status =
            bc_train_score(&session->train_scores, &session->model.network, &session->dataset,
                           &session->cache, &session->model.preprocess, BC_SPLIT_TRAIN, session->pool, err);
    return status;
}

/* Only now, so that a second Ctrl-C before leaves nothing behind. */
static bc_status make_repetition_folder(const bc_train_settings *set, bc_error *err) {
    if (set->repetition == NULL || mkdtemp(set->repetition) != NULL)
        return BC_OK;
    return bc_fail(err, BC_ERROR_IO, "%s: cannot make a folder: %s", set->repetition, strerror(errno));
}

static bc_status write_run(bc_train_session *session, bc_error *err) {
    const bc_cache *cache = &session->cache;
    void *block;
    bc_status status = make_repetition_folder(session->settings, err);
    if (status == BC_OK)
        status = bc_alloc(&block, cache->skipped_count, sizeof(bc_skipped_picture), err);
    if (status != BC_OK)
        return status;
    bc_skipped_picture *skipped = block;
    for (size_t i = 0; i < cache->skipped_count; i++)
        skipped[i] = (bc_skipped_picture){cache->skipped[i].path, cache->skipped[i].reason};
    status = bc_run_write(&session->model, session->settings->out, session->settings_text, &session->scores,
                          &session->history, skipped, cache->skipped_count, err);
    free(skipped);
    return status;
}

/* ---- the command ---- */

/* Where the run goes. A repetition is not gone on from. */
static bc_status prepare_folder(bc_train_session *session, bc_error *err) {
    const bc_train_settings *set = session->settings;
    if (set->repetition != NULL)
        return BC_OK;
    bc_status status = bc_run_prepare(set->out, set->resume, session->dataset.folds > 0, err);
    if (status == BC_OK)
        status = bc_run_lock(&session->lock, set->out, err);
    if (status == BC_OK) /* another training may have ended there meanwhile */
        status = bc_run_check(set->out, set->force || set->resume, err);
    if (status == BC_OK)
        status = bc_run_checkpoint(&session->checkpoint, set->out, 0, err);
    return status;
}

/* What is best on val can be told only if it shows both classes. */
static bc_status check_val(const bc_train_session *session, bc_error *err) {
    const bc_dataset *dataset = &session->dataset;
    const bc_train_settings *set = session->settings;
    if (bc_dataset_count(dataset, BC_SPLIT_VAL, 0) > 0 && bc_dataset_count(dataset, BC_SPLIT_VAL, 1) > 0)
        return BC_OK;
    if (set->favour != NULL || set->tune)
        return bc_fail(err, BC_ERROR_USAGE, "%s takes pictures of both classes in val",
                       set->favour != NULL ? "--favour" : "--tune");
    return BC_OK;
}

/* Only a run that is repeated has data that is known already. */
static bc_status identify_data(bc_train_session *session, const char *data, bc_error *err) {
    const char *expected = session->settings->expected_data;
    bc_status status = bc_dataset_fingerprint(session->model.data_sha256, &session->dataset, err);
    if (status == BC_OK && expected != NULL && strcmp(session->model.data_sha256, expected) != 0)
        status =
            bc_fail(err, BC_ERROR_FORMAT,
                    "%s: the pictures, or how they are split, are not those that the run was made of", data);
    if (status == BC_OK)
        status = bc_signature_take(&session->signature, &session->dataset, session->settings->strict, err);
    return status;
}

static bc_status prepare(bc_train_session *session, const char *data, bc_error *err) {
    const bc_train_settings *set = session->settings;
    bc_status status = bc_train_make_options(session, err);
    bc_train_watch(session);
    session->options.is_stopped = is_stopped;
    if (status == BC_OK && set->repetition == NULL) /* at once where it is there; see prepare_folder */
        status = bc_run_lock(&session->lock, set->out, err);
    if (status == BC_OK)
        status = bc_run_check(set->out, set->force || set->resume, err);
    if (status == BC_OK && set->repetition == NULL)
        status = bc_run_check_apart(set->out, data, err);
    if (status == BC_OK)
        status = open_data(session, data, err);
    if (status == BC_OK)
        status = check_val(session, err);
    if (status == BC_OK)
        status = bc_pool_create(&session->pool, (unsigned)set->threads, err);
    if (status == BC_OK)
        status = choose_size(session, err);
    bc_train_choose_light(&session->options, &session->dataset);
    if (status == BC_OK) /* before the pictures are read, which may take long, so that errors come at once */
        status = make_network(session, err);
    if (status == BC_OK)
        status = load_pictures(session, data, err);
    if (status == BC_OK)
        status = check_val(session, err); /* some may have been skipped */
    if (status != BC_OK)
        return status;
    tell_skipped(session);
    session->given = session->options;
    bc_train_defaults(&session->options, &session->dataset);
    bc_train_set_head(&session->model.network, &session->options, &session->dataset);
    status = bc_cache_alignment(&session->options.alignment, &session->cache, &session->dataset,
                                &session->model.preprocess, err);
    if (status == BC_OK && session->dataset.folds > 0)
        status = bc_dataset_check_folds(&session->dataset, err);
    if (status == BC_OK && !set->quiet)
        bc_train_announce(session);
    if (status == BC_OK)
        status = prepare_folder(session, err);
    if (status == BC_OK)
        status = identify_data(session, data, err);
    if (status == BC_OK && set->tune)
        status = bc_train_tune(session, err);
    if (status == BC_OK)
        status = describe_model(session, data, err);
    session->options.checkpoint = session->checkpoint;
    session->options.identity = session->identity;
    return status;
}

static bc_status train_one(bc_train_session *session, bc_error *err) {
    session->turn.count = 1;
    session->options.stop_after = (size_t)session->settings->stop_after;
    return bc_train(&session->model.network, &session->history, &session->dataset, &session->cache,
                    &session->model.preprocess, &session->options, session->pool, err);
}

/* It is the user who interrupts; the clock, or what the run to be repeated was ended by, ends. */
static void note_end(bc_train_session *session) {
    session->train_seconds = bc_clock_since(session->train_start);
    session->out_of_time = session->history.interrupted && !bc_interrupt_seen();
    session->history.interrupted = session->history.interrupted && bc_interrupt_seen();
}

static void tell_unsaved(const bc_train_session *session) {
    if (session->history.unsaved.status == BC_OK || session->settings->quiet)
        return;
    bc_remark("a checkpoint could not be written, so this run %s: %s",
              bc_train_can_resume(session) ? "could only be resumed from an older one" : "cannot be resumed",
              session->history.unsaved.message);
}

static bc_status train_networks(bc_train_session *session, bc_error *err) {
    bc_error unheeded = {0};
    session->options.is_stopped = is_training_stopped;
    session->train_start = bc_clock_seconds();
    bc_status status = session->dataset.folds > 0 ? bc_train_folds(session, err) : train_one(session, err);
    note_end(session);
    bc_progress_clear(&session->progress);
    bc_train_show_losses(session);
    if (status != BC_OK && session->history.diverged) /* and would do so again */
        (void)bc_run_finish(session->settings->out, &unheeded);
    else
        tell_unsaved(session);
    if (status == BC_OK && session->history.interrupted &&
        (session->history.whole == 0 || session->settings->repetition != NULL))
        status = bc_fail(err, BC_ERROR_INTERRUPTED,
                         "interrupted before the end of the first epoch, so no model was written%s",
                         bc_train_can_resume(session) ? "; --resume goes on" : "");
    return status;
}

static bc_status fail_interrupted(const bc_train_session *session, bc_error *err) {
    return bc_fail(err, BC_ERROR_INTERRUPTED,
                   "interrupted; %s holds the best weights so far, those of epoch %zu%s",
                   session->settings->out, session->history.best,
                   bc_train_can_resume(session) ? ", and --resume goes on" : "");
}

static bc_status train(bc_train_session *session, const char *data, bc_error *err) {
    bc_status status = train_networks(session, err);
    if (status == BC_OK)
        status = score_pictures(session, err);
    if (status == BC_OK)
        status = bc_train_calibrate(session, err);
    if (status == BC_OK)
        status = describe_stop(session, data, err);
    if (status == BC_OK)
        status = write_run(session, err);
    if (status == BC_OK && !session->history.interrupted)
        status = bc_run_finish(session->settings->out, err);
    if (status == BC_OK && session->settings->repetition == NULL)
        status = bc_train_summarise(session, err);
    return status == BC_OK && session->history.interrupted ? fail_interrupted(session, err) : status;
}

static void release(bc_train_session *session) {
    bc_dataset_free(&session->dataset);
    bc_cache_free(&session->cache);
    bc_model_free(&session->model);
    bc_history_free(&session->history);
    bc_tuning_free(&session->tuning);
    bc_scores_free(&session->scores);
    bc_scores_free(&session->train_scores);
    bc_calibration_free(&session->calibration);
    free(session->settings_text);
    free(session->identity);
    free(session->checkpoint);
    bc_pool_free(session->pool);
    bc_run_unlock(session->lock);
}

bc_status bc_train_run(const bc_train_settings *set, const char *data, bc_error *err) {
    bc_train_session session = {.asked = set,
                                .settings = &session.chosen,
                                .chosen = *set,
                                .start = bc_clock_seconds(),
                                .lock = -1,
                                .progress = bc_progress_start(set->quiet)};
    bc_interrupt_watch();
    bc_status status = prepare(&session, data, err);
    if (status == BC_OK)
        status = train(&session, data, err);
    bc_progress_clear(&session.progress);
    if (status != BC_OK && session.checkpoint != NULL) /* the folder is this run's, and may be empty */
        bc_run_abandon(set->out);
    release(&session);
    return status;
}

static bc_status verify(const bc_train_settings *set, const bc_arguments *arguments, bc_error *err) {
    static const char *const taken[] = {"verify", "threads", "quiet", NULL};
    bc_train_settings defaults;
    bc_train_set_defaults(&defaults);
    const bc_option *other = bc_option_words_first(bc_train_table, set, &defaults, taken);
    if (other != NULL)
        return bc_fail(err, BC_ERROR_USAGE, "--verify takes its options from the run; --%s cannot be given",
                       other->name);
    if (arguments->count > 0)
        return bc_fail(err, BC_ERROR_USAGE,
                       "--verify takes the data that the run's settings.json names; give no other");
    return bc_train_verify(set, err);
}

static bc_status run(void *block, const bc_arguments *arguments, bc_error *err) {
    bc_train_settings *set = block;
    if (set->verify != NULL)
        return verify(set, arguments, err);
    if (arguments->count != 1)
        return bc_fail(
            err, BC_ERROR_USAGE,
            "train takes one folder or manifest of pictures (%zu given); see 'bclass train --help'",
            arguments->count);
    if (set->out == NULL)
        return bc_fail(err, BC_ERROR_USAGE, "-o RUN is missing: the folder to write");
    if (set->resume && set->force)
        return bc_fail(err, BC_ERROR_USAGE,
                       "--resume keeps what RUN holds and --force replaces it; give one of them");
    bc_run_state state = BC_RUN_ABSENT;
    bc_status status = set->resume ? bc_run_look(&state, set->out, err) : BC_OK;
    if (status != BC_OK)
        return status;
    return state == BC_RUN_COMPLETE ? bc_train_check_complete(set, arguments->items[0], err)
                                    : bc_train_run(set, arguments->items[0], err);
}

const bc_command bc_command_train = {
    .name = "train",
    .usage = "DATA -o RUN [OPTIONS]",
    .summary = "train a network on a folder of pictures",
    .description =
        "DATA is a folder with a sub-folder for each class (DATA/CLASS/...), or one with the splits above "
        "them (DATA/{train,val,test}/CLASS/...), or a CSV manifest with the columns path and label and "
        "maybe split, fold, group and weight. Where it states no splits, they are drawn, by class and "
        "keeping groups whole. Of the epochs that val cannot tell from the one with the least loss, the last "
        "is kept; test is only reported on.\n"
        "With --folds every picture but those of test gets a score of a network that never saw it, nor its "
        "group, and none is given away to val: better for small sets, and as many times slower. All epochs "
        "are trained, and the last one is kept.\n"
        "RUN then holds model.safetensors (for 'bclass predict'), scores.csv with every picture of val, or "
        "of the folds, and test (for 'bclass sweep'), history.csv, settings.json, and skipped.csv when some "
        "pictures could not be read.\n"
        "Ctrl-C once ends early and keeps the best weights so far; in the first epoch, and of a run with "
        "folds, there is then no model yet. Twice ends at once. --resume goes on.",
    .examples = "  bclass train photos/ -o run/\n"
                "  bclass train photos/ -o run/ --positive defect --epochs 30 --imgsz 96\n"
                "  bclass train photos/ -o run/ --folds 5 --group-from '^[^/]*/(patient[0-9]+)'\n"
                "  bclass train list.csv -o run/ --net my.json --seed 7\n",
    .options = bc_train_table,
    .settings_size = sizeof(bc_train_settings),
    .set_defaults = bc_train_set_defaults,
    .run = run,
};
