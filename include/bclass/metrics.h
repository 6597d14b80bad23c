/*
 * What decisions are worth: the confusion counts of a cutoff and the measures made of them. A measure that is
 * undefined is NaN, never 0 or 1.
 */
#ifndef BCLASS_METRICS_H
#define BCLASS_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Items by what they are and what they were called: the sum of their weights, which is their number where
 * every weight is 1 (exact up to 2^53). */
typedef struct bc_confusion {
    double tp, fp, fn, tn;
} bc_confusion;

double
bc_precision(const bc_confusion *counts);     /* tp / (tp + fp); undefined when nothing was called positive */
double bc_recall(const bc_confusion *counts); /* tp / (tp + fn); undefined without positives */
double bc_specificity(const bc_confusion *counts); /* tn / (tn + fp); undefined without negatives */
double bc_accuracy(const bc_confusion *counts);    /* (tp + tn) / all */
double bc_youden(const bc_confusion *counts);      /* recall + specificity - 1 (Youden 1950) */
double bc_mcc(const bc_confusion *counts);         /* Matthews 1975; undefined when a margin is empty */

double bc_balanced_accuracy(const bc_confusion *counts); /* (recall + specificity) / 2 */

/* Cohen 1960: accuracy beyond what the margins give by chance; undefined when that is all there can be. */
double bc_kappa(const bc_confusion *counts);

/* (1 + b^2) tp / ((1 + b^2) tp + b^2 fn + fp) (van Rijsbergen 1979); undefined without positives. */
double bc_fbeta(const bc_confusion *counts, double beta);

/* Of 1000 items, how many are called positive. */
double bc_flagged_per_1000(const bc_confusion *counts);

typedef enum bc_metric_kind {
    BC_METRIC_FBETA,
    BC_METRIC_MCC,
    BC_METRIC_YOUDEN,
    BC_METRIC_ACCURACY,
    BC_METRIC_BALANCED_ACCURACY,
    BC_METRIC_KAPPA
} bc_metric_kind;

/* A measure that can be made as great as possible. */
typedef struct bc_metric {
    bc_metric_kind kind;
    double beta; /* of fbeta, > 0 */
} bc_metric;

/* Reads f1, f2, fbeta=B, mcc, youden, accuracy, balanced-accuracy or kappa; false for any other word. */
bool bc_metric_parse(bc_metric *metric, const char *word);

double bc_metric_value(const bc_metric *metric, const bc_confusion *counts);

#ifdef __cplusplus
}
#endif

#endif
