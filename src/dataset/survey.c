/* Chooses the network's input size from the pictures' headers. */
#include "dataset/cache.h"

#include "base/file.h"
#include "base/memory.h"
#include "image/reader.h"

#include <bclass/image.h>

#include <stdlib.h>
#include <string.h>

enum {
    LOOKS_LIMIT = 256,   /* pictures that are looked at in one go */
    HEAD_SIZE = 1 << 16, /* bytes that hold nearly every header */
    SMALLEST_SIDE = 8
};

typedef struct bc_survey {
    const bc_dataset *dataset;
    bc_pool *pool;
    size_t first, span;   /* the samples that looks are spread over */
    size_t count;         /* of looks */
    bc_image_info *infos; /* of each look; width 0 where it failed */
    bc_error err;         /* why the look at sample 0 failed */
} bc_survey;

/* A header may lie behind more metadata than the head holds; then the whole file is read. */
static bc_status look_at(bc_image_info *info, const char *path, bc_error *err) {
    uint8_t *bytes = NULL;
    void *head;
    size_t size;
    bc_status status = bc_alloc(&head, HEAD_SIZE, 1, err);
    if (status == BC_OK)
        status = bc_file_read_start(head, &size, HEAD_SIZE, path, err);
    if (status == BC_OK)
        status = bc_image_look(info, head, size, path, err);
    if (status == BC_ERROR_FORMAT && size == HEAD_SIZE) {
        status = bc_file_read(&bytes, &size, path, BC_PICTURE_FILE_LIMIT, err);
        if (status == BC_OK)
            status = bc_image_look(info, bytes, size, path, err);
    }
    free(head);
    free(bytes);
    return status;
}

static void look_at_some(void *context, unsigned worker) {
    bc_survey *survey = context;
    for (size_t i = worker; i < survey->count; i += bc_pool_threads(survey->pool)) {
        bc_error err = {0};
        size_t index = survey->first + bc_size_part(survey->span, i, survey->count);
        bc_image_info info = {0};
        if (look_at(&info, survey->dataset->samples[index].path, &err) == BC_OK)
            survey->infos[i] = info;
        else if (index == 0)
            survey->err = err;
    }
}

static bool is_seen(const bc_image_info *info) {
    return info->width > 0 && info->height > 0;
}

/* Whether any of the looks, evenly spread over so many samples from first on, saw a picture. */
static bool find_some(bc_survey *survey, size_t first, size_t span) {
    survey->first = first;
    survey->span = span;
    survey->count = span < LOOKS_LIMIT ? span : LOOKS_LIMIT;
    memset(survey->infos, 0, survey->count * sizeof *survey->infos);
    if (survey->count > 0)
        bc_pool_run(survey->pool, look_at_some, survey);
    for (size_t i = 0; i < survey->count; i++) {
        if (is_seen(&survey->infos[i]))
            return true;
    }
    return false;
}

static int by_number(const void *a, const void *b) {
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    return (first > second) - (first < second);
}

static void choose(bc_preprocess *preprocess, const bc_survey *survey, uint32_t most) {
    uint32_t sides[LOOKS_LIMIT], channels = 1;
    size_t seen = 0;
    for (size_t i = 0; i < survey->count; i++) {
        const bc_image_info *info = &survey->infos[i];
        if (!is_seen(info))
            continue;
        sides[seen++] = info->width > info->height ? info->width : info->height;
        channels = info->channels > 1 ? 3 : channels;
    }
    qsort(sides, seen, sizeof sides[0], by_number);
    uint32_t side = sides[seen / 2];
    side = side > SMALLEST_SIDE ? side : SMALLEST_SIDE;
    side = side < most ? side : most;
    preprocess->width = preprocess->height = side;
    preprocess->channels = channels;
}

bc_status bc_cache_survey(bc_preprocess *preprocess, const bc_dataset *dataset, uint32_t most, bc_pool *pool,
                          bc_error *err) {
    const size_t count = dataset->count;
    bc_survey survey = {.dataset = dataset, .pool = pool};
    void *block;
    bc_status status = bc_alloc(&block, LOOKS_LIMIT, sizeof *survey.infos, err);
    survey.infos = block;
    if (status != BC_OK)
        return status;
    bool found = find_some(&survey, 0, count);
    for (size_t i = 0; !found && count > LOOKS_LIMIT && i < count; i += LOOKS_LIMIT)
        found = find_some(&survey, i, count - i < LOOKS_LIMIT ? count - i : LOOKS_LIMIT);
    if (found)
        choose(preprocess, &survey, most);
    else
        status = bc_fail(err, BC_ERROR_FORMAT, "none of the %zu files is a picture, such as %s", count,
                         survey.err.message);
    free(survey.infos);
    return status;
}
