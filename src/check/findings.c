/* The list of findings. */
#include "check/findings.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

const char *bc_severity_name(bc_severity severity) {
    static const char *const names[] = {"note", "warning", "error"};
    return names[severity];
}

const char *bc_finding_name(bc_finding_kind kind) {
    static const char *const names[] = {
        [BC_FINDING_UNREADABLE] = "unreadable",
        [BC_FINDING_CLASS] = "class",
        [BC_FINDING_MISNAMED] = "misnamed",
        [BC_FINDING_ROTATED] = "rotated",
        [BC_FINDING_CMYK] = "cmyk",
        [BC_FINDING_ANIMATED] = "animated",
        [BC_FINDING_TINY] = "tiny",
        [BC_FINDING_HUGE] = "huge",
        [BC_FINDING_COPIES] = "copies",
        [BC_FINDING_SHORTCUT] = "shortcut",
        [BC_FINDING_POSITIVES] = "positives",
        [BC_FINDING_ORIGIN] = "origin",
        [BC_FINDING_SUSPECT] = "suspect",
    };
    return names[kind];
}

const char *bc_likeness_name(bc_likeness likeness) {
    static const char *const names[] = {"bytes", "pixels", "near"};
    return names[likeness];
}

bc_status bc_findings_add(bc_findings *findings, const bc_finding *finding, const uint32_t *samples,
                          size_t count, bc_error *err) {
    void *items = findings->items, *indices = findings->samples;
    bc_status status =
        bc_grow(&items, &findings->capacity, findings->count + 1, sizeof *findings->items, err);
    findings->items = items;
    if (status != BC_OK)
        return status;
    status = bc_grow(&indices, &findings->samples_capacity, findings->samples_count + count,
                     sizeof *findings->samples, err);
    findings->samples = indices;
    if (status != BC_OK)
        return status;
    if (count > 0)
        memcpy(findings->samples + findings->samples_count, samples, count * sizeof *samples);
    bc_finding *added = &findings->items[findings->count++];
    *added = *finding;
    added->first = findings->samples_count;
    added->count = count;
    findings->samples_count += count;
    findings->severities[finding->severity]++;
    return BC_OK;
}

void bc_findings_free(bc_findings *findings) {
    if (findings == NULL)
        return;
    free(findings->items);
    free(findings->samples);
    *findings = (bc_findings){0};
}
