/* Reads and scores batches of pictures. */
#include "scorer.h"

#include "base/memory.h"
#include "dataset/augment.h"
#include "image/reader.h"
#include "net/plan.h"

#include <bclass/image.h>

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    OWN_PLANS_LIMIT = 64 << 20
}; /* bytes that may be spent on threads not having to wait for each other */

/* Of each thread. */
typedef struct bc_scorer_hand {
    bc_reader *reader;
    uint8_t *pixels; /* one picture, fitted; behind it room for its mirror image */
    bc_plan *plan;   /* NULL where it takes much memory */
} bc_scorer_hand;

struct bc_scorer {
    const bc_preprocess *preprocess;
    bc_pool *pool;
    bc_scorer_hand *hands;
    bc_plan *together; /* of all threads */
    size_t batch;      /* pictures that go through the network at a time */
    uint64_t max_pixels;
    size_t picture_floats;
    size_t places;       /* of the network's input that a picture takes: with its mirror image two */
    bc_scored *pictures; /* what is being scored */
    size_t count;
    atomic_size_t next; /* picture, or batch, that is to be taken by a thread */
};

static bc_status make_hand(bc_scorer_hand *hand, size_t picture_bytes, bc_error *err) {
    void *block;
    bc_status status = bc_reader_create(&hand->reader, err);
    if (status != BC_OK)
        return status;
    status = bc_alloc(&block, 2, picture_bytes, err);
    hand->pixels = block;
    return status;
}

static bc_status make_plans(bc_scorer *scorer, bc_network *network, bc_error *err) {
    const unsigned threads = bc_pool_threads(scorer->pool);
    const size_t room = scorer->batch * scorer->places;
    bc_status status = bc_plan_create(&scorer->together, network, BC_TO_PREDICT, room, threads, err);
    if (status != BC_OK)
        return status;
    bc_plan_prepare(scorer->together, scorer->pool);
    if (threads == 1 || bc_plan_memory(scorer->together) > OWN_PLANS_LIMIT / threads)
        return BC_OK;
    for (unsigned i = 0; status == BC_OK && i < threads; i++) {
        status = bc_plan_create(&scorer->hands[i].plan, network, BC_TO_PREDICT, room, 1, err);
        if (status == BC_OK)
            bc_plan_prepare(scorer->hands[i].plan, NULL);
    }
    return status;
}

bc_status bc_scorer_create(bc_scorer **scorer, bc_model *model, bc_pool *pool, size_t batch,
                           uint64_t max_pixels, bc_error *err) {
    void *block;
    const unsigned threads = bc_pool_threads(pool);
    bc_status status = bc_alloc(&block, 1, sizeof **scorer, err);
    *scorer = block;
    if (status != BC_OK)
        return status;
    bc_scorer *made = *scorer;
    const bc_preprocess *preprocess = &model->preprocess;
    made->preprocess = preprocess;
    made->pool = pool;
    made->batch = batch;
    made->max_pixels = max_pixels;
    made->places = preprocess->mirror ? 2 : 1;
    made->picture_floats = (size_t)preprocess->width * preprocess->height * preprocess->channels;
    status = bc_alloc(&block, threads, sizeof *made->hands, err);
    made->hands = block;
    for (unsigned i = 0; status == BC_OK && i < threads; i++)
        status = make_hand(&made->hands[i], made->picture_floats, err);
    return status == BC_OK ? make_plans(made, &model->network, err) : status;
}

void bc_scorer_free(bc_scorer *scorer) {
    if (scorer == NULL)
        return;
    for (unsigned i = 0; scorer->hands != NULL && i < bc_pool_threads(scorer->pool); i++) {
        bc_reader_free(scorer->hands[i].reader);
        bc_plan_free(scorer->hands[i].plan);
        free(scorer->hands[i].pixels);
    }
    free(scorer->hands);
    bc_plan_free(scorer->together);
    free(scorer);
}

/* Reads the picture that has this number in the plan's batch. One that cannot be read is scored as zeros,
 * which keeps the others in their places. */
