/*
 * Settings written as the words of a command line, for a later run to parse with the same table.
 */
#ifndef BC_CLI_OPTION_WORDS_H
#define BC_CLI_OPTION_WORDS_H

#include "options.h"

#include "base/json.h"

/* The first row whose field differs from the defaults, without those named in but, a NULL-terminated list,
 * and those of kind BC_OPTION_REPEATED; NULL: none does. */
const bc_option *bc_option_words_first(const bc_option *table, const void *settings, const void *defaults,
                                       const char *const *but);

/* Puts "--name", "value" for each such row into the array that json is in, in the order of the table. */
void bc_option_words_put(bc_json_builder *json, const bc_option *table, const void *settings,
                         const void *defaults, const char *const *but);

/* The same as "name": "value", and "name": true for a flag, into the object that json is in. */
void bc_option_words_put_members(bc_json_builder *json, const bc_option *table, const void *settings,
                                 const void *defaults, const char *const *but);

#endif
