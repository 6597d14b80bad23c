/* Compares files, not only names. */
#include "output_names.h"

#include "base/file.h"

#include <string.h>

static bool is_file(const char *path) {
    return path != NULL && strcmp(path, "-") != 0;
}

/* What is no file, such as /dev/null, takes any number of outputs. */
static bool is_same_file(const char *path, const char *other) {
    bc_file_info info;
    if (!is_file(path) || !is_file(other) || !bc_file_is_same(path, other))
        return false;
    return bc_file_look(&info, path, NULL) != BC_OK || info.kind != BC_FILE_OTHER;
}

bc_status bc_output_name_check(const char *option, const char *path, bc_error *err) {
    if (path != NULL && path[0] == '\0')
        return bc_fail(err, BC_ERROR_USAGE, "%s takes the name of a file, not an empty word", option);
    return BC_OK;
}

bc_status bc_output_name_spare(const char *option, const char *path, const char *input, bc_error *err) {
    if (is_same_file(path, input))
        return bc_fail(err, BC_ERROR_USAGE, "%s %s would replace the input %s; name another file", option,
                       path, input);
    return BC_OK;
}

bc_status bc_output_name_differ(const char *option, const char *path, const char *other_option,
                                const char *other, bc_error *err) {
    if (is_same_file(path, other))
        return bc_fail(err, BC_ERROR_USAGE, "%s and %s name the same file, %s", option, other_option, path);
    return BC_OK;
}
