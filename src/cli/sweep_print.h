/*
 * The results of `bclass sweep` as a table with sentences, as CSV and as JSON.
 */
#ifndef BC_CLI_SWEEP_PRINT_H
#define BC_CLI_SWEEP_PRINT_H

#include "sweep_measures.h"
#include "table.h"

#include "base/json.h"
#include "base/text.h"

/* Appends the whole result in one of the formats. */
void bc_sweep_table(bc_text *text, const bc_sweep *sweep);
void bc_sweep_csv(bc_text *text, const bc_sweep *sweep);
bc_status bc_sweep_json(bc_text *text, const bc_sweep *sweep, bc_error *err);

/* A number with some decimals, NA when undefined. */
enum { BC_SWEEP_CELL_SIZE = 64 };
void bc_sweep_print_fixed(char cell[BC_SWEEP_CELL_SIZE], double value, int decimals);

/* How many there are: a whole number, or a sum of weights. */
void bc_sweep_print_count(char cell[BC_SWEEP_CELL_SIZE], double count);

/* A chosen cutoff with as few digits as decide the same; where no score does (it rounds to 1), the logit;
 * above all scores "none". */
void bc_sweep_print_pick(char cell[BC_SWEEP_CELL_SIZE], const bc_pick *pick, bool logits);

/* The same of a row's cutoff; one that was given is a number in any case. */
void bc_sweep_print_cutoff(char cell[BC_SWEEP_CELL_SIZE], const bc_sweep_row *row, bool logits);

/* A name on one line, cut where it is long. */
void bc_sweep_print_name(char cell[BC_SWEEP_CELL_SIZE], const char *name);

/* Appends what a file or its name says, without what would break a line. */
void bc_sweep_append_line(bc_text *text, const char *line);

/* Appends a comma and the number with all its digits, NA when undefined. */
void bc_sweep_append_number(bc_text *text, double value);

/* What the cutoffs were chosen on, as the rest of the first line. */
void bc_sweep_print_heading(bc_text *text, const bc_sweep *sweep);

/* The cells of a table that tell a part, from its split on; and those of a row's counts and of the measures
 * made of them. */
enum { BC_SWEEP_PART_CELLS = 9, BC_SWEEP_COUNT_CELLS = 9 };
extern const char *const bc_sweep_part_headings[BC_SWEEP_PART_CELLS];
extern const char *const bc_sweep_count_headings[BC_SWEEP_COUNT_CELLS];
void bc_sweep_add_part(bc_table *table, const bc_sweep_part *part);
void bc_sweep_add_counts(bc_table *table, const bc_rule *rule, const bc_confusion *counts);

/* What a pick comes to, in lines of its own. */
void bc_sweep_sentence(bc_text *text, const bc_sweep_study *study, const bc_sweep_row *row);

/* One sentence on why a pick's rule is not met. */
void bc_sweep_unmet(bc_text *text, const bc_sweep_study *study, const bc_sweep_row *row);

/* What a triage comes to; nothing without one. */
void bc_sweep_triage_sentence(bc_text *text, const bc_sweep_study *study);

/* Appends the table of what is expected. */
void bc_sweep_expected_table(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study);

/* Appends the table of the bootstrap, a row's columns in CSV with a comma before each, and a row's member in
 * JSON; nothing where none is asked for. */
void bc_sweep_bootstrap_table(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study);
enum { BC_SWEEP_BOOTSTRAP_COLUMNS = 2 + 2 * 3 + 3 * BC_BOOTSTRAP_MEASURES };
void bc_sweep_bootstrap_headings(bc_text *text, const bc_sweep *sweep);
void bc_sweep_bootstrap_csv(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study,
                            const bc_sweep_row *row, bool shown);
void bc_sweep_bootstrap_json(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study,
                             const bc_sweep_row *row);

/* The rows that the picks hang on: their table, and a row's member in JSON; nothing where none are asked for.
 */
void bc_sweep_pins_table(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study);
void bc_sweep_pins_json(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study,
                        const bc_sweep_row *row);

/* What is wrong with saturated scores, and what to do, in lines; nothing where nothing was found. */
void bc_sweep_saturation_words(bc_text *text, const bc_sweep_study *study);
void bc_sweep_saturation_json(bc_json_builder *json, const bc_sweep_study *study);

/* What an old cutoff comes to here. */
void bc_sweep_check_table(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study);

/* A line for each demand of the study, or of averages where study is NULL. */
void bc_sweep_demand_lines(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study);

/* Appends the tables of many labels. */
void bc_sweep_labels_table(bc_text *text, const bc_sweep *sweep);

/* Members of the JSON object: counts and what is made of them (counts NULL: null each), a cutoff and what it
 * does in each place (shown false: null each), the study's old cutoff and the demands on it (on averages
 * where study is NULL), an average. */
void bc_sweep_counts_json(bc_json_builder *json, const bc_sweep *sweep, const bc_rule *rule,
                          const bc_confusion *counts, const bc_confusion *squares);
void bc_sweep_pick_json(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study,
                        const bc_sweep_row *row, bool shown);
void bc_sweep_check_json(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study);
void bc_sweep_demands_json(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study);
void bc_sweep_average_json(bc_json_builder *json, const bc_sweep *sweep, bc_sweep_averaging averaging);

#endif
