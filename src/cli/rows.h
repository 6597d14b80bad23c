/*
 * Option rows that several commands have. A macro stands for the fields of a row, `at` being the offset of
 * what it sets; the row adds what is its own: {BC_ROW_THREADS(FIELD(threads)), .help = "..."}.
 */
#ifndef BC_CLI_ROWS_H
#define BC_CLI_ROWS_H

#include "options.h"

#include "base/threads.h"

#include <bclass/scores.h>

#include <stddef.h>

#define BC_ROW_THREADS(at)                                                                                   \
    .name = "threads", .kind = BC_OPTION_INTEGER, .offset = (at), .value_name = "N",                         \
    .default_text = "0, as many as there are CPUs", .least = 0, .most = BC_THREADS_LIMIT

#define BC_ROW_QUIET(at) .name = "quiet", .letter = 'q', .kind = BC_OPTION_FLAG, .offset = (at), .value = true

/* A seed is a whole number that a double holds exactly. */
#define BC_ROW_SEED(at)                                                                                      \
    .name = "seed", .kind = BC_OPTION_INTEGER, .offset = (at), .value_name = "N", .least = 0,                \
    .most = 9007199254740992

#define BC_ROW_MAX_PIXELS(at)                                                                                \
    .name = "max-pixels", .kind = BC_OPTION_INTEGER, .offset = (at), .value_name = "N",                      \
    .default_text = "100000000", .least = 1, .most = 1e13

#define BC_ROW_SPLIT(at)                                                                                     \
    .name = "split", .kind = BC_OPTION_CHOICE, .offset = (at), .choices = bc_split_wanted_names,             \
    .default_text = "auto"

#define BC_ROW_ALLOW_TRAIN(at) .name = "allow-train", .kind = BC_OPTION_FLAG, .offset = (at), .value = true

/* All rows that say how to read scores, which set the bc_scores_options at this offset. */
#define BC_ROWS_SCORES(at)                                                                                   \
    {.name = "label-col",                                                                                    \
     .kind = BC_OPTION_TEXT,                                                                                 \
     .offset = (at) + offsetof(bc_scores_options, label_column),                                             \
     .value_name = "NAME",                                                                                   \
     .default_text = "label or y_true",                                                                      \
     .help = "column of the labels"},                                                                        \
        {.name = "score-col",                                                                                \
         .kind = BC_OPTION_TEXT,                                                                             \
         .offset = (at) + offsetof(bc_scores_options, score_column),                                         \
         .value_name = "NAME",                                                                               \
         .default_text = "logit, else score, y_score, prob or probability",                                  \
         .help = "column of the scores"},                                                                    \
        {.name = "positive",                                                                                 \
         .kind = BC_OPTION_TEXT,                                                                             \
         .offset = (at) + offsetof(bc_scores_options, positive),                                             \
         .value_name = "NAME",                                                                               \
         .help = "the label that is the positive class, where labels are not 0 and 1"},                      \
        {.name = "logit",                                                                                    \
         .kind = BC_OPTION_FLAG,                                                                             \
         .offset = (at) + offsetof(bc_scores_options, logit),                                                \
         .value = true,                                                                                      \
         .help = "the scores are logits, not probabilities"},                                                \
        {.name = "weight-col",                                                                               \
         .kind = BC_OPTION_TEXT,                                                                             \
         .offset = (at) + offsetof(bc_scores_options, weight_column),                                        \
         .value_name = "NAME",                                                                               \
         .default_text = "weight where there is one",                                                        \
         .help = "column of how much a row counts, above 0; an empty cell is 1"},                            \
        {.name = "by",                                                                                       \
         .kind = BC_OPTION_TEXT,                                                                             \
         .offset = (at) + offsetof(bc_scores_options, target_column),                                        \
         .value_name = "COLUMN",                                                                             \
         .default_text = "target where there is one",                                                        \
         .help = "column that names the label a row is about; each label is a question of its own"},         \
        {.name = "wide",                                                                                     \
         .kind = BC_OPTION_TEXT,                                                                             \
         .offset = (at) + offsetof(bc_scores_options, wide),                                                 \
         .value_name = "Y:S",                                                                                \
         .help = "a row is about many labels, with columns y_NAME and s_NAME for each: --wide y_:s_"},       \
    {                                                                                                        \
        .name = "skip-bad", .kind = BC_OPTION_FLAG, .offset = (at) + offsetof(bc_scores_options, skip_bad),  \
        .value = true,                                                                                       \
        .help = "leave out rows that cannot be used and tell how many, instead of failing at the first"      \
    }

#endif
