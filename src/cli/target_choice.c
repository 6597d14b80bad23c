/* Chooses the rows about one label. */
#include "target_choice.h"

#include <string.h>

bc_status bc_target_find(int32_t *target, const bc_scores *scores, const char *name, bool needed,
                         const char *why, const char *file, bc_error *err) {
    *target = -1;
    if (name == NULL && needed && scores->target_count > 1)
        return bc_fail(err, BC_ERROR_USAGE,
                       "%s: the rows are about %zu labels, and %s: say --target NAME; the first is '%s'",
                       file, scores->target_count, why, scores->target_names[0]);
    for (size_t i = 0; name != NULL && i < scores->target_count; i++) {
        if (strcmp(scores->target_names[i], name) == 0)
            *target = (int32_t)i;
    }
    if (name != NULL && *target < 0)
        return bc_fail(err, BC_ERROR_USAGE, "%s: no row is about a label '%s'", file, name);
    return BC_OK;
}

bc_status bc_target_take(bc_scores *part, bc_scores *scores, int32_t target, bc_error *err) {
    const char *name = target >= 0 ? scores->target_names[target] : NULL;
    size_t first = 0, count = 0;
    *part = *scores;
    if (name == NULL)
        return BC_OK;
    bc_status status = bc_scores_group_targets(scores, err);
    for (size_t i = 0; status == BC_OK && i < scores->count; i++) {
        bool meant = strcmp(scores->target_names[scores->targets[i]], name) == 0;
        first += count == 0 && !meant;
        count += meant;
    }
    *part = bc_scores_slice(scores, first, count);
    return status;
}
