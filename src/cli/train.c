/* bclass train: from a folder of pictures to a run folder. */
#include "train.h"
#include "command.h"
#include "interrupt.h"
#include "option_words.h"
#include "print.h"
#include "progress.h"
#include "rows.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "dataset/cache.h"
#include "net/plan.h"
#include "train/train.h"

#include <bclass/image.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOT_GIVEN = -1 };

#define FIELD(name) offsetof(bc_train_settings, name)

static const bc_option table[] = {
    {.section = "Result",
     .name = "out",
     .letter = 'o',
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(out),
     .value_name = "RUN",
     .help = "folder to write: the model, the scores of val and test, history and settings (needed)"},
    {.name = "force",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(force),
     .value = true,
     .help = "replace the run that RUN holds, or the part of one"},
    {.name = "resume",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(resume),
     .value = true,
     .help = "go on where a run that was stopped or killed left off, from its last whole epoch, to the same "
             "result; needs the same DATA and options"},
    {.name = "verify",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(verify),
     .value_name = "RUN",
     .help =
         "train RUN again, as its settings.json says and from the same folder, and compare the bytes; exit "
         "code 3 when they differ; changes nothing"},
    {.section = "Data",
     .name = "positive",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(positive),
     .value_name = "NAME",
     .default_text = "recognised from the class names",
     .help = "the class to find; of more than two classes, the one against the rest"},
    {.name = "val",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(val),
     .value_name = "SHARE",
     .default_text = "0.15",
     .least = 0,
     .most = 0.9,
     .help = "share for early stopping and choosing a cutoff, where the data states no splits"},
    {.name = "test",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(test),
     .value_name = "SHARE",
     .default_text = "0.15, with folds 0",
     .least = 0,
     .most = 0.9,
     .help = "share that is only reported on, where the data states no splits"},
    {.name = "folds",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(folds),
     .value_name = "K",
     .default_text = "those that the data states, else none",
     .least = 2,
     .most = BC_FOLDS_LIMIT,
     .help = "in place of val: part the pictures into K folds, and score each with a network trained on the "
             "others"},
    {.name = "final",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(final),
     .choices = bc_train_final_names,
     .default_text = "refit",
     .help = "the model of a run with folds: a network trained on the pictures of all folds, or the mean of "
             "the folds' networks"},
    {.name = "group-from",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(group_from),
     .value_name = "REGEX",
     .help = "pictures whose path below DATA matches alike (the first parenthesis) stay in one split"},
    {.name = "imgsz",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(imgsz),
     .value_name = "PIXELS",
     .default_text = "the pictures' median size, at most 64",
     .least = 4,
     .most = 1024,
     .help = "width and height that pictures are brought to"},
    {.name = "fit",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(fit),
     .choices = bc_fit_names,
     .default_text = "pad",
     .help = "how pictures that are not square become so"},
    {BC_ROW_MAX_PIXELS(FIELD(max_pixels)), .help = "skip a picture that declares more pixels"},
    {.name = "strict",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(strict),
     .value = true,
     .help = "end with an error at an unreadable picture instead of skipping it"},
    {.section = "Network",
     .name = "net",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(net),
     .value_name = "NAME|FILE",
     .default_text = "resnet, from 6000 training pictures on wide",
     .help = "mlp, small, resnet, wide, or a JSON file that lists layers"},
    {.name = "head",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(head),
     .choices = bc_train_heads,
     .default_text = "sigmoid, or as the file has it",
     .help = "what makes the score: sigmoid of one output, or softmax of two; they learn the same"},
    {.section = "Training",
     .name = "epochs",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(epochs),
     .value_name = "N",
     .default_text = "12 to 60, by the number of pictures",
     .least = 1,
     .most = 100000,
     .help = "rounds over the training pictures"},
    {.name = "batch-size",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(batch_size),
     .value_name = "N",
     .default_text = "32, 64 or 128, by the number of pictures",
     .least = 1,
     .most = 65536,
     .help = "pictures a step"},
    {.name = "lr",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(learning_rate),
     .value_name = "RATE",
     .default_text = "0.003, with sgd 0.1",
     .least = 1e-9,
     .most = 100,
     .help = "the highest learning rate"},
    {.name = "weight-decay",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(weight_decay),
     .value_name = "RATE",
     .default_text = "0.05, with sgd 0.0005",
     .least = 0,
     .most = 10,
     .help = "shrinks the weights; biases and norms are left alone"},
    {.name = "patience",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(patience),
     .value_name = "N",
     .default_text = "half of the epochs, at least 6",
     .least = 1,
     .most = 100000,
     .help = "end after N epochs without a better loss on val"},
    {.name = "favour",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(favour),
     .value_name = "recall=R|precision=P",
     .default_text = "the least loss",
     .help =
         "keep the epoch that is best on val where it matters: with the fewest false alarms at a recall of "
         "R and more, or with the highest recall at a precision of P"},
    {.name = "optimizer",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(optimiser),
     .choices = bc_optimiser_names,
     .default_text = "adamw",
     .help = "how weights follow the gradient; sgd has Nesterov momentum"},
    {.name = "schedule",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(schedule),
     .choices = bc_schedule_names,
     .default_text = "one-cycle",
     .help = "how the learning rate changes"},
    {.name = "label-smoothing",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(label_smoothing),
     .value_name = "SHARE",
     .default_text = "0.1",
     .least = 0,
     .most = 0.9,
     .help = "labels are learned as SHARE / 2 and 1 - SHARE / 2, so that no score runs off to 0 or 1"},
    {.name = "ema",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(averaging),
     .value_name = "DECAY",
     .default_text = "0.99",
     .least = 0,
     .most = 0.99999,
     .help =
         "use the running mean of the weights, of which each step leaves DECAY; 0: the weights themselves"},
    {.name = "loss",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(loss),
     .choices = bc_train_losses,
     .default_text = "bce, or as the file of the network has it",
     .help = "binary cross-entropy, or the focal loss, in which pictures that are already told apart count "
             "little"},
    {.name = "gamma",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(gamma),
     .value_name = "X",
     .default_text = "2",
     .least = 0,
     .most = BC_GAMMA_LIMIT,
     .help = "how little they count in the focal loss; 0 is bce"},
    {.name = "pos-weight",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(pos_weight),
     .value_name = "auto|X",
     .default_text = "1",
     .help = "weight of a positive in the loss; auto: negatives per positive. The logits are corrected for "
             "this, as for the focal loss and for --sampling, so that scores stay probabilities"},
    {.name = "sampling",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(sampling),
     .choices = bc_sampling_names,
     .default_text = "plain",
     .help = "balanced: an epoch has as many pictures of one class as of the other, those of the rarer one "
             "several times, each time augmented anew"},
    {.name = "calibrate",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(calibrate),
     .choices = bc_calibration_names,
     .default_text = "temperature",
     .help = "how the scores are made to mean what they say, fitted on val; that val also chose the epoch "
             "matters little to one number"},
    {.name = "augment",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(augment),
     .choices = bc_augmentation_names,
     .default_text = "light",
     .help = "random changes to training pictures; light: small shifts and horizontal flips"},
    {.name = "no-hflip",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(hflip),
     .value = false,
     .help = "no horizontal flips: left and right mean something"},
    {.name = "tta",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(tta),
     .value = true,
     .help = "score each picture and its mirror image and take the mean of the logits, in predict too, which "
             "then takes twice as long"},
    {.name = "tune",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(tune),
     .value = true,
     .help = "first try learning rates, weight decays and augmentations around these on val, a few epochs "
             "each, and "
             "train with the best"},
    {.name = "time",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(time),
     .value_name = "DURATION",
     .default_text = "10m",
     .help = "with --tune: how long all of it may take, as 90s, 10m or 1.5h; what is best then is kept"},
    {BC_ROW_SEED(FIELD(seed)), .default_text = "1",
     .help = "of splits, first weights, order and augmentation; the same seed gives the same model on the "
             "same kind of CPU"},
    {BC_ROW_THREADS(FIELD(threads)), .section = "Running", .help = "the result does not depend on it"},
    {BC_ROW_QUIET(FIELD(quiet)), .help = "no progress and no remarks on standard error"},
    {.name = NULL},
};

