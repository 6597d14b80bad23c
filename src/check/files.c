/* What is odd about single files. */
#include "check/check.h"

enum { HUGE_PIXELS = 40000000 };

void bc_check_formats(bc_formats *formats, const bc_check_data *data) {
    *formats = (bc_formats){0};
    for (size_t i = 0; i < data->dataset->count; i++) {
        const bc_image_info *info = &data->examined[i].facts.info;
        formats->of[info->kind]++;
        if (i == 0 || info->width < formats->least_width)
            formats->least_width = info->width;
        if (info->width > formats->most_width)
            formats->most_width = info->width;
        if (i == 0 || info->height < formats->least_height)
            formats->least_height = info->height;
        if (info->height > formats->most_height)
            formats->most_height = info->height;
    }
}

static bool is_tiny(const bc_image_info *info, const bc_preprocess *preprocess) {
    return 2 * info->width < preprocess->width && 2 * info->height < preprocess->height;
}

static bool is_huge(const bc_image_info *info) {
    return (uint64_t)info->width * info->height > HUGE_PIXELS;
}

static bool is_found(bc_finding_kind kind, const bc_image_facts *facts, const char *path,
                     const bc_preprocess *preprocess) {
    switch (kind) {
    case BC_FINDING_MISNAMED:
        return bc_image_is_misnamed(facts->info.kind, path);
    case BC_FINDING_ROTATED:
        return facts->has_exif && facts->orientation != 1;
    case BC_FINDING_CMYK:
        return facts->is_cmyk;
    case BC_FINDING_ANIMATED:
        return facts->is_animated;
    case BC_FINDING_TINY:
        return is_tiny(&facts->info, preprocess);
    case BC_FINDING_HUGE:
        return is_huge(&facts->info);
    default:
        return false;
    }
}

static bc_status find_in(bc_findings *findings, const bc_check_data *data, bc_finding_kind kind,
                         bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < data->dataset->count; i++) {
        const bc_image_facts *facts = &data->examined[i].facts;
        const uint32_t sample = (uint32_t)i;
        if (is_found(kind, facts, data->dataset->samples[i].path, data->preprocess))
            status = bc_findings_add(findings, &(bc_finding){.kind = kind}, &sample, 1, err);
    }
    return status;
}

bc_status bc_check_files(bc_findings *findings, const bc_check_data *data, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < data->cache->skipped_count; i++) {
        const bc_finding unreadable = {.kind = BC_FINDING_UNREADABLE,
                                       .severity = BC_SEVERITY_WARNING,
                                       .path = data->cache->skipped[i].path,
                                       .words = data->cache->skipped[i].reason};
        status = bc_findings_add(findings, &unreadable, NULL, 0, err);
    }
    for (bc_finding_kind kind = BC_FINDING_MISNAMED; status == BC_OK && kind <= BC_FINDING_HUGE; kind++)
        status = find_in(findings, data, kind, err);
    return status;
}
