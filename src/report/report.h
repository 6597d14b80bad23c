/*
 * The report: one HTML page that holds all it shows, with a slider over all cutoffs.
 *
 * The page is page/page.html, its {names} replaced: style and script as they are, charts as inline SVG, and
 * the data as JSON and as blocks (blocks.h) in <script> elements that are not run. All text in it stays
 * text: the page's script only ever makes text nodes of it. Its Content-Security-Policy lets no request out
 * and no script run but its own.
 */
#ifndef BC_REPORT_REPORT_H
#define BC_REPORT_REPORT_H

#include "plot/plots.h"
#include "report/order.h"
#include "report/pictures.h"

#include <bclass/curve.h>
#include <bclass/error.h>
#include <bclass/scores.h>
#include <bclass/suspects.h>

#include <stdbool.h>
#include <stddef.h>

/* The rows that a cutoff is chosen on, or those that it is reported on. */
typedef struct bc_report_side {
    const char *name;      /* "val", "test", ..., or "all" */
    const bc_curve *curve; /* NULL: there are no such rows */
    unsigned splits;       /* of these rows: bits 1 << BC_SPLIT_... */
    const bc_order *order; /* the same rows */
    bc_curve_measures measures;
    double calibration_error; /* ECE */
} bc_report_side;

enum { BC_REPORT_CUTOFFS_LIMIT = 8 };

/* A cutoff with a button of its own, marked on the curves. */
typedef struct bc_report_cutoff {
    const char *id;    /* "saved", "half", "promised" */
    const char *label; /* of the button */
    const char *mark;  /* on the curves, a word */
    double value;      /* on the scale of the scores; NaN: it is not to be had */
    char note[256];    /* how it came about, or why there is none; may be empty */
} bc_report_cutoff;

/* Something worth knowing. */
typedef struct bc_report_fact {
    const char *section;
    char *name, *value;
} bc_report_fact;

typedef struct bc_report_facts {
    bc_report_fact *items;
    size_t count, capacity;
    bool failed; /* to allocate; bc_report_write tells it */
} bc_report_facts;

/* Copies; a failure is remembered. */
void bc_report_add_fact(bc_report_facts *facts, const char *section, const char *name, const char *value);
void bc_report_facts_free(bc_report_facts *facts);

/* All of it is lent. */
typedef struct bc_report {
    const char *title, *program;
    const char *file;                /* where the scores were read from, as the page says it */
    const char *positive, *negative; /* names of the classes; NULL: not known */
    const bc_scores *scores;
    bc_report_side chosen, test;
    bool trained; /* how many pictures were learned from is known, and they have no rows here: */
    int64_t trained_positives, trained_negatives;
    bool in_sample; /* the rows chosen on were learned from */
    const bc_report_cutoff *cutoffs;
    size_t cutoff_count, start;      /* at most BC_REPORT_CUTOFFS_LIMIT; start: the one the page opens with */
    const bc_report_facts *warnings; /* sections and names are not shown */
    const bc_report_facts *facts;
    const bc_pictures *pictures;
    size_t pictures_lost; /* of the rows that there is no picture for, those whose path is not known */
    const bc_suspects *suspects;
    const bc_plot_history *history;          /* NULL: none */
    const char *sweep_words, *predict_words; /* the beginnings of command lines, for a shell; NULL: none */
    const char *cutoff_word;                 /* the file to keep a cutoff in, for a shell; NULL: none */
} bc_report;

/* Bytes that a page has at most, but for what curves may take that have no limit: those of a million rows
 * fit, unless their weights are all different. Pictures and paths get something in any case. */
enum { BC_REPORT_SIZE = 9500000 };

/* Paths in the page at most. */
enum { BC_REPORT_PATHS = 100000 };

/* Appends the whole page. */
bc_status bc_report_page(bc_text *page, const bc_report *report, bc_error *err);

/* Draws the mistakes at the cutoff that the page opens with, the worst of each side and kind, as a PNG. */
bc_status bc_report_sheet(const bc_report *report, const bc_picture_places *places, uint64_t max_pixels,
                          bc_pool *pool, const char *path, bc_error *err);

/* Whether a file is such a page. A file that is not there is none. */
bc_status bc_report_is_page(bool *is_page, const char *path, bc_error *err);

#endif
