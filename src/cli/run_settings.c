/* Reads settings.json. */
#include "run_settings.h"

#include "base/file.h"

#include <stdlib.h>

bc_status bc_run_settings_read(bc_json **root, const char *path, bc_error *err) {
    enum { LIMIT = 16 << 20 };
    uint8_t *text;
    size_t size;
    *root = NULL;
    bc_status status = bc_file_read(&text, &size, path, LIMIT, err);
    if (status == BC_OK)
        status = bc_json_parse(root, (const char *)text, size, path, err);
    free(text);
    return status;
}
