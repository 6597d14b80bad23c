/*
 * How good an epoch's network is on val: the losses and areas that history.csv has, and the one number by
 * which epochs are compared.
 */
#ifndef BC_TRAIN_JUDGE_H
#define BC_TRAIN_JUDGE_H

#include "evaluate.h"

#include <bclass/dataset.h>
#include <bclass/scores.h>
#include <bclass/train.h>

enum { BC_JUDGE_PARTS = 10 };

typedef struct bc_judge {
    const bc_evaluation *evaluation;
    bc_favour favour;
    bool tempered;    /* the loss is taken after a temperature */
    bc_scores rows;   /* those of the evaluation, in its order */
    float *present;   /* of each row: its loss, or where something is favoured its logit */
    float *reference; /* the same of the epoch that was worth most so far; part of what a checkpoint keeps */
    /* where something is favoured: all rows but a tenth of each class, another one for each */
    bc_scores parts[BC_JUDGE_PARTS];
} bc_judge;

/* The evaluation is used as long as the judge lives. One without pictures is fine. */
bc_status bc_judge_create(bc_judge *judge, const bc_evaluation *evaluation, const bc_dataset *dataset,
                          const bc_train_options *options, bc_error *err);
void bc_judge_free(bc_judge *judge);

/* Sets what bc_epoch says of val, from the logits that the evaluation has now; NaN without val, and where a
 * logit is NaN the loss is. */
bc_status bc_judge_run(bc_epoch *epoch, bc_judge *judge, bc_error *err);

/* *keeps: whether the epoch that was just judged takes the place of the one that is kept, or is the first:
 * when it is worth more than any before, or less than the one that was worth most by no more than a standard
 * error of the difference (the one standard error rule of Breiman et al. 1984, 3.4.3). The later of two
 * epochs that val cannot tell apart has learned at a lower rate; where val has become easy, chance would
 * choose an early one. Of losses the error is that of the mean, picture by picture; of what is favoured that
 * of the jackknife over tenths of val (Efron and Tibshirani 1993, 11). Without val the later one is kept. */
bc_status bc_judge_keeps(bool *keeps, bc_judge *judge, const bc_epoch *epoch, bool is_first, bc_error *err);

#endif
