/*
 * What the command line of `bclass sweep` asks for, read and checked.
 */
#ifndef BC_CLI_SWEEP_RULES_H
#define BC_CLI_SWEEP_RULES_H

#include "options.h"
#include "sweep.h"

/* What the command line says of cutoffs. */
typedef struct bc_sweep_choices {
    bc_option_uses at, rules;
    bool together, triage;
    double confidence; /* 0: no promises */
} bc_sweep_choices;

/* --at and --at-logit give a row for each of their list, the others one each, but together makes one rule of
 * all floors. A confidence makes promises of the floors. A triage takes the rules of recall and precision.
 * *rules is zero-initialised by the caller, who frees it in any case. */
bc_status bc_sweep_read_rules(bc_sweep_rules *rules, const bc_sweep_choices *choices, bc_error *err);
void bc_sweep_rules_free(bc_sweep_rules *rules);

/* The cutoffs shown where the command line names none: many for one label, one for many. */
bc_status bc_sweep_usual_cutoffs(bc_sweep_rules *rules, bool many, bc_error *err);

/* Reads "2000", "2000/day". */
bc_status bc_sweep_read_workload(bc_sweep_use *use, const char *text, bc_error *err);

/* Reads "recall>=0.95,precision>=0.4". */
bc_status bc_sweep_read_demands(bc_sweep_demands *demands, const char *text, bc_error *err);

/* Whether they are of a cutoff that there is one of; and of labels that the scores have. */
bc_status bc_sweep_check_demands(const bc_sweep *sweep, bc_error *err);
bc_status bc_sweep_check_averages(const bc_sweep *sweep, bc_error *err);

/* Reads the file of old cutoffs. */
bc_status bc_sweep_read_old(bc_sweep *sweep, const char *path, bc_error *err);

/* Before the studies: whether the old cutoffs are for such scores. */
bc_status bc_sweep_check_old(const bc_sweep *sweep, const bc_scores *scores, bc_error *err);

#endif
