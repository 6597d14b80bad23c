/*
 * What `bclass report` is asked and what it collects. Only the files of that command use this.
 */
#ifndef BC_CLI_REPORT_SESSION_H
#define BC_CLI_REPORT_SESSION_H

#include "report/report.h"
#include "split_choice.h"

#include "base/json.h"
#include "base/text.h"
#include "base/threads.h"

#include <bclass/cutoff.h>
#include <bclass/guarantee.h>
#include <bclass/saturation.h>

#include <stdbool.h>
#include <stdint.h>

typedef struct bc_report_settings {
    const char *out, *sheet, *data, *cutoff, *target;
    int64_t thumbnails, threads, max_pixels;
    int split;
    bc_scores_options reading;
    bool allow_train, force, quiet;
} bc_report_settings;

/* What RUN holds besides its scores, as far as it is there. */
typedef struct bc_report_run {
    char *scores, *model, *cutoff; /* paths; model and cutoff NULL where there is none */
    bc_json *settings;             /* of settings.json; NULL: not known */
    const char *data;              /* what it was trained on, as it was given; NULL: not known */
    double *columns;               /* that history points to */
    bc_plot_history history;       /* of the network that was kept; count 0: not known */
} bc_report_run;

enum { BC_REPORT_SAVED, BC_REPORT_HALF, BC_REPORT_PROMISED, BC_REPORT_CUTOFFS };

/* One run of the command. */
typedef struct bc_report_session {
    const bc_report_settings *set;
    const char *given; /* RUN or SCORES */
    const char *file;  /* the scores, as messages name them */
    bool is_run;
    bc_report_run run;
    char *beside;          /* the folder of the scores */
    bc_text name;          /* of the page's file */
    bc_scores all, scores; /* scores: of all those of the label that is meant, lent */
    bc_pool *pool;
    bc_split_choice choice;
    bc_curve chosen, test;
    bc_order chosen_order, test_order;
    bc_saturation saturation;
    size_t copies, shared; /* as of a sweep */
    bc_guarantee guarantee;
    bc_report_cutoff cutoffs[BC_REPORT_CUTOFFS];
    bc_suspects suspects;
    bc_pictures pictures;
    bc_report_facts facts, warnings;
    bc_text sweep_words, predict_words, cutoff_word;
    bc_report report;
} bc_report_session;

/* Reads what lies in the folder. What is not there, or damaged and not needed, is left out, and told among
 * the warnings. */
bc_status bc_report_read_run(bc_report_session *session, bc_error *err);

/* Chooses and measures the rows, and finds the cutoffs that have a button. */
bc_status bc_report_study(bc_report_session *session, bc_error *err);

/* What is known of the data and the settings; and what is worth a warning. */
void bc_report_collect_facts(bc_report_session *session);
void bc_report_collect_warnings(bc_report_session *session);

void bc_report_warn(bc_report_session *session, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

#endif