static void set_defaults(void *block) {
    *(bc_train_settings *)block = (bc_train_settings){
        .val = NOT_GIVEN,
        .test = NOT_GIVEN,
        .final = NOT_GIVEN,
        .fit = BC_FIT_PAD,
        .max_pixels = BC_MAX_PIXELS_DEFAULT,
        .weight_decay = -1, /* by the optimiser */
        .head = -1,
        .loss = -1,
        .gamma = -1,
        .pos_weight = "1",
        .sampling = BC_SAMPLING_PLAIN,
        .label_smoothing = 0.1,
        .averaging = 0.99,
        .augment = BC_AUGMENT_LIGHT,
        .calibrate = BC_CALIBRATION_TEMPERATURE,
        .hflip = true,
        .seed = 1,
    };
}

/* ---- settings to options ---- */

static bc_status parse_favour(bc_favour *favour, const char *text, bc_error *err) {
    static const struct {
        const char *word;
        bc_favour_kind kind;
    } kinds[] = {{"recall=", BC_FAVOUR_RECALL}, {"precision=", BC_FAVOUR_PRECISION}};
    *favour = (bc_favour){BC_FAVOUR_LOSS, BC_FAVOURED_RECALL};
    if (text == NULL)
        return BC_OK;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const size_t length = strlen(kinds[i].word);
        favour->kind = kinds[i].kind;
        if (strncmp(text, kinds[i].word, length) == 0 &&
            bc_number_parse(text + length, strlen(text + length), &favour->floor) && favour->floor > 0 &&
            favour->floor < 1)
            return BC_OK;
    }
    return bc_fail(err, BC_ERROR_USAGE,
                   "--favour takes recall=R or precision=P with a number between 0 and 1, not '%s'", text);
}

