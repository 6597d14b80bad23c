/*
 * How `bclass predict` decides and how it shows a row. Only the files of that command use this.
 */
#ifndef BC_CLI_PREDICT_H
#define BC_CLI_PREDICT_H

#include "base/text.h"
#include "scorer.h"

#include <bclass/error.h>
#include <bclass/model.h>

#include <stdbool.h>

/* *logit of the cutoff that text gives, the value of --option: a number from 0 to 1, or a cutoff file. A file
 * that was chosen on other scores than the model's or for other classes is BC_ERROR_USAGE, with force only a
 * remark; that this cannot be told is a remark too, unless quiet. */
bc_status bc_predict_cutoff(double *logit, const char *option, const char *text, const bc_model *model,
                            bool force, bool quiet, bc_error *err);

typedef enum bc_predict_format { BC_PREDICT_CSV, BC_PREDICT_TSV, BC_PREDICT_JSONL } bc_predict_format;

void bc_predict_header(bc_text *text, bc_predict_format format);

/* How a logit is shown and what is decided by it. */
typedef struct bc_predict_view {
    double cutoff; /* a logit */
    double shift;  /* added to logits that are shown; not to those that are compared with the cutoff */
} bc_predict_view;

/* Appends the picture's row: "path,logit,score,decision", the decision being the name of a class. One that
 * failed is an object with path and error in JSON lines, and nothing in the other formats. */
bc_status bc_predict_row(bc_text *text, bc_predict_format format, const bc_scored *picture,
                         const bc_predict_view *view, const bc_model *model, bc_error *err);

#endif
