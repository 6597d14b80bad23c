/*
 * One run of `bclass train`, while it lasts. Only the files of that command use this.
 */
#ifndef BC_CLI_TRAIN_H
#define BC_CLI_TRAIN_H

#include "options.h"
#include "progress.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/threads.h"
#include "dataset/cache.h"
#include "dataset/signature.h"

#include <bclass/calibration.h>
#include <bclass/dataset.h>
#include <bclass/model.h>
#include <bclass/scores.h>
#include <bclass/train.h>

enum { BC_TRAIN_NOT_GIVEN = -1 }; /* in a setting that is at least 0 */

typedef struct bc_train_settings {
    const char *out, *positive, *group_from, *net, *pos_weight, *favour, *verify, *time, *augment;
    double val, test, learning_rate, weight_decay, label_smoothing, averaging;
    double gamma; /* below 0: by the loss */
    int64_t folds, imgsz, max_pixels, epochs, batch_size, patience, seed,
        threads; /* 0: chosen from the data */
    int final, fit, normalise, optimiser, schedule, sampling, calibrate;
    int head, loss; /* below 0: as the network has it */
    bool force, resume, strict, allow_leak, hflip, tta, tune, quiet;
    char *repetition; /* of a run that is verified: the template of a folder's name that its result goes to,
                         to be compared and not told; NULL: it is none */
    const char *expected_data; /* fingerprint that the data of such a run must have; NULL: not known */
    int64_t stop_after;        /* steps; 0: never */
} bc_train_settings;

/* What the final model is where there are folds. */
typedef enum bc_train_final {
    BC_FINAL_REFIT,    /* one more network, trained on the pictures of all folds */
    BC_FINAL_ENSEMBLE, /* the mean of the folds' logits */
} bc_train_final;

extern const char *const bc_train_final_names[];

/* Which of the run's trainings goes on. */
typedef struct bc_train_turn {
    size_t done, count; /* trainings before it; all */
    uint32_t fold;      /* held out; 0: none */
} bc_train_turn;

enum { BC_TRAIN_AUGMENT_SIZE = 128 }; /* of the text of --augment */

typedef struct bc_train_session {
    const bc_train_settings *asked;      /* as given */
    const bc_train_settings *settings;   /* chosen */
    bc_train_settings chosen;            /* as given, but for what --tune found */
    char augment[BC_TRAIN_AUGMENT_SIZE]; /* text of what --tune found */
    bc_progress progress;
    bc_pool *pool;
    bc_dataset dataset;
    bc_cache cache;
    bc_signature signature;
    bc_model model;
    double val, test;                /* shares, as far as they are drawn */
    bc_train_options given, options; /* as given, where 0 is to be chosen; of the final network */
    bc_train_turn turn;
    bc_history history;
    bc_scores scores;       /* of val, or of the folds in their order, and test */
    bc_scores train_scores; /* of the pictures it was trained on: to be told, not to be written */
    bc_tuning tuning;
    bc_calibration calibration; /* of the scores; rows is 0 when none was fitted */
    char *settings_text;        /* of settings.json */
    char *identity;             /* what must be the same to go on from a checkpoint */
    char *checkpoint;           /* path of the file that the present training could go on from */
    double start, time;         /* of the command, by the clock; seconds it may take with --tune */
    double train_start, train_seconds;
    bool out_of_time; /* --time ended it */
    int lock;         /* of the run folder; -1: none */
    size_t resumed;   /* epochs that were trained before */
    /* For what is told while it goes on: */
    bool is_searching, has_header; /* --tune tries settings; the table of epochs has its header */
    size_t trials;                 /* of --tune that are done */
    double epoch_start, val_auroc; /* of the present epoch, by the clock; of the last one that is done */
} bc_train_session;

/* The option table, and the settings before any option is read. */
extern const bc_option bc_train_table[];
void bc_train_set_defaults(void *settings);

/* The options that the settings come to; 0 where the data is to tell. */
bc_status bc_train_make_options(bc_train_session *session, bc_error *err);

/* Mirror images are scored where training mirrors pictures, which --tune may change. */
void bc_train_choose_mirror(bc_train_session *session);

/* Reads LEVEL, LEVEL+cutout, LEVEL+cutout=SHARE+mixup=A and so on; and writes it. */
bc_status bc_train_parse_augment(bc_train_options *options, const char *text, bc_error *err);
void bc_train_print_augment(char text[BC_TRAIN_AUGMENT_SIZE], const bc_train_options *options);

/* Lets the training tell how it goes; and how the reading of pictures does. */
void bc_train_watch(bc_train_session *session);
void bc_train_on_decoded(void *session, size_t done, size_t total);

/* Draws the losses on val in a line, on a terminal, where training is done. */
void bc_train_show_losses(bc_train_session *session);

