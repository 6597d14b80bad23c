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

#endif
