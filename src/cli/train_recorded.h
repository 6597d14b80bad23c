/*
 * What a run's settings.json says of how the run was made.
 */
#ifndef BC_CLI_TRAIN_RECORDED_H
#define BC_CLI_TRAIN_RECORDED_H

#include "train.h"

typedef struct bc_train_recorded {
    char *path;    /* of settings.json */
    bc_json *root; /* which holds the texts of settings and data */
    bc_train_settings settings;
    bc_arguments arguments; /* of parsing */
    char **words;
    const char *data; /* as it was given */
} bc_train_recorded;

/* The options as on the command line, or with what was found by --tune or chosen by default in their place.
 */
typedef enum bc_train_words { BC_WORDS_GIVEN, BC_WORDS_USED } bc_train_words;

/* Names of the members of settings.json, arrays of words. */
extern const char *const bc_train_words_names[];

/* Reads RUN/settings.json. *recorded is zero-initialised here and freed by the caller in any case. Errors:
 * BC_ERROR_IO; BC_ERROR_FORMAT, naming the file, for whatever is in it that no run writes. */
bc_status bc_train_recorded_read(bc_train_recorded *recorded, const char *run, bc_train_words which,
                                 bc_error *err);
void bc_train_recorded_free(bc_train_recorded *recorded);

/* The message with the name of settings.json before it, as BC_ERROR_FORMAT. */
bc_status bc_train_recorded_blame(const bc_train_recorded *recorded, const bc_error *found, bc_error *err);

#endif
