/* Orthogonal updates. All matrices go through the iteration side by side: in each phase a thread takes its
 * panels of columns, of whichever matrix, and between phases the threads wait for each other. */
#include "muon.h"

#include "base/memory.h"
#include "net/kernels/kernels.h"

#include <math.h>
#include <stdlib.h>

enum {
    ITERATIONS = 5,
    PIXELS = 128, /* of a product of columns at a time: they stay in the nearest cache */
};

static const double momentum_kept = 0.95, root_mean_square = 0.4, least_norm = 1e-7;
static const float linear = 3.4445f, cubic = -4.7750f, quintic = 2.0315f;

/* The matrices lie by panels of `width` of their rows: [panel][column][width], rows beyond the last are 0; so
 * that a panel is what the kernels call channels, and a column is a pixel. */
typedef struct matrix {
    const bc_tensor *tensor;
    size_t filters, inputs; /* as the tensor has it */
    bool turned;            /* the inputs are the rows */
    size_t rows, columns;   /* rows <= columns */
    size_t width, padded;   /* rows that there is room for */
    float *x, *next;        /* padded x columns */
    float *gram, *factor;   /* padded x padded: x x', and what x is multiplied by */
    ptrdiff_t *x_panels, *gram_panels;
    double *squares; /* of the entries of each panel, summed */
} matrix;

typedef struct item {
    size_t matrix, panel;
    unsigned owner; /* worker */
} item;

struct bc_muon {
    const bc_network *network;
    const bc_level *level;
    matrix *matrices;
    size_t count;
    item *items;
    size_t item_count;
};

bool bc_muon_takes(const bc_tensor *tensor) {
    return tensor->decays && tensor->rank == 4;
}

static size_t panels_of(const matrix *m) {
    return m->padded / m->width;
}

/* ---- memory ---- */

static bc_status make_floats(float **floats, size_t rows, size_t columns, bc_error *err) {
    void *block;
    size_t count;
    if (!bc_size_multiply(&count, rows, columns))
        return bc_fail(err, BC_ERROR_MEMORY, "out of memory");
    bc_status status = bc_alloc_aligned(&block, count, sizeof **floats, err);
    *floats = block;
    return status;
}

static bc_status make_offsets(ptrdiff_t **offsets, const matrix *m, size_t columns, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, panels_of(m), sizeof **offsets, err);
    *offsets = block;
    for (size_t i = 0; status == BC_OK && i < panels_of(m); i++)
        (*offsets)[i] = (ptrdiff_t)(i * columns * m->width);
    return status;
}

static bc_status make_matrix(matrix *m, const bc_tensor *tensor, bc_error *err) {
    void *block;
    const size_t filters = tensor->shape[0], inputs = tensor->count / filters;
    *m = (matrix){.tensor = tensor, .filters = filters, .inputs = inputs, .turned = filters > inputs};
    m->rows = m->turned ? inputs : filters;
    m->columns = m->turned ? filters : inputs;
    m->width = m->rows <= BC_BLOCK ? BC_BLOCK : BC_PANEL;
    m->padded = (m->rows + m->width - 1) / m->width * m->width;
    bc_status status = make_floats(&m->x, m->padded, m->columns, err);
    if (status == BC_OK)
        status = make_floats(&m->next, m->padded, m->columns, err);
    if (status == BC_OK)
        status = make_floats(&m->gram, m->padded, m->padded, err);
    if (status == BC_OK)
        status = make_floats(&m->factor, m->padded, m->padded, err);
    if (status == BC_OK)
        status = make_offsets(&m->x_panels, m, m->columns, err);
    if (status == BC_OK)
        status = make_offsets(&m->gram_panels, m, m->padded, err);
    if (status == BC_OK) {
        status = bc_alloc(&block, panels_of(m), sizeof *m->squares, err);
        m->squares = block;
    }
    return status;
}

static void free_matrix(matrix *m) {
    free(m->x);
    free(m->next);
    free(m->gram);
    free(m->factor);
    free(m->x_panels);
    free(m->gram_panels);
    free(m->squares);
}

static bc_status make_matrices(bc_muon *muon, bc_error *err) {
    const bc_network *network = muon->network;
    void *block;
    bc_status status = bc_alloc(&block, network->tensor_count, sizeof *muon->matrices, err);
    muon->matrices = block;
    for (size_t i = 0; status == BC_OK && i < network->tensor_count; i++) {
        if (bc_muon_takes(&network->tensors[i]))
            status = make_matrix(&muon->matrices[muon->count++], &network->tensors[i], err);
    }
    return status;
}

/* The work of a panel grows with this. */
static double cost_of(const matrix *m) {
    return (double)m->padded * (double)(2 * m->columns + m->padded);
}

