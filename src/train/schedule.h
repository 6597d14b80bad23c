/*
 * The learning rate of each step.
 */
#ifndef BC_TRAIN_SCHEDULE_H
#define BC_TRAIN_SCHEDULE_H

#include <bclass/train.h>

/* Of step (from 0) out of steps, the highest being 1. */
double bc_schedule_factor(bc_schedule schedule, size_t step, size_t steps);

#endif