/* Which network it is, where there are several. */
static void print_turn(char words[32], const bc_train_session *session) {
    words[0] = '\0';
    if (session->turn.fold > 0)
        snprintf(words, 32, "fold %u/%zu  ", session->turn.fold, session->dataset.folds);
    else if (session->turn.count > 1)
        snprintf(words, 32, "final  ");
}

/* When so many epochs of the present training are done. What was done before it was resumed took no time. */
static double seconds_left(const bc_train_session *session, double epochs) {
    const double seconds = bc_clock_seconds() - session->train_start;
    const double each = (double)session->options.epochs;
    const double done = (double)session->turn.done * each + epochs;
    return seconds * ((double)session->turn.count * each - done) / (done - (double)session->resumed);
}

static void on_resume(void *context, size_t epochs) {
    bc_train_session *session = context;
    char turn[32];
    print_turn(turn, session);
    session->resumed += epochs;
    if (!session->settings->quiet)
        bc_remark("%sgoing on after epoch %zu of %s", turn, epochs, session->checkpoint);
}

static void on_step(void *context, size_t epoch, size_t step, size_t steps, double loss) {
    bc_train_session *session = context;
    const double epochs = (double)(epoch - 1) + (double)step / (double)steps;
    char turn[32];
    print_turn(turn, session);
    bc_progress_line(&session->progress, "%sepoch %zu/%zu  step %zu/%zu  loss %.4f  %.0f s left", turn, epoch,
                     session->options.epochs, step, steps, loss, seconds_left(session, epochs));
}

static void on_epoch(void *context, const bc_epoch *epoch) {
    bc_train_session *session = context;
    char turn[32], val_loss[64] = "";
    print_turn(turn, session);
    if (!isnan(epoch->val_loss)) /* there is a val split */
        snprintf(val_loss, sizeof val_loss, "  val loss %.4f%s", epoch->val_loss,
                 epoch->is_best ? " *" : "  ");
    bc_progress_keep(&session->progress,
                     "%sepoch %zu/%zu  train loss %.4f%s  %.*f images/s  at most %.0f s left", turn,
                     epoch->number, session->options.epochs, epoch->train_loss, val_loss,
                     epoch->images_per_second < 10 ? 1 : 0, epoch->images_per_second,
                     seconds_left(session, (double)epoch->number));
}

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

