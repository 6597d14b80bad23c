/* Plain rows read by several threads: each takes the next block of lines in turn, and writes its rows where
 * they belong in the table, for the number of its lines tells where the next block's rows start. A block is
 * kept until all blocks in front of it are known to be plain, so that where one is not, all text from there
 * on can be put back. So the table does not depend on how many threads there are. */
#include "base/memory.h"
#include "scores/plain.h"
#include "scores/table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS_PER_THREAD = 3 };

struct bc_slot {
    bc_block block;
    size_t first_row; /* of the table */
    size_t lines;     /* that were read */
    const char *stop; /* where the first line starts that was not read */
    bool done;
};

typedef struct bc_slot slot;

typedef struct blocks {
    bc_reader *in;
    bc_plain plain;
    size_t most;           /* blocks to read */
    pthread_mutex_t mutex; /* of all that follows */
    pthread_cond_t changed;
    size_t taken, settled; /* blocks handed out; those read in whole, in front of which all are so too */
    size_t at_work;        /* threads that write to the table */
    size_t rows;           /* of the table, with those being read */
    bool taking, stopped;  /* a thread is at the input; no more blocks are handed out */
    bc_status status;
    bc_error *err;
} blocks;

static slot *slot_of(const blocks *all, size_t block) {
    return &all->in->slots[block % all->in->slot_count];
}

/* Room for the rows of the block in the table. It may move, so all must have left it. */
static bc_status place_rows(blocks *all, slot *into, bc_error *err) {
    size_t rows, end;
    if (!bc_size_multiply(&rows, into->block.lines, all->plain.rows_per_line) ||
        !bc_size_add(&end, all->rows, rows))
        return bc_fail(err, BC_ERROR_MEMORY, "out of memory for scores");
    while (all->at_work > 0 && end > all->in->scores->capacity)
        pthread_cond_wait(&all->changed, &all->mutex);
    into->first_row = all->rows;
    bc_status status = bc_scores_reserve(all->in->scores, end, err);
    if (status == BC_OK)
        all->rows = end;
    return status;
}

static bool may_take(const blocks *all) {
    return !all->taking && all->taken - all->settled < all->in->slot_count;
}

/* Reads the next block and finds its place, with the mutex held but while reading; NULL when there is none to
 * read. */
static slot *take_block(blocks *all) {
    while (!all->stopped && !may_take(all))
        pthread_cond_wait(&all->changed, &all->mutex);
    if (all->stopped || all->taken == all->most)
        return NULL;
    slot *next = slot_of(all, all->taken);
    all->taking = true;
    pthread_mutex_unlock(&all->mutex);
    bc_status status = bc_input_block(&next->block, all->in->input, all->err);
    pthread_mutex_lock(&all->mutex);
    bool more = status == BC_OK && next->block.length > 0;
    if (more) {
        next->done = false;
        all->taken++;
        status = place_rows(all, next, all->err);
        bc_reader_tell(all->in, all->rows);
    }
    all->taking = false;
    all->status = status;
    all->stopped |= !more || status != BC_OK;
    bool goes_on = !all->stopped; /* or another thread has found a line that is not plain */
    all->at_work += goes_on;
    pthread_cond_broadcast(&all->changed);
    return goes_on ? next : NULL;
}

static void read_rows(const blocks *all, slot *from) {
    const bc_scores *scores = all->in->scores;
    size_t row = from->first_row;
    const bc_plain_rows into = {.values = scores->values + row,
                                .labels = scores->labels + row,
                                .splits = scores->splits != NULL ? scores->splits + row : NULL,
                                .weights = scores->weights != NULL ? scores->weights + row : NULL,
                                .targets = scores->targets != NULL ? scores->targets + row : NULL};
    from->lines = 0;
    from->stop = from->block.data;
    if (!from->block.has_nul)
        from->lines = bc_plain_read(&from->stop, &into, &all->plain, from->block.data,
                                    from->block.data + from->block.length);
}

static bool is_whole(const slot *of) {
    return of->lines == of->block.lines;
}

static void settle(blocks *all, slot *finished) {
    finished->done = true;
    all->at_work--;
    while (all->settled < all->taken && slot_of(all, all->settled)->done &&
           is_whole(slot_of(all, all->settled)))
        all->settled++;
    all->stopped |= !is_whole(finished);
    pthread_cond_broadcast(&all->changed);
}

