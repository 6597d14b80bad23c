/* Reads and scores batches of pictures. */
#include "scorer.h"

#include "base/memory.h"
#include "image/reader.h"
#include "net/plan.h"

#include <bclass/image.h>

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Of each thread. */
typedef struct bc_scorer_hand {
    bc_reader *reader;
    uint8_t *pixels; /* one picture, fitted */
} bc_scorer_hand;

struct bc_scorer {
    const bc_preprocess *preprocess;
    bc_pool *pool;
    bc_plan *plan;
    bc_scorer_hand *hands;
    uint64_t max_pixels;
    size_t picture_floats;
    bc_scored *pictures; /* the batch */
    size_t count;
    atomic_size_t next; /* picture to be read */
};

static bc_status make_hands(bc_scorer *scorer, bc_error *err) {
    void *block;
    unsigned threads = bc_pool_threads(scorer->pool);
    bc_status status = bc_alloc(&block, threads, sizeof *scorer->hands, err);
    scorer->hands = block;
    for (unsigned i = 0; status == BC_OK && i < threads; i++) {
        status = bc_reader_create(&scorer->hands[i].reader, err);
        if (status == BC_OK)
            status = bc_alloc(&block, scorer->picture_floats, 1, err);
        if (status == BC_OK)
            scorer->hands[i].pixels = block;
    }
    return status;
}

bc_status bc_scorer_create(bc_scorer **scorer, bc_model *model, bc_pool *pool, size_t capacity,
                           uint64_t max_pixels, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, 1, sizeof **scorer, err);
    *scorer = block;
    if (status != BC_OK)
        return status;
    bc_scorer *made = *scorer;
    const bc_preprocess *preprocess = &model->preprocess;
    made->preprocess = preprocess;
    made->pool = pool;
    made->max_pixels = max_pixels;
    made->picture_floats = (size_t)preprocess->width * preprocess->height * preprocess->channels;
    status =
        bc_plan_create(&made->plan, &model->network, BC_TO_PREDICT, capacity, bc_pool_threads(pool), err);
    if (status == BC_OK)
        status = make_hands(made, err);
    if (status == BC_OK)
        bc_plan_prepare(made->plan, pool);
    return status;
}

void bc_scorer_free(bc_scorer *scorer) {
    if (scorer == NULL)
        return;
    for (unsigned i = 0; scorer->hands != NULL && i < bc_pool_threads(scorer->pool); i++) {
        bc_reader_free(scorer->hands[i].reader);
        free(scorer->hands[i].pixels);
    }
    free(scorer->hands);
    bc_plan_free(scorer->plan);
    free(scorer);
}

/* A picture that cannot be read is scored as zeros, which keeps the others in their places. */
static void read_picture(bc_scorer *scorer, bc_scorer_hand *hand, size_t index) {
    bc_scored *picture = &scorer->pictures[index];
    float *image = bc_plan_image(scorer->plan, index);
    bc_error *err = &picture->error;
    uint64_t bytes;
    if (err->status == BC_OK)
        err->status = bc_reader_read(hand->pixels, &bytes, hand->reader, picture->path, scorer->preprocess,
                                     scorer->max_pixels, err);
    if (err->status == BC_OK)
        bc_image_normalise(image, hand->pixels, scorer->preprocess);
    else
        memset(image, 0, scorer->picture_floats * sizeof *image);
}

/* Pictures differ in the time they take to read, so each thread takes the next one. */
static void score(void *context, unsigned worker) {
    bc_scorer *scorer = context;
    size_t index;
    while ((index = atomic_fetch_add(&scorer->next, 1)) < scorer->count)
        read_picture(scorer, &scorer->hands[worker], index);
    bc_pool_barrier(scorer->pool);
    bc_plan_execute(scorer->plan, scorer->pool, worker);
}

void bc_scorer_run(bc_scorer *scorer, bc_scored *pictures, size_t count) {
    if (count == 0)
        return;
    scorer->pictures = pictures;
    scorer->count = count;
    atomic_store(&scorer->next, 0);
    bc_plan_set_count(scorer->plan, count);
    bc_pool_run(scorer->pool, score, scorer);
    for (size_t i = 0; i < count; i++) {
        bc_scored *picture = &pictures[i];
        picture->logit = bc_plan_logit(scorer->plan, i);
        if (picture->error.status == BC_OK && !isfinite(picture->logit))
            bc_fail(&picture->error, BC_ERROR_FORMAT, "%s: the network gives no finite number for it",
                    picture->path);
    }
}
