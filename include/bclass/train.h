/*
 * Training a network on the pictures of a data set, scoring them with it, and the run folder that keeps the
 * result.
 *
 *     RUN/model.safetensors   the network with the least loss on val
 *     RUN/scores.csv          every picture of val and test
 *     RUN/history.csv         a row an epoch
 *     RUN/settings.json       all it takes to repeat the run
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
} bc_optimiser_kind;

typedef enum bc_schedule {
    BC_ONE_CYCLE, /* up for the first quarter of all steps, then down along a cosine (Smith 2018) */
    BC_COSINE,    /* down along a cosine from the start (Loshchilov and Hutter 2017) */
    BC_CONSTANT,
} bc_schedule;

/* "adamw", "sgd", NULL; "one-cycle", "cosine", "constant", NULL. */
extern const char *const bc_optimiser_names[];
extern const char *const bc_schedule_names[];

/* One epoch, as in history.csv. */
typedef struct bc_epoch {
    size_t number;            /* from 1 */
    double learning_rate;     /* of its last step */
    double train_loss;        /* mean over its batches, while the weights changed */
    double val_loss;          /* of all of val afterwards; NaN without val */
    double images_per_second; /* trained on, without the validation */
    double seconds;           /* with the validation */
    bool is_best;
} bc_epoch;

typedef struct bc_history {
    bc_epoch *epochs;
    size_t count, capacity;
    size_t best;      /* number of the epoch whose weights were kept; 0 when there is none yet */
    bool interrupted; /* is_stopped ended it */
    bool ran_out;     /* patience ended it */
    bool diverged;    /* the loss was no longer finite in the epoch after the last one here */
} bc_history;

void bc_history_free(bc_history *history);

typedef struct bc_train_options {
    size_t epochs, batch_size; /* at least 1; see bc_train_defaults */
    size_t patience;           /* epochs without a better val loss after which it ends; 0 left so: never */
    double learning_rate;      /* the highest of the schedule */
    double weight_decay;       /* of weights only, not of biases and norms */
    double pos_weight;         /* weight of a positive in the loss, > 0 */
    bc_optimiser_kind optimiser;
    bc_schedule schedule;
    bool shift, hflip; /* augmentation */
    uint64_t seed;

    /* Called by the calling thread; each may be NULL. */
    void (*on_step)(void *context, size_t epoch, size_t step, size_t steps, double loss);
    void (*on_epoch)(void *context, const bc_epoch *epoch);
    bool (*is_stopped)(void *context); /* true: end after the present step, with the best weights */
    void *context;
} bc_train_options;

/* Fills in what is 0: epochs and batch_size by the number of training pictures, the learning rate by the
 * optimiser, patience by the epochs, pos_weight as negatives / positives. */
void bc_train_defaults(bc_train_options *options, const bc_dataset *dataset);

/* ---- the run folder ---- */

/* Sees that a run can go into the folder, before hours are spent on it: it is not there yet but can be made,
 * or it can be written and holds no run unless forced. Changes nothing. */
bc_status bc_run_check(const char *folder, bool force, bc_error *err);

/* Makes the folder, and those above it, if it is not there. */
bc_status bc_run_prepare(const char *folder, bc_error *err);

typedef struct bc_skipped_picture {
    const char *path, *reason;
} bc_skipped_picture;

/* Writes all files, the model last; sets model->scores_sha256. settings: the JSON text of settings.json. */
bc_status bc_run_write(bc_model *model, const char *folder, const char *settings, const bc_scores *scores,
                       const bc_history *history, const bc_skipped_picture *skipped, size_t skipped_count,
                       bc_error *err);

#ifdef __cplusplus
}
#endif

#endif
