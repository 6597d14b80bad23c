/* Measures of one confusion matrix. */
#include <bclass/metrics.h>

#include "base/number.h"

#include <math.h>
#include <string.h>

static double ratio(double part, double whole) {
    return whole > 0 ? part / whole : NAN;
}

double bc_precision(const bc_confusion *counts) {
    return ratio(counts->tp, counts->tp + counts->fp);
}

double bc_recall(const bc_confusion *counts) {
    return ratio(counts->tp, counts->tp + counts->fn);
}

double bc_specificity(const bc_confusion *counts) {
    return ratio(counts->tn, counts->tn + counts->fp);
}

double bc_accuracy(const bc_confusion *counts) {
    return ratio(counts->tp + counts->tn, counts->tp + counts->fp + counts->fn + counts->tn);
}

double bc_youden(const bc_confusion *counts) {
    return bc_recall(counts) + bc_specificity(counts) - 1;
}

double bc_balanced_accuracy(const bc_confusion *counts) {
    return (bc_recall(counts) + bc_specificity(counts)) / 2;
}

double bc_kappa(const bc_confusion *counts) {
    double tp = counts->tp, fp = counts->fp, fn = counts->fn, tn = counts->tn;
    return ratio(2 * (tp * tn - fp * fn), (tp + fp) * (fp + tn) + (tp + fn) * (fn + tn));
}

double bc_mcc(const bc_confusion *counts) {
    double tp = counts->tp, fp = counts->fp, fn = counts->fn, tn = counts->tn;
    return ratio(tp * tn - fp * fn, sqrt((tp + fp) * (tp + fn)) * sqrt((tn + fp) * (tn + fn)));
}

double bc_fbeta(const bc_confusion *counts, double beta) {
    if (counts->tp + counts->fn == 0)
        return NAN;
    double b2 = beta * beta, hits = (1 + b2) * counts->tp;
    return hits / (hits + b2 * counts->fn + counts->fp);
}

double bc_flagged_per_1000(const bc_confusion *counts) {
    return ratio(1000 * (counts->tp + counts->fp), counts->tp + counts->fp + counts->fn + counts->tn);
}

bool bc_metric_parse(bc_metric *metric, const char *word) {
    static const char general[] = "fbeta=";
    static const struct {
        const char *word;
        bc_metric metric;
    } known[] = {
        {"f1", {BC_METRIC_FBETA, 1}},          {"f2", {BC_METRIC_FBETA, 2}},
        {"mcc", {BC_METRIC_MCC, 0}},           {"youden", {BC_METRIC_YOUDEN, 0}},
        {"accuracy", {BC_METRIC_ACCURACY, 0}}, {"balanced-accuracy", {BC_METRIC_BALANCED_ACCURACY, 0}},
        {"kappa", {BC_METRIC_KAPPA, 0}}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].word, word) == 0) {
            *metric = known[i].metric;
            return true;
        }
    }
    if (strncmp(word, general, sizeof general - 1) != 0)
        return false;
    const char *number = word + sizeof general - 1;
    metric->kind = BC_METRIC_FBETA;
    return bc_number_parse(number, strlen(number), &metric->beta) && metric->beta > 0 && metric->beta <= 1e6;
}

double bc_metric_value(const bc_metric *metric, const bc_confusion *counts) {
    switch (metric->kind) {
    case BC_METRIC_FBETA:
        return bc_fbeta(counts, metric->beta);
    case BC_METRIC_MCC:
        return bc_mcc(counts);
    case BC_METRIC_YOUDEN:
        return bc_youden(counts);
    case BC_METRIC_ACCURACY:
        return bc_accuracy(counts);
    case BC_METRIC_BALANCED_ACCURACY:
        return bc_balanced_accuracy(counts);
    case BC_METRIC_KAPPA:
        return bc_kappa(counts);
    }
    return NAN;
}
