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

typedef struct bc_judge {
    const bc_evaluation *evaluation;
    bc_favour favour;
    bool tempered;  /* the loss is taken after a temperature */
    bc_scores rows; /* those of the evaluation, in its order */
    float *losses;  /* of each row in the present epoch */
    float *least;   /* and in the epoch with the least loss so far; part of what a checkpoint keeps */
} bc_judge;

/* The evaluation is used as long as the judge lives. One without pictures is fine. */
bc_status bc_judge_create(bc_judge *judge, const bc_evaluation *evaluation, const bc_dataset *dataset,
                          const bc_train_options *options, bc_error *err);
void bc_judge_free(bc_judge *judge);

/* Sets what bc_epoch says of val, from the logits that the evaluation has now; NaN without val, and where a
 * logit is NaN the loss is. */
bc_status bc_judge_run(bc_epoch *epoch, bc_judge *judge, bc_error *err);

/* Whether it is better than the other: worth more, or as much with less loss. Without val the later one is.
 */
bool bc_judge_prefers(const bc_epoch *epoch, const bc_epoch *other);

/* Whether the epoch that was just judged is to be kept in place of `kept`, an earlier one, or NULL: where
 * something is favoured, when it is better; else when its loss is less than any before, or above the least
 * one by no more than a standard error of the difference, picture by picture (the one standard error rule of
 * Breiman et al. 1984, 3.4.3). The later of two epochs that val cannot tell apart has learned at a lower
 * rate; where val has become easy, chance would choose an early one. */
bool bc_judge_keeps(bc_judge *judge, const bc_epoch *epoch, const bc_epoch *kept);

#endif
