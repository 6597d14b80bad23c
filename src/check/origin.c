/* Whether a run was made of this data. */
#include "check/check.h"

#include <string.h>

bc_status bc_check_origin(bc_findings *findings, const bc_check_data *data, const bc_signature *signature,
                          bc_error *err) {
    bool is_found[BC_SIGNATURE_MOST] = {false};
    size_t found = 0;
    for (size_t i = 0; i < data->dataset->count; i++) {
        for (size_t k = 0; k < signature->count; k++)
            is_found[k] = is_found[k] || strcmp(data->examined[i].sha256, signature->sha256[k]) == 0;
    }
    for (size_t k = 0; k < signature->count; k++)
        found += is_found[k];
    const bc_finding other = {.kind = BC_FINDING_ORIGIN,
                              .severity =
                                  2 * found < signature->count ? BC_SEVERITY_WARNING : BC_SEVERITY_NOTE,
                              .value = (double)found,
                              .low = (double)signature->count};
    return found < signature->count ? bc_findings_add(findings, &other, NULL, 0, err) : BC_OK;
}