static void read_picture(const bc_scorer *scorer, bc_scorer_hand *hand, bc_scored *picture, bc_plan *plan,
                         size_t number) {
    const bc_preprocess *preprocess = scorer->preprocess;
    uint8_t *const mirrored = hand->pixels + scorer->picture_floats;
    float *image = bc_plan_image(plan, number * scorer->places);
    bc_error *err = &picture->error;
    uint64_t bytes;
    if (err->status == BC_OK)
        err->status = bc_reader_read(hand->pixels, &bytes, hand->reader, picture->path, preprocess,
                                     scorer->max_pixels, err);
    if (err->status != BC_OK)
        memset(hand->pixels, 0, scorer->picture_floats);
    bc_image_normalise(image, hand->pixels, preprocess);
    if (scorer->places == 1)
        return;
    bc_augment_flip(mirrored, hand->pixels, preprocess);
    bc_image_normalise(bc_plan_image(plan, number * scorer->places + 1), mirrored, preprocess);
}

static float logit_of(const bc_scorer *scorer, const bc_plan *plan, size_t number) {
    const float logit = bc_plan_logit(plan, number * scorer->places);
    return scorer->places == 1 ? logit : (logit + bc_plan_logit(plan, number * scorer->places + 1)) / 2;
}

static void take_logits(const bc_scorer *scorer, const bc_plan *plan, bc_scored *pictures, size_t count) {
    for (size_t i = 0; i < count; i++) {
        bc_scored *picture = &pictures[i];
        picture->logit = logit_of(scorer, plan, i);
        if (picture->error.status == BC_OK && !isfinite(picture->logit))
            bc_fail(&picture->error, BC_ERROR_FORMAT, "%s: the network gives no finite number for it",
                    picture->path);
    }
}

/* ---- one batch by all threads ---- */

/* Pictures differ in the time they take to read, so each thread takes the next one. */
static void score_together(void *context, unsigned worker) {
    bc_scorer *scorer = context;
    bc_plan *plan = scorer->together;
    size_t index;
    while ((index = atomic_fetch_add(&scorer->next, 1)) < scorer->count)
        read_picture(scorer, &scorer->hands[worker], &scorer->pictures[index], plan, index);
    bc_pool_barrier(scorer->pool);
    bc_plan_execute(plan, scorer->pool, worker);
}

static void run_together(bc_scorer *scorer, bc_scored *pictures, size_t count) {
    bc_plan *plan = scorer->together;
    scorer->pictures = pictures;
    scorer->count = count;
    atomic_store(&scorer->next, 0);
    bc_plan_set_count(plan, count * scorer->places);
    bc_pool_run(scorer->pool, score_together, scorer);
    take_logits(scorer, plan, pictures, count);
}

/* ---- each thread its own batches ---- */

static size_t batch_from(const bc_scorer *scorer, size_t first, size_t count) {
    return count - first < scorer->batch ? count - first : scorer->batch;
}

static void score_alone(void *context, unsigned worker) {
    bc_scorer *scorer = context;
    bc_scorer_hand *hand = &scorer->hands[worker];
    size_t first;
    while ((first = atomic_fetch_add(&scorer->next, scorer->batch)) < scorer->count) {
        bc_scored *pictures = scorer->pictures + first;
        const size_t count = batch_from(scorer, first, scorer->count);
        for (size_t i = 0; i < count; i++)
            read_picture(scorer, hand, &pictures[i], hand->plan, i);
        bc_plan_set_count(hand->plan, count * scorer->places);
        bc_plan_execute(hand->plan, NULL, 0);
        take_logits(scorer, hand->plan, pictures, count);
    }
}

static void run_apart(bc_scorer *scorer, bc_scored *pictures, size_t count) {
    scorer->pictures = pictures;
    scorer->count = count;
    atomic_store(&scorer->next, 0);
    bc_pool_run(scorer->pool, score_alone, scorer);
}

static bool has_own_plans(const bc_scorer *scorer) {
    return scorer->hands[0].plan != NULL;
}

size_t bc_scorer_room(const bc_scorer *scorer) {
    enum { BATCHES = 4 }; /* of each thread, which are not equally fast */
    return has_own_plans(scorer) ? BATCHES * bc_pool_threads(scorer->pool) * scorer->batch : scorer->batch;
}

/* What is left for fewer batches than threads goes through the network together, so that none is idle. The
 * batches are the same either way, and so are the logits. */
void bc_scorer_run(bc_scorer *scorer, bc_scored *pictures, size_t count) {
    const size_t turn = bc_pool_threads(scorer->pool) * scorer->batch;
    const size_t by_turns = has_own_plans(scorer) ? count / turn * turn : 0;
    if (by_turns > 0)
        run_apart(scorer, pictures, by_turns);
    for (size_t first = by_turns; first < count; first += scorer->batch)
        run_together(scorer, pictures + first, batch_from(scorer, first, count));
}