static bc_status make_options(bc_train_session *session, bc_error *err) {
    const bc_train_settings *set = session->settings;
    session->options = (bc_train_options){
        .epochs = (size_t)set->epochs,
        .batch_size = (size_t)set->batch_size,
        .patience = (size_t)set->patience,
        .learning_rate = set->learning_rate,
        .weight_decay = set->weight_decay,
        .optimiser = (bc_optimiser_kind)set->optimiser,
        .schedule = (bc_schedule)set->schedule,
        .augmentation = (bc_augmentation)set->augment,
        .hflip = set->hflip,
        .label_smoothing = set->label_smoothing,
        .averaging = set->averaging,
        .seed = (uint64_t)set->seed,
        .resume = set->resume,
        .on_resume = on_resume,
        .on_step = on_step,
        .on_epoch = on_epoch,
        .is_stopped = is_stopped,
        .context = session,
    };
    if (set->weight_decay < 0)
        session->options.weight_decay = set->optimiser == BC_ADAMW ? 0.05 : 0.0005;
    bc_status status = bc_train_choose_loss(session, err);
    if (status == BC_OK)
        status = parse_favour(&session->options.favour, set->favour, err);
    if (status == BC_OK && set->time != NULL && !set->tune)
        status = bc_fail(err, BC_ERROR_USAGE, "--time is for --tune");
    if (status == BC_OK)
        status = bc_train_parse_time(&session->time, set->time != NULL ? set->time : "10m", err);
    return status;
}

/* ---- data ---- */

static void on_decoded(void *context, size_t done, size_t total) {
    bc_train_session *session = context;
    bc_progress_line(&session->progress, "reading pictures  %zu/%zu", done, total);
}

/* What only folds have, or only a run without them. */
static bc_status check_folds(const bc_train_settings *set, bool folds, bc_error *err) {
    if (!folds && set->final != NOT_GIVEN)
        return bc_fail(err, BC_ERROR_USAGE, "--final is for a run with folds; give --folds too");
    if (folds && set->val != NOT_GIVEN)
        return bc_fail(err, BC_ERROR_USAGE, "with folds there is no val; leave --val out");
    if (folds && (set->patience > 0 || set->favour != NULL || set->tune))
        return bc_fail(err, BC_ERROR_USAGE, "with folds there is no val to tell what is best; leave %s out",
                       set->patience > 0     ? "--patience"
                       : set->favour != NULL ? "--favour"
                                             : "--tune");
    return BC_OK;
}

static bc_status open_data(bc_train_session *session, const char *path, bc_error *err) {
    static const double usual_share = 0.15;
    const bc_train_settings *set = session->settings;
    const bc_dataset_options options = {
        .positive = set->positive,
        .group_pattern = set->group_from,
        .val = set->val != NOT_GIVEN ? set->val : usual_share,
        .test = set->test != NOT_GIVEN ? set->test : usual_share,
        .folds = (size_t)set->folds,
        .fold_test = set->test != NOT_GIVEN ? set->test : 0,
        .seed = (uint64_t)set->seed,
    };
    bc_status status = bc_dataset_open(&session->dataset, path, &options, err);
    const bool folds = session->dataset.folds > 0;
    session->val = folds ? 0 : options.val;
    session->test = folds ? options.fold_test : options.test;
    if (status == BC_OK)
        status = check_folds(set, folds, err);
    if (status == BC_OK && !set->quiet)
        bc_remark("the positive class is '%s' (%s); the negative one is '%s'", session->dataset.positive,
                  session->dataset.positive_reason, session->dataset.negative);
    return status;
}

