/*
 * settings.json of a run, which anyone may have written.
 */
#ifndef BC_CLI_RUN_SETTINGS_H
#define BC_CLI_RUN_SETTINGS_H

#include "base/json.h"

/* In "data": SHA-256 of some of its files; see dataset/signature.h. */
#define BC_RUN_SETTINGS_FILES "files"

/* *root is the caller's, freed with bc_json_free; NULL after an error: BC_ERROR_IO, and BC_ERROR_FORMAT or
 * BC_ERROR_LIMIT for what is no JSON or far more than a run writes. */
bc_status bc_run_settings_read(bc_json **root, const char *path, bc_error *err);

#endif