static size_t find_least(const double *load, size_t count) {
    size_t least = 0;
    for (size_t i = 1; i < count; i++) {
        if (load[i] < load[least])
            least = i;
    }
    return least;
}

static int by_cost_falling(const void *a, const void *b) {
    const double first = cost_of(a), second = cost_of(b);
    return (first < second) - (first > second);
}

/* The dearest first, each to the worker that has the least to do. */
static bc_status share_out(bc_muon *muon, const bc_pool *pool, bc_error *err) {
    void *block, *loads;
    const unsigned workers = bc_pool_threads(pool);
    qsort(muon->matrices, muon->count, sizeof *muon->matrices, by_cost_falling);
    for (size_t i = 0; i < muon->count; i++)
        muon->item_count += panels_of(&muon->matrices[i]);
    bc_status status = bc_alloc(&block, muon->item_count, sizeof *muon->items, err);
    muon->items = block;
    if (status != BC_OK)
        return status;
    status = bc_alloc(&loads, workers, sizeof(double), err);
    if (status != BC_OK)
        return status;
    double *load = loads;
    size_t at = 0;
    for (size_t i = 0; i < muon->count; i++) {
        for (size_t panel = 0; panel < panels_of(&muon->matrices[i]); panel++) {
            const size_t owner = find_least(load, workers);
            load[owner] += cost_of(&muon->matrices[i]);
            muon->items[at++] = (item){i, panel, (unsigned)owner};
        }
    }
    free(load);
    return BC_OK;
}

bc_status bc_muon_create(bc_muon **muon, const bc_network *network, const bc_pool *pool, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, 1, sizeof **muon, err);
    *muon = block;
    if (status != BC_OK)
        return status;
    **muon = (bc_muon){.network = network, .level = bc_level_choose()};
    if ((*muon)->level == NULL)
        status = bc_fail(err, BC_ERROR_USAGE, "BCLASS_LEVEL names no level that runs here");
    if (status == BC_OK)
        status = make_matrices(*muon, err);
    if (status == BC_OK)
        status = share_out(*muon, pool, err);
    return status;
}

void bc_muon_free(bc_muon *muon) {
    if (muon == NULL)
        return;
    for (size_t i = 0; i < muon->count; i++)
        free_matrix(&muon->matrices[i]);
    free(muon->matrices);
    free(muon->items);
    free(muon);
}

/* ---- from and to the tensor ---- */

/* Where an entry is in the tensor. */
static size_t place_of(const matrix *m, size_t row, size_t column) {
    return m->turned ? column * m->inputs + row : row * m->inputs + column;
}

static size_t rows_of_panel(const matrix *m, size_t panel) {
    const size_t left = m->rows - panel * m->width;
    return left < m->width ? left : m->width;
}

static float *panel_of(float *values, const matrix *m, size_t panel, size_t columns) {
    return values + panel * columns * m->width;
}

/* Not yet divided by the norm, of which this panel's share is summed. */
static void take_momentum(const matrix *m, size_t panel, float *momentum, const float *gradients) {
    const float kept = (float)momentum_kept, added = (float)(1 - momentum_kept);
    float *x = panel_of(m->x, m, panel, m->columns);
    double squares = 0;
    for (size_t row = 0; row < rows_of_panel(m, panel); row++) {
        for (size_t column = 0; column < m->columns; column++) {
            const size_t at = m->tensor->offset + place_of(m, panel * m->width + row, column);
            momentum[at] = kept * momentum[at] + added * gradients[at];
            const float ahead = kept * momentum[at] + added * gradients[at];
            x[column * m->width + row] = ahead;
            squares += (double)ahead * (double)ahead;
        }
    }
    m->squares[panel] = squares;
}

static float norm_of(const matrix *m) {
    double squares = 0;
    for (size_t panel = 0; panel < panels_of(m); panel++)
        squares += m->squares[panel];
    return (float)(sqrt(squares) + least_norm);
}

static void update(const matrix *m, size_t panel, float *values, const float *result, float keep,
                   float rate) {
    for (size_t row = 0; row < rows_of_panel(m, panel); row++) {
        for (size_t column = 0; column < m->columns; column++) {
            float *value = values + m->tensor->offset + place_of(m, panel * m->width + row, column);
            *value = keep * *value - rate * result[(panel * m->columns + column) * m->width + row];
        }
    }
}

/* ---- the iteration ---- */

