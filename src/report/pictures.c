/* Chooses, finds and reads pictures. */
#include "report/pictures.h"

#include "base/file.h"
#include "base/memory.h"
#include "image/reader.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void bc_pictures_free(bc_pictures *pictures) {
    for (size_t i = 0; i < pictures->count; i++)
        bc_image_free(&pictures->items[i].image);
    free(pictures->items);
    free(pictures->taken);
    *pictures = (bc_pictures){0};
}

/* ---- choosing ---- */

bc_status bc_pictures_take(bc_pictures *pictures, const bc_scores *scores, size_t row, bc_error *err) {
    void *block = pictures->taken;
    bc_status status = BC_OK;
    if (block == NULL)
        status = bc_alloc(&block, scores->count, 1, err);
    pictures->taken = block;
    if (status != BC_OK || pictures->taken[row])
        return status;
    block = pictures->items;
    status = bc_grow(&block, &pictures->capacity, pictures->count + 1, sizeof *pictures->items, err);
    pictures->items = block;
    if (status != BC_OK)
        return status;
    pictures->taken[row] = 1;
    pictures->items[pictures->count++] = (bc_picture){.row = row, .state = BC_PICTURE_GONE};
    return BC_OK;
}

typedef struct choice {
    bc_pictures *pictures;
    const bc_scores *scores;
    const bc_order *order;
    size_t end;      /* so many pictures there are at most, */
    size_t part_end; /* and so many after this part of the choice */
} choice;

static bool is_full(const choice *chosen) {
    return chosen->pictures->count >= chosen->part_end;
}

static bc_status take_at(choice *chosen, size_t place, bc_error *err) {
    if (is_full(chosen) || place >= chosen->order->count)
        return BC_OK;
    return bc_pictures_take(chosen->pictures, chosen->scores, chosen->order->rows[place], err);
}

static void begin_part(choice *chosen, size_t most) {
    const size_t left = chosen->end - chosen->pictures->count;
    chosen->part_end = chosen->pictures->count + (most < left ? most : left);
}

static bc_status take_worst(choice *chosen, bool positives, size_t most, bc_error *err) {
    const bc_order *order = chosen->order;
    bc_status status = BC_OK;
    begin_part(chosen, most);
    for (size_t i = 0; status == BC_OK && i < order->count && !is_full(chosen); i++) {
        const size_t place = positives ? i : order->count - 1 - i;
        if ((chosen->scores->labels[order->rows[place]] == 1) == positives)
            status = take_at(chosen, place, err);
    }
    return status;
}

/* As many from below as from above. */
static bc_status take_around(choice *chosen, double cutoff, size_t most, bc_error *err) {
    const size_t below = bc_order_below(chosen->order, chosen->scores, cutoff);
    bc_status status = BC_OK;
    begin_part(chosen, most);
    for (size_t i = 0; status == BC_OK && i < chosen->order->count && !is_full(chosen); i++) {
        status = take_at(chosen, below + i, err);
        if (status == BC_OK && i < below)
            status = take_at(chosen, below - 1 - i, err);
    }
    return status;
}

static bc_status take_spread(choice *chosen, bc_error *err) {
    bc_status status = BC_OK;
    const size_t count = chosen->order->count;
    begin_part(chosen, count);
    for (size_t step = count; status == BC_OK && step > 0 && !is_full(chosen);
         step = step > 1 ? (step + 1) / 2 : 0)
        for (size_t place = step / 2; status == BC_OK && place < count && !is_full(chosen); place += step)
            status = take_at(chosen, place, err);
    return status;
}

bc_status bc_pictures_choose(bc_pictures *pictures, const bc_scores *scores, const bc_order *order,
                             const double *cutoffs, size_t cutoff_count, size_t most, bc_error *err) {
    choice chosen = {.pictures = pictures, .scores = scores, .order = order, .end = pictures->count + most};
    size_t known = 0;
    for (size_t i = 0; i < cutoff_count; i++)
        known += isnan(cutoffs[i]) ? 0 : 1;
    bc_status status = take_worst(&chosen, true, most / 4, err);
    if (status == BC_OK)
        status = take_worst(&chosen, false, most / 4, err);
    for (size_t i = 0; status == BC_OK && i < cutoff_count; i++) {
        if (!isnan(cutoffs[i]))
            status = take_around(&chosen, cutoffs[i], most / 4 / known, err);
    }
    return status == BC_OK ? take_spread(&chosen, err) : status;
}

/* ---- finding ---- */

