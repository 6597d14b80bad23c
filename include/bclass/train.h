/*
 * Training a network on the pictures of a data set, scoring them with it, and the run folder that keeps the
 * result.
 *
 *     RUN/model.safetensors   the network of the epoch that is kept (train/judge.h), or that of all folds
 *     RUN/scores.csv          every picture of val and test, or of the folds and test
 *     RUN/history.csv         a row an epoch, with a column fold first where there are folds
 *     RUN/settings.json       all it takes to repeat the run
 *     RUN/checkpoint.safetensors  while it is not finished: what it takes to go on; where there are folds
 *                             checkpoint-fold1.safetensors and so on too
 *     RUN/skipped.csv         pictures that could not be read, when there are any
 */
#ifndef BCLASS_TRAIN_H
#define BCLASS_TRAIN_H

#include <bclass/dataset.h>
#include <bclass/error.h>
#include <bclass/model.h>
#include <bclass/scores.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bc_optimiser_kind {
    BC_ADAMW, /* Loshchilov and Hutter 2019 */
    BC_SGD,   /* with Nesterov momentum 0.9 (Sutskever et al. 2013) */
    BC_MUON,  /* Jordan et al. 2024, for the kernels of convolutions; AdamW for the rest */
} bc_optimiser_kind;

typedef enum bc_schedule {
    BC_ONE_CYCLE, /* up for the first quarter of all steps, then down along a cosine (Smith 2018) */
    BC_COSINE,    /* down along a cosine from the start (Loshchilov and Hutter 2017) */
    BC_CONSTANT,
} bc_schedule;

typedef enum bc_sampling {
    BC_SAMPLING_PLAIN,    /* every picture once an epoch */
    BC_SAMPLING_BALANCED, /* as many of one class as of the other: the rarer one's come several times */
} bc_sampling;

typedef enum bc_augmentation {
    BC_AUGMENT_NONE,
    BC_AUGMENT_LIGHT,  /* shifts and horizontal flips */
    BC_AUGMENT_STRONG, /* also turned, scaled, brighter or darker, with more or less contrast */
} bc_augmentation;

/* "adamw", "sgd", NULL; "one-cycle", "cosine", "constant", NULL; "plain", "balanced", NULL; "none", "light",
 * "strong", NULL. */
extern const char *const bc_optimiser_names[];
extern const char *const bc_schedule_names[];
extern const char *const bc_sampling_names[];
extern const char *const bc_augmentation_names[];

/* What the epoch that is kept is best at on val, or worse at by no more than a standard error. Unless
 * something else is favoured, history.csv tells of a recall of BC_FAVOURED_RECALL. */
typedef enum bc_favour_kind {
    BC_FAVOUR_LOSS,   /* least log loss */
    BC_FAVOUR_RECALL, /* highest mean specificity over all recalls of at least the floor: a partial area under
                         the ROC curve (McClish 1989, with its axes exchanged) */
    BC_FAVOUR_PRECISION /* highest recall with a precision of at least the floor */
} bc_favour_kind;

typedef struct bc_favour {
    bc_favour_kind kind;
    double floor; /* above 0, below 1 */
} bc_favour;

#define BC_FAVOURED_RECALL 0.95

/* Limits of the learning rate, and of the weight decay, which may be 0. */
#define BC_LEARNING_RATE_LEAST 1e-9
#define BC_LEARNING_RATE_MOST 100.0
#define BC_WEIGHT_DECAY_MOST 10.0

/* One epoch, as in history.csv. */
typedef struct bc_epoch {
    size_t number;        /* from 1 */
    double learning_rate; /* of its last step */
    double train_loss;    /* mean over its batches, while the weights changed: of what is minimised */
    double val_loss;      /* log loss of all of val afterwards, as the next five; NaN without val */
    double val_auroc, val_average_precision;
    double val_recall, val_precision; /* at the cutoff that is best for what is favoured: see bc_favour */
    double val_worth; /* by what epochs are compared, the higher the better: see bc_favour and tempered */
    double images_per_second; /* trained on, without the validation */
    double seconds;           /* with the validation */
    bool is_best;             /* so far, and once training has ended: of all */
    uint32_t fold;            /* held out; 0: none, which is the final network where there are folds */
} bc_epoch;