/* sums = left right', with `columns` columns each, of which right is one panel. */
static void multiply_rows(const bc_level *level, const matrix *m, float *sums, const float *left,
                          const ptrdiff_t *panels, const float *right, size_t columns) {
    for (size_t column = 0; column < columns; column += PIXELS) {
        const bc_outer outer = {
            .src = left + column * m->width,
            .taps = panels,
            .tap_count = panels_of(m),
            .depth = m->width,
            .src_pixel = (ptrdiff_t)m->width,
            .diff = right + column * m->width,
            .diff_pixel = (ptrdiff_t)m->width,
            .diff_block = BC_BLOCK,
            .pixels = columns - column < PIXELS ? columns - column : PIXELS,
            .rows = 1,
            .channels = m->width,
            .sums = sums,
            .accumulate = column > 0,
        };
        level->gemm->outer(&outer);
    }
}

/* A panel of x x'. The entries of the first x are yet to be divided by norm. */
static void find_gram(const bc_level *level, const matrix *m, size_t panel, float norm) {
    float *gram = panel_of(m->gram, m, panel, m->padded);
    multiply_rows(level, m, gram, m->x, m->x_panels, panel_of(m->x, m, panel, m->columns), m->columns);
    for (size_t i = 0; i < m->padded * m->width; i++)
        gram[i] = gram[i] / norm / norm;
}

/* A panel of linear + cubic gram + quintic gram^2; gram is symmetric. */
static void find_factor(const bc_level *level, const matrix *m, size_t panel, float norm) {
    const float *gram = panel_of(m->gram, m, panel, m->padded);
    float *factor = panel_of(m->factor, m, panel, m->padded);
    multiply_rows(level, m, factor, m->gram, m->gram_panels, gram, m->padded);
    for (size_t i = 0; i < m->padded * m->width; i++)
        factor[i] = (quintic * factor[i] + cubic * gram[i]) / norm;
    for (size_t row = 0; row < m->width; row++)
        factor[(panel * m->width + row) * m->width + row] += linear / norm;
}

/* A panel of the next x: the factor, which is symmetric, times x. */
static void multiply(const bc_level *level, const matrix *m, size_t panel) {
    const bc_product product = {
        .src = m->x,
        .taps = m->x_panels,
        .tap_count = panels_of(m),
        .depth = m->width,
        .src_pixel = (ptrdiff_t)m->width,
        .weights = panel_of(m->factor, m, panel, m->padded),
        .dst = panel_of(m->next, m, panel, m->columns),
        .dst_pixel = (ptrdiff_t)m->width,
        .dst_block = BC_BLOCK,
        .pixels = m->columns,
        .rows = 1,
        .channels = m->width,
    };
    level->gemm->product(&product);
}

/* Which of the two has what the iteration before left. */
static matrix turn_of(const matrix *m, int iteration) {
    matrix turn = *m;
    if (iteration % 2 == 1) {
        turn.x = m->next;
        turn.next = m->x;
    }
    return turn;
}

typedef enum muon_phase { GRAM, FACTOR, MULTIPLY, PHASES } muon_phase;

static void run_phase(const bc_muon *muon, const matrix *m, size_t panel, muon_phase phase, float norm) {
    switch (phase) {
    case GRAM:
        find_gram(muon->level, m, panel, norm);
        break;
    case FACTOR:
        find_factor(muon->level, m, panel, norm);
        break;
    default:
        multiply(muon->level, m, panel);
    }
}

static void iterate(const bc_muon *muon, int iteration, bc_pool *pool, unsigned worker) {
    for (muon_phase phase = GRAM; phase < PHASES; phase++) {
        for (const item *i = muon->items; i < muon->items + muon->item_count; i++) {
            if (i->owner != worker)
                continue;
            const matrix m = turn_of(&muon->matrices[i->matrix], iteration);
            run_phase(muon, &m, i->panel, phase, iteration == 0 ? norm_of(&m) : 1);
        }
        bc_pool_barrier(pool);
    }
}

void bc_muon_step(bc_muon *muon, float *momentum, const float *gradients, double rate, double weight_decay,
                  bc_pool *pool, unsigned worker) {
    const item *end = muon->items + muon->item_count;
    if (muon->item_count == 0) /* none to wait for */
        return;
    for (const item *i = muon->items; i < end; i++) {
        if (i->owner == worker)
            take_momentum(&muon->matrices[i->matrix], i->panel, momentum, gradients);
    }
    bc_pool_barrier(pool);
    for (int iteration = 0; iteration < ITERATIONS; iteration++)
        iterate(muon, iteration, pool, worker);
    for (const item *i = muon->items; i < end; i++) {
        const matrix m = turn_of(&muon->matrices[i->matrix], ITERATIONS);
        if (i->owner == worker)
            update(&m, i->panel, muon->network->values, m.x, (float)(1 - rate * weight_decay),
                   (float)(rate * root_mean_square * sqrt((double)m.columns)));
    }
    bc_pool_barrier(pool);
}
