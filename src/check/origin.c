/* Whether a run was made of this data. */
#include "check/check.h"

#include "threshold/special.h"

#include <string.h>

static size_t count_found(const bc_check_data *data, const bc_signature *signature) {
    bool is_found[BC_SIGNATURE_MOST] = {false};
    size_t found = 0;
    for (size_t i = 0; i < data->dataset->count; i++) {
        for (size_t k = 0; k < signature->count; k++)
            is_found[k] = is_found[k] || strcmp(data->examined[i].sha256, signature->sha256[k]) == 0;
    }
    for (size_t k = 0; k < signature->count; k++)
        found += is_found[k];
    return found;
}

bc_status bc_check_origin(bc_findings *findings, const bc_check_data *data, const bc_signature *signature,
                          uint64_t pictures, bc_error *err) {
    static const double chance = 0.05;
    const double here = (double)data->dataset->count, recorded = (double)signature->count;
    const double share = here < (double)pictures ? here / (double)pictures : 1;
    const size_t found = count_found(data, signature);
    const bool is_other =
        2 * (double)found < share * recorded && bc_binomial_at_most(found, signature->count, share) < chance;
    const bc_finding missing = {.kind = BC_FINDING_ORIGIN,
                                .severity = is_other ? BC_SEVERITY_WARNING : BC_SEVERITY_NOTE,
                                .value = (double)found,
                                .low = recorded,
                                .high = share * recorded};
    return found < signature->count ? bc_findings_add(findings, &missing, NULL, 0, err) : BC_OK;
}