typedef struct bc_history {
    bc_epoch *epochs;
    size_t count, capacity;
    size_t whole;     /* epochs that were not cut short, which the last one may be */
    size_t steps;     /* taken */
    size_t best;      /* number of the epoch whose weights were kept; 0 when there is none yet */
    bool interrupted; /* is_stopped or stop_after ended it */
    bool ran_out;     /* patience ended it */
    bool diverged;    /* the loss was no longer finite in the epoch after the last one here */
    bool has_folds;   /* the epochs of several trainings, one for each fold and a final one */
    bc_error unsaved; /* why the first checkpoint that could not be written was not */
} bc_history;

void bc_history_free(bc_history *history);

typedef struct bc_train_options {
    size_t epochs, batch_size; /* at least 1; see bc_train_defaults */
    size_t patience;           /* epochs in a row that are not kept after which it ends; 0: never */
    double learning_rate;      /* the highest of the schedule */
    double weight_decay;       /* of weights only, not of biases and norms */
    double gamma;              /* of the focal loss; 0: cross-entropy */
    double pos_weight;         /* weight of a positive in the loss, > 0 */
    bc_sampling sampling;
    bc_optimiser_kind optimiser;
    bc_schedule schedule;
    bc_augmentation augmentation;
    double
        alignment; /* of the training pictures, see bc_cache_alignment: the more, the less they are shifted */
    double brightness, contrast; /* how much strong augmentation changes these: each way, as a share of the
                                    range; by a factor from 1 - contrast to 1 + contrast */
    bool hflip;                  /* whether pictures may be mirrored left to right */
    double cutout; /* the side of a square that is cut out of each training picture, as a share of the
                      picture's (DeVries and Taylor 2017); 0: none */
    double mixup;  /* above 0, at most 1: a batch's pictures are mixed in pairs, labels and all, with shares
                      drawn from Beta(mixup, mixup) (Zhang et al. 2018); 0: they are not */
    double label_smoothing; /* labels are learned as so much nearer to the share of positives, which keeps the
                               mean */
    double averaging;       /* of the weights: what a step leaves of the running mean, which is what is scored
                               and kept; 0: the weights themselves */
    bc_favour favour;
    bool tempered; /* the loss on val is taken after the temperature that fits val best, as calibration will
                      do: labels that are smoothed leave every network less sure than it should be */
    uint64_t seed;
    size_t stop_after; /* end after so many steps with the best values, as is_stopped did once; 0: never */
    const char *checkpoint; /* file that is written before the first step and after each epoch, enough to go
                               on as if nothing had happened; NULL: none */
    const char *identity;   /* JSON text of what must be the same for a checkpoint to be gone on from */
    bool resume;            /* go on from the checkpoint if it is there */

    /* Called by the calling thread; each may be NULL. */
    void (*on_resume)(void *context, size_t epochs); /* so many are from the checkpoint */
    /* Of a training that has a checkpoint and does not go on from one: before its first step, when the first
     * one is written, or could not be. An error ends the training. */
    bc_status (*on_begin)(void *context, bool is_saved, bc_error *err);
    void (*on_step)(void *context, size_t epoch, size_t step, size_t steps, double loss);
    void (*on_epoch)(void *context, const bc_epoch *epoch);
    bool (*is_stopped)(void *context); /* true: end after the present step, with the best values */
    void *context;
} bc_train_options;

/* Share of the usual shifts, turns and changes of size that is made of pictures of this alignment. */
double bc_train_freedom(double alignment);

/* Whether training shows mirror images, so that those of what is scored can be scored too. */
bool bc_train_mirrors(const bc_train_options *options);

/* The preset, and brightness and contrast, for so many training pictures; they go together if both are chosen
 * of the same data set. */
const char *bc_train_default_net(const bc_dataset *dataset);
void bc_train_choose_light(bc_train_options *options, const bc_dataset *dataset);

/* Fills in what is 0: epochs and batch_size by the number of pictures an epoch, the learning rate by the
 * optimiser, pos_weight as negatives / positives. */
