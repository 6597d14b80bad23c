/*
 * The table of bclass-bench --layers: where the time of a step goes.
 */
#ifndef BC_BENCH_LAYERS_H
#define BC_BENCH_LAYERS_H

#include <bclass/error.h>
#include <bclass/network.h>

#include "net/plan.h"

#include <stdbool.h>

/* A note of the time that each task of the plan took, step by step. */
typedef struct bc_layer_times {
    const bc_plan *plan;
    size_t tasks, limit, steps;
    double *seconds; /* [tasks and the one outside][limit], summed over threads */
    double *before;  /* [tasks]: what was noted so far */
} bc_layer_times;

/* The plan is profiled from now on. Notes up to limit steps; freed by the caller in any case. */
bc_status bc_layer_times_start(bc_layer_times *times, bc_plan *plan, size_t limit, bc_error *err);
void bc_layer_times_free(bc_layer_times *times);

/* After each step; outside: seconds of it outside the plan (the update), summed over threads. */
void bc_layer_times_note(bc_layer_times *times, double outside);

typedef struct bc_layer_scale {
    double batch, threads;
    double step_seconds, step_operations;
    double peak; /* operations a second of all threads */
} bc_layer_scale;

/* Prints a row for each task, in the order in which they are planned: medians over the steps. Seconds are
 * those of all threads divided by their number, so that they add up to the step's. */
void bc_layer_times_print(bc_layer_times *times, const bc_network *network, const bc_layer_scale *scale);

/* Operations of a layer for one picture, a multiply-add counted as two, as a direct convolution does them;
 * 0 for layers that are neither convolution nor dense. */
double bc_layer_operations(const bc_network *network, uint32_t layer);

#endif