/* What a description of the run is for. */
typedef enum bc_train_purpose {
    BC_FOR_MODEL,      /* which is the same wherever the data lies and however the settings were found */
    BC_FOR_CHECKPOINT, /* the same, with the layers, what --tune found, and the options that were given */
    BC_FOR_RUN         /* settings.json: all it takes to repeat the run */
} bc_train_purpose;

/* *settings = JSON text. It does not name what has no influence on the result: threads and the run folder.
 * data: where the data lies, as it was given. */
bc_status bc_train_describe(char **settings, const bc_train_session *session, bc_train_purpose purpose,
                            const char *data, bc_error *err);

/* "sigmoid", "softmax", NULL; "bce", "focal", NULL. */
extern const char *const bc_train_heads[], *const bc_train_losses[];

/* Sets the options of the loss and of the sampling. */
bc_status bc_train_choose_loss(bc_train_session *session, bc_error *err);

/* Gives the network the head that is asked for, and takes from the head it has what that asks for. */
bc_status bc_train_choose_head(bc_train_session *session, bc_spec *spec, bc_error *err);

/* Into settings.json. */
void bc_train_describe_loss(bc_json_builder *json, const bc_train_session *session);

/* Says on standard error what is done about uneven classes, or that nothing is. */
void bc_train_announce_loss(const bc_train_session *session);

/* --final, or what goes for it. */
bc_train_final bc_train_final_of(const bc_train_session *session);

/* Trains a network for each fold on the other ones, scores the fold with it, and then trains the final one.
 * The history is that of all of them. */
bc_status bc_train_folds(bc_train_session *session, bc_error *err);

/* Keeps copies of one picture on one side where splits or folds were drawn; refuses exact copies on two sides
 * where the data states them, unless that is allowed. Says on standard error what is to be known of copies.
 */
bc_status bc_train_keep_copies(bc_train_session *session, const bc_dataset_options *options, const char *data,
                               bc_error *err);

/* Says on standard error what the folds are, and appends how alike the results of them are. */
void bc_train_announce_folds(const bc_train_session *session);
bc_status bc_train_append_folds(bc_text *text, const bc_train_session *session, bc_error *err);

/* Fits on val, or oof where there are folds, what --calibrate asks for, puts it into the model, and makes the
 * scores what predict will give. Where it has too few pictures of a class the scores stay as they are, which
 * is told. */
bc_status bc_train_calibrate(bc_train_session *session, bc_error *err);

/* Reads 90s, 10m or 1.5h. */
bc_status bc_train_parse_time(double *seconds, const char *text, bc_error *err);

/* Searches and settles what is best on val; of a run that is resumed takes what was found before. */
bc_status bc_train_tune(bc_train_session *session, bc_error *err);

/* "trials": what was tried, if anything was. Getting them gives those that were put, none if they are not
 * there; BC_ERROR_FORMAT, with name before it, for what is none. */
void bc_train_put_trials(bc_json_builder *json, const bc_tuning *tuning);
bc_status bc_train_get_trials(bc_tuning *tuning, const bc_json *settings, const char *name, bc_error *err);

/* Options that need not be the same to go on with a run, a NULL-terminated list: they have no influence on
 * the result, or only on when it comes. */
extern const char *const bc_train_free_to_change[];

/* Whether a later --resume would find something to go on from. */
bool bc_train_can_resume(const bc_train_session *session);

/* For --resume of a complete run: says that there is nothing to do. BC_ERROR_USAGE, naming the first option
 * that differs, when the run was made with other ones or of other data. */
bc_status bc_train_check_complete(const bc_train_settings *settings, const char *data, bc_error *err);

/* One training from DATA to the run folder. */
bc_status bc_train_run(const bc_train_settings *settings, const char *data, bc_error *err);

/* Trains settings->verify again and compares. BC_ERROR_UNMET when it is not the same. */
bc_status bc_train_verify(const bc_train_settings *settings, bc_error *err);

/* Says on standard error what is about to be trained. */
void bc_train_announce(const bc_train_session *session);

/* What is told of a split. */
typedef struct bc_train_result {
    size_t positives, negatives;
    double auroc, average_precision, log_loss;
    double auroc_high; /* upper end of the area's 95 % interval; NaN where that is not known */
} bc_train_result;

/* Train's area is above all of val's interval, so that chance does not explain it, and by enough to be worth
 * a thought; or val's loss is a multiple of train's. */
bool bc_train_is_overfitted(const bc_train_result *train, const bc_train_result *val);

/* Prints how it went: counts, AUROC, AP and log loss on val, oof and test, and what to type next. */
bc_status bc_train_summarise(const bc_train_session *session, bc_error *err);

#endif