void bc_train_defaults(bc_train_options *options, const bc_dataset *dataset);

/* Writes into the head what the options, and the classes of the train split, do to its logits: gamma, and the
 * offset that undoes the weight of positives and the sampling. Training does this too. */
void bc_train_set_head(bc_network *network, const bc_train_options *options, const bc_dataset *dataset);

/* ---- searching for settings ---- */

/* A training on trial. */
typedef struct bc_trial {
    size_t number; /* from 1, in the order they were run */
    size_t epochs;
    double learning_rate, weight_decay;
    bc_augmentation augmentation;
    bc_epoch result; /* its best epoch; val_worth is -infinity where the loss was no finite number */
} bc_trial;

typedef struct bc_tuning {
    bc_trial *trials; /* those that got to their end */
    size_t count, capacity;
} bc_tuning;

void bc_tuning_free(bc_tuning *tuning);

typedef struct bc_tune_options {
    double deadline;                /* by the clock, for the search and the training after it */
    bool tta;                       /* trials score mirror images where their augmentation mirrors */
    double (*clock)(void *context); /* in seconds; NULL: bc_clock_seconds */
    /* Called after each trial, of which there will be at most `total` in this round; may be NULL. */
    void (*on_trial)(void *context, const bc_trial *trial, size_t done, size_t total);
    void *context;
} bc_tune_options;

/* ---- the run folder ---- */

typedef enum bc_run_state {
    BC_RUN_ABSENT,     /* no run, or one that did not get to its first step */
    BC_RUN_UNFINISHED, /* there is a checkpoint */
    BC_RUN_COMPLETE,
} bc_run_state;

/* What the folder holds, which need not be there. */
bc_status bc_run_look(bc_run_state *state, const char *folder, bc_error *err);

/* Sees that a run can go into the folder, before hours are spent on it: it is not there yet but can be made,
 * or it can be written and holds no run, nor part of one, unless it may. Changes nothing. */
bc_status bc_run_check(const char *folder, bool may_hold, bc_error *err);

/* Takes a folder that is there for this process, until bc_run_unlock or its end, so that no two trainings
 * write to it. *lock is -1 before, where the folder is not there yet, and where its file system knows no
 * locks; one that is taken already stays so. BC_ERROR_USAGE where another process has it. */
bc_status bc_run_lock(int *lock, const char *folder, bc_error *err);
void bc_run_unlock(int lock);

/* Sees that a run's folder is not inside the folder of its data, whose pictures would then be others the next
 * time. data may also be a manifest, or not be there. */
bc_status bc_run_check_apart(const char *folder, const char *data, bc_error *err);

/* Makes the folder, and those above it, if it is not there; removes what processes that were killed left half
 * written. BC_ERROR_USAGE when the checkpoints in it are to be gone on from, but are of a run with folds and
 * this one has none, or the other way round. */
bc_status bc_run_prepare(const char *folder, bool resume, bool has_folds, bc_error *err);

/* Once the first checkpoint of a run is written, which is that of the training without this fold, or could
 * not be: removes those of the run that it replaces. Until then the folder is what it was. */
bc_status bc_run_begin(const char *folder, uint32_t fold, bool is_saved, bc_error *err);

/* *path = that of the checkpoint of the training without this fold, or of the only or final one for 0; freed
 * by the caller in any case. */
bc_status bc_run_checkpoint(char **path, const char *folder, uint32_t fold, bc_error *err);

typedef struct bc_skipped_picture {
    const char *path, *reason;
} bc_skipped_picture;

/* Of a run that has written nothing: takes its folder away, unless something is in it. */
void bc_run_abandon(const char *folder);

/* Writes all files, the model last; removes the report of a run that it replaces; sets model->scores_sha256.
 * settings: the JSON text of settings.json. */
bc_status bc_run_write(bc_model *model, const char *folder, const char *settings, const bc_scores *scores,
                       const bc_history *history, const bc_skipped_picture *skipped, size_t skipped_count,
                       bc_error *err);

/* Once all is written: removes the checkpoints, so that the run is complete. */
bc_status bc_run_finish(const char *folder, bc_error *err);

#ifdef __cplusplus
}
#endif

#endif