static void read_blocks(void *context, unsigned worker) {
    (void)worker;
    blocks *all = context;
    pthread_mutex_lock(&all->mutex);
    for (slot *next = take_block(all); next != NULL; next = take_block(all)) {
        pthread_mutex_unlock(&all->mutex);
        read_rows(all, next);
        pthread_mutex_lock(&all->mutex);
        settle(all, next);
    }
    pthread_mutex_unlock(&all->mutex);
}

/* Gives the text from the first line on that was not read back to the input, and the table's length the rows
 * in front of it. */
static bc_status put_back(blocks *all, bc_error *err) {
    const slot *first = slot_of(all, all->settled);
    bc_input *input = all->in->input;
    bc_status status = BC_OK;
    for (size_t i = all->taken - 1; status == BC_OK && i > all->settled; i--) {
        const bc_block *block = &slot_of(all, i)->block;
        status = bc_input_unread(input, block->data, block->length, block->lines, err);
    }
    if (status == BC_OK)
        status = bc_input_unread(input, first->stop,
                                 first->block.length - (size_t)(first->stop - first->block.data),
                                 first->block.lines - first->lines, err);
    all->in->scores->count = first->first_row + first->lines * all->plain.rows_per_line;
    return status;
}

static bc_status finish(blocks *all, bc_error *err) {
    bool whole = all->settled == all->taken;
    if (!whole && slot_of(all, all->settled)->done)
        return put_back(all, err); /* a later failure comes again, if it is still met */
    if (whole)
        all->in->scores->count = all->rows;
    return all->status;
}

void bc_reader_free_slots(bc_reader *in) {
    for (size_t i = 0; i < in->slot_count; i++)
        free(in->slots[i].block.data);
    free(in->slots);
    in->slots = NULL;
    in->slot_count = 0;
}

static bc_status make_slots(bc_reader *in, size_t count, bc_error *err) {
    void *block;
    if (in->slot_count == count)
        return BC_OK;
    bc_reader_free_slots(in);
    bc_status status = bc_alloc(&block, count, sizeof *in->slots, err);
    in->slots = block;
    for (size_t i = 0; status == BC_OK && i < count; i++) {
        status = bc_alloc(&block, BC_BLOCK_SIZE + BC_BLOCK_SLACK, 1, err);
        in->slots[i].block.data = block;
        in->slot_count++;
    }
    return status;
}

/* What the first block lets expect of the rest, and a bit more. */
static void expect_rows(const blocks *all) {
    const bc_block *first = &all->in->slots[0].block;
    const double lines = (double)bc_input_left(all->in->input) / (double)first->length * (double)first->lines;
    const double rows = (double)all->rows + 1.02 * lines * (double)all->plain.rows_per_line;
    if (rows < (double)(SIZE_MAX / 2))
        bc_scores_expect(all->in->scores, (size_t)rows);
}

bc_status bc_reader_read_plain(bc_reader *in, char separator, bc_error *err) {
    /* One block on this thread first: many files have no more. */
    const bool first = in->pool == NULL;
    blocks all = {.in = in, .most = first ? 1 : SIZE_MAX, .rows = in->scores->count, .err = err};
    pthread_mutex_init(&all.mutex, NULL);
    pthread_cond_init(&all.changed, NULL);
    bc_status status = bc_plain_prepare(&all.plain, in, separator, err);
    if (status == BC_OK)
        status = make_slots(in, first ? 1 : BLOCKS_PER_THREAD * bc_pool_threads(in->pool), err);
    if (status == BC_OK)
        status = bc_scores_mark_line(in->scores, bc_input_lines(in->input) + 1, all.plain.rows_per_line, err);
    if (status != BC_OK)
        goto done;
    if (first)
        read_blocks(&all, 0);
    else
        bc_pool_run(in->pool, read_blocks, &all);
    status = finish(&all, err);
    if (status == BC_OK && first && all.settled > 0 && in->slots[0].block.length > BC_BLOCK_SIZE / 2) {
        expect_rows(&all);
        status = bc_pool_create(&in->pool, in->options->threads, err);
    }
done:
    bc_plain_free(&all.plain);
    pthread_cond_destroy(&all.changed);
    pthread_mutex_destroy(&all.mutex);
    return status;
}
