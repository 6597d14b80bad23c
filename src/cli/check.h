/*
 * One run of `bclass check`, while it lasts. Only the files of that command use this.
 */
#ifndef BC_CLI_CHECK_H
#define BC_CLI_CHECK_H

#include "progress.h"

#include "base/text.h"
#include "base/threads.h"
#include "check/check.h"

#include <bclass/scores.h>

#include <stdbool.h>
#include <stdint.h>

typedef enum bc_check_format { BC_CHECK_TEXT, BC_CHECK_JSONL } bc_check_format;

typedef struct bc_check_settings {
    const char *positive, *group_from, *run;
    double val, test; /* below 0: not given */
    int64_t folds, imgsz, max_pixels, seed, threads, list;
    int fit, format, require; /* require: below 0 when nothing is */
    bool quiet;
} bc_check_settings;

typedef struct bc_check_session {
    const bc_check_settings *set;
    const char *name; /* of the data, as it was given */
    bc_progress progress;
    bc_pool *pool;
    bc_dataset dataset;
    bc_preprocess preprocess;
    bc_cache cache;
    bc_examined *examined;
    bc_copies copies;
    bool redrawn; /* splits or folds, so that copies stay together */
    bc_scores scores;
    bc_signature signature; /* of the data of the run; none where it recorded none */
    uint64_t run_pictures;  /* that the run was made of; 0: not known */
    bc_check_data data;     /* all of the above, lent to the checks */
    bc_findings findings;
    bc_formats formats;
    bc_leakage leakage[BC_SPLIT_COUNT];
    bc_shortcut shortcuts[BC_MEASURES];
    bc_class_counts counts;
    bc_label_check labels; /* with --run */
} bc_check_session;

/* Appends what was found: for people, or an object a line. */
void bc_check_append_text(bc_text *text, const bc_check_session *session);
bc_status bc_check_append_json(bc_text *text, const bc_check_session *session, bc_error *err);

#endif