static bc_status choose_size(bc_train_session *session, bc_error *err) {
    enum { AUTOMATIC_SIDE_LIMIT = 64 };
    const bc_train_settings *set = session->settings;
    bc_preprocess *preprocess = &session->model.preprocess;
    bc_status status =
        bc_cache_survey(preprocess, &session->dataset, AUTOMATIC_SIDE_LIMIT, session->pool, err);
    if (set->imgsz > 0)
        preprocess->width = preprocess->height = (uint32_t)set->imgsz;
    preprocess->fit = (bc_fit)set->fit;
    preprocess->mirror = set->tta;
    return status;
}

static bc_status load_pictures(bc_train_session *session, bc_error *err) {
    const bc_train_settings *set = session->settings;
    bc_preprocess *preprocess = &session->model.preprocess;
    const bc_cache_options options = {
        .max_pixels = (uint64_t)set->max_pixels,
        .strict = set->strict,
        .on_progress = on_decoded,
        .is_stopped = is_stopped,
        .context = session,
    };
    bc_status status =
        bc_cache_load(&session->cache, &session->dataset, preprocess, session->pool, &options, err);
    bc_progress_clear(&session->progress);
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
        status = bc_train_describe(&model->settings, session, NULL, err);
    if (status == BC_OK)
        status = bc_train_describe(&session->settings_text, session, data, err);
    return status;
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

static bc_status write_run(bc_train_session *session, bc_error *err) {
    const bc_cache *cache = &session->cache;
    void *block;
    bc_status status = bc_alloc(&block, cache->skipped_count, sizeof(bc_skipped_picture), err);
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

static bc_status prepare(bc_train_session *session, const char *data, bc_error *err) {
    const bc_train_settings *set = session->settings;
    bc_status status = make_options(session, err);
    if (status == BC_OK)
        status = bc_run_check(set->out, set->force || set->resume, err);
    if (status == BC_OK)
        status = open_data(session, data, err);
    if (status == BC_OK)
        status = bc_pool_create(&session->pool, (unsigned)set->threads, err);
    if (status == BC_OK)
        status = choose_size(session, err);
    if (status == BC_OK) /* before the pictures are read, which may take long, so that errors come at once */
        status = make_network(session, err);
    if (status == BC_OK)
        status = load_pictures(session, err);
    if (status != BC_OK)
        return status;
    tell_skipped(session);
    session->given = session->options;
    bc_train_defaults(&session->options, &session->dataset);
    bc_train_set_head(&session->model.network, &session->options, &session->dataset);
    status = bc_cache_alignment(&session->options.alignment, &session->cache, &session->dataset,
                                session->model.preprocess.channels, err);
    if (status == BC_OK && session->dataset.folds > 0) {
        session->options.patience = 0; /* there is no val */
        status = bc_dataset_check_folds(&session->dataset, err);
    }
    if (status == BC_OK && !set->quiet)
        bc_train_announce(session);
    if (status == BC_OK)
        status = bc_run_prepare(set->out, set->resume, session->dataset.folds > 0, err);
    if (status == BC_OK)
        status = bc_run_checkpoint(&session->checkpoint, set->out, 0, err);
    if (status == BC_OK)
        status = bc_dataset_fingerprint(session->model.data_sha256, &session->dataset, err);
    if (status == BC_OK && set->tune)
        status = bc_train_tune(session, err);
    if (status == BC_OK)
        status = describe_model(session, data, err);
    session->options.checkpoint = session->checkpoint;
    session->options.identity = session->model.settings;
    return status;
}

static bc_status train_one(bc_train_session *session, bc_error *err) {
    session->turn.count = 1;
    return bc_train(&session->model.network, &session->history, &session->dataset, &session->cache,
                    &session->model.preprocess, &session->options, session->pool, err);
}

static bc_status train(bc_train_session *session, bc_error *err) {
    session->options.is_stopped = is_training_stopped;
    session->train_start = bc_clock_seconds();
    bc_status status = session->dataset.folds > 0 ? bc_train_folds(session, err) : train_one(session, err);
    session->train_seconds = bc_clock_seconds() - session->train_start;
    if (session->history.interrupted && is_time_up(session)) {
        session->history.interrupted = bc_interrupt_seen();
        session->out_of_time = true;
    }
    bc_progress_clear(&session->progress);
    if (session->history.unsaved.status != BC_OK && !session->settings->quiet)
        bc_remark("no checkpoint could be written, so this run cannot be resumed: %s",
                  session->history.unsaved.message);
    if (status == BC_OK)
        status = score_pictures(session, err);
    if (status == BC_OK)
        status = bc_train_calibrate(session, err);
    if (status == BC_OK)
        status = write_run(session, err);
    if (status == BC_OK && !session->history.interrupted)
        status = bc_run_finish(session->settings->out, err);
    if (status == BC_OK && !session->settings->is_repetition)
        status = bc_train_summarise(session, err);
    if (status == BC_OK && session->history.interrupted)
        status = bc_fail(err, BC_ERROR_INTERRUPTED,
                         "interrupted; %s holds the best weights after epoch %zu, and --resume goes on",
                         session->settings->out, session->history.count);
    return status;
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
    free(session->checkpoint);
    bc_pool_free(session->pool);
}

/* So that a script may resume until it is done. */
static bc_status tell_complete(const bc_train_settings *set) {
    if (!set->quiet)
        bc_remark("%s is complete; there is nothing to resume", set->out);
    return BC_OK;
}

bc_status bc_train_run(const bc_train_settings *set, const char *data, bc_error *err) {
    bc_train_session session = {.settings = &session.chosen,
                                .chosen = *set,
                                .start = bc_clock_seconds(),
                                .progress = bc_progress_start(set->quiet)};
    bc_interrupt_watch();
    bc_status status = prepare(&session, data, err);
    if (status == BC_OK)
        status = train(&session, err);
    bc_progress_clear(&session.progress);
    release(&session);
    return status;
}

static bc_status verify(const bc_train_settings *set, const bc_arguments *arguments, bc_error *err) {
    static const char *const taken[] = {"verify", "threads", "quiet", NULL};
    bc_train_settings defaults;
    set_defaults(&defaults);
    const bc_option *other = bc_option_words_first(table, set, &defaults, taken);
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
    return state == BC_RUN_COMPLETE ? tell_complete(set) : bc_train_run(set, arguments->items[0], err);
}

const bc_command bc_command_train = {
    .name = "train",
    .usage = "DATA -o RUN [OPTIONS]",
    .summary = "train a network on a folder of pictures",
    .description =
        "DATA is a folder with a sub-folder for each class (DATA/CLASS/...), or one with the splits above "
        "them (DATA/{train,val,test}/CLASS/...), or a CSV manifest with the columns path and label and "
        "maybe split, fold, group and weight. Where it states no splits, they are drawn, by class and "
        "keeping "
        "groups whole. The network with the least loss on val is kept; test is only reported on.\n"
        "With --folds every picture but those of test gets a score of a network that never saw it, nor its "
        "group, and none is given away to val: better for small sets, and as many times slower. All epochs "
        "are trained, and the last one is kept.\n"
        "RUN then holds model.safetensors (for 'bclass predict'), scores.csv with every picture of val, or "
        "of the folds, and test (for 'bclass sweep'), history.csv, settings.json, and skipped.csv when some "
        "pictures "
        "could not be read.\n"
        "Ctrl-C once ends early and keeps the best weights so far; of a run with folds there is then no "
        "model "
        "yet. Twice ends at once. --resume goes on.",
    .examples = "  bclass train photos/ -o run/\n"
                "  bclass train photos/ -o run/ --positive defect --epochs 30 --imgsz 96\n"
                "  bclass train photos/ -o run/ --folds 5 --group-from '^[^/]*/(patient[0-9]+)'\n"
                "  bclass train list.csv -o run/ --net my.json --seed 7\n",
    .options = table,
    .settings_size = sizeof(bc_train_settings),
    .set_defaults = set_defaults,
    .run = run,
};