/* What follows the folder in the path, NULL where the path does not begin with it. */
static const char *below_folder(const char *path, const char *folder, size_t length) {
    while (length > 1 && folder[length - 1] == '/')
        length--;
    if (length == 0 || strncmp(path, folder, length) != 0)
        return NULL;
    if (folder[length - 1] == '/')
        return path + length;
    return path[length] == '/' ? path + length + 1 : NULL;
}

static const char *below_recorded(const char *path, const char *recorded) {
    const char *rest = recorded != NULL ? below_folder(path, recorded, strlen(recorded)) : NULL;
    if (rest == NULL && recorded != NULL) /* the folder of a manifest */
        rest = below_folder(path, recorded, (size_t)(bc_file_name(recorded) - recorded));
    return rest;
}

/* *found = folder/name if that is a file, else NULL. */
static bc_status look_in(char **found, const char *folder, const char *name, bc_error *err) {
    bc_file_info info = {0};
    *found = NULL;
    if (folder == NULL || name == NULL)
        return BC_OK;
    bc_status status = bc_file_join(found, folder, name, err);
    if (status != BC_OK)
        return status;
    if (bc_file_look(&info, *found, NULL) == BC_OK && info.kind == BC_FILE_REGULAR)
        return BC_OK;
    free(*found);
    *found = NULL;
    return BC_OK;
}

static bc_status find_file(char **found, const char *path, const bc_picture_places *places, bc_error *err) {
    *found = NULL;
    if (path[0] == '\0')
        return BC_OK;
    if (places->moved == NULL) {
        bc_status status = look_in(found, "", path, err);
        return status == BC_OK && *found == NULL ? look_in(found, places->beside, path, err) : status;
    }
    bc_status status = look_in(found, places->moved, below_recorded(path, places->recorded), err);
    return status == BC_OK && *found == NULL ? look_in(found, places->moved, path, err) : status;
}

/* ---- reading ---- */

typedef struct loading {
    bc_pictures *pictures;
    const bc_scores *scores;
    const bc_picture_places *places;
    uint32_t side;
    uint64_t max_pixels;
    bc_reader **readers; /* of each thread */
    bc_pictures_progress *on_progress;
    void *context;
    atomic_size_t next, done;
    atomic_bool out_of_memory;
} loading;

static void load_picture(loading *load, bc_reader *reader, bc_picture *picture) {
    char *path;
    bc_status status = find_file(&path, bc_scores_path(load->scores, picture->row), load->places, NULL);
    if (status == BC_OK && path != NULL) {
        status = bc_reader_thumbnail(&picture->image, reader, path, load->side, load->max_pixels, NULL);
        picture->state = status == BC_OK ? BC_PICTURE_SHOWN : BC_PICTURE_DAMAGED;
    }
    free(path);
    if (status == BC_ERROR_MEMORY)
        atomic_store(&load->out_of_memory, true);
}

static void load_some(void *context, unsigned worker) {
    loading *load = context;
    const size_t count = load->pictures->count;
    for (size_t i; (i = atomic_fetch_add(&load->next, 1)) < count;) {
        load_picture(load, load->readers[worker], &load->pictures->items[i]);
        const size_t done = atomic_fetch_add(&load->done, 1) + 1;
        if (worker == 0 && load->on_progress != NULL)
            load->on_progress(load->context, done, count);
    }
}

bc_status bc_pictures_load(bc_pictures *pictures, const bc_scores *scores, const bc_picture_places *places,
                           uint32_t side, uint64_t max_pixels, bc_pool *pool,
                           bc_pictures_progress *on_progress, void *context, bc_error *err) {
    loading load = {.pictures = pictures,
                    .scores = scores,
                    .places = places,
                    .side = side,
                    .max_pixels = max_pixels,
                    .on_progress = on_progress,
                    .context = context};
    const unsigned threads = bc_pool_threads(pool);
    void *block;
    bc_status status = bc_alloc(&block, threads, sizeof *load.readers, err);
    load.readers = block;
    for (unsigned i = 0; status == BC_OK && i < threads; i++)
        status = bc_reader_create(&load.readers[i], err);
    if (status == BC_OK)
        bc_pool_run(pool, load_some, &load);
    if (status == BC_OK && atomic_load(&load.out_of_memory))
        status = bc_fail(err, BC_ERROR_MEMORY, "out of memory (reading pictures)");
    for (unsigned i = 0; load.readers != NULL && i < threads; i++)
        bc_reader_free(load.readers[i]);
    free(load.readers);
    return status;
}

size_t bc_pictures_count(const bc_pictures *pictures, bc_picture_state state) {
    size_t count = 0;
    for (size_t i = 0; i < pictures->count; i++)
        count += pictures->items[i].state == state;
    return count;
}
