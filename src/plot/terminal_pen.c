/* The pen that draws in the cells of a terminal. */
#include "plot/layout.h"

#include "base/memory.h"
#include "plot/plot_text.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DOTS_WIDE = 2, DOTS_HIGH = 4, NOBODY = -1 };

/* A cell shows a character, or the dots in it. */
typedef struct cell {
    uint8_t dots;      /* as bits of a braille pattern */
    bool joined;       /* covered by the wide character before */
    int role;          /* of what was drawn last; NOBODY: none */
    char character[8]; /* UTF-8; empty: none */
} cell;

typedef struct screen {
    cell *cells;
    size_t columns, rows;
    bool utf8, colour;
} screen;

static cell *cell_at(const screen *of, size_t column, size_t row) {
    return &of->cells[row * of->columns + column];
}

/* ---- dots ---- */

static void put_dot(screen *on, double x, double y, int role) {
    static const uint8_t bits[DOTS_HIGH][DOTS_WIDE] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    if (!(x >= 0 && y >= 0 && x < (double)(on->columns * DOTS_WIDE) && y < (double)(on->rows * DOTS_HIGH)))
        return;
    size_t column = (size_t)x, row = (size_t)y;
    cell *at = cell_at(on, column / DOTS_WIDE, row / DOTS_HIGH);
    if (at->dots == 0 || role != BC_ROLE_GUIDE)
        at->role = role;
    at->dots |= bits[row % DOTS_HIGH][column % DOTS_WIDE];
}

/* Of a dashed line every other pair of dots is left out, going by its length from the start. */
static double put_segment(screen *on, bc_spot from, bc_spot to, const bc_plot_shape *shape, double done) {
    const double dash = 4;
    double length = fmax(fabs(to.x - from.x), fabs(to.y - from.y));
    size_t steps = (size_t)ceil(length);
    for (size_t i = 0; i <= steps; i++) {
        double part = steps > 0 ? (double)i / (double)steps : 0;
        if (shape->dashed && fmod(done + part * length, dash) >= dash / 2)
            continue;
        put_dot(on, from.x + part * (to.x - from.x), from.y + part * (to.y - from.y), shape->role);
    }
    return done + length;
}

static void put_line(screen *on, const bc_drawing *drawing, const bc_plot_shape *shape) {
    const bc_spot *spots = drawing->spots + shape->first;
    double done = 0;
    for (size_t i = 1; i < shape->count; i++)
        done = put_segment(on, spots[i - 1], spots[i], shape, done);
}

/* Positives are filled, negatives hatched. */
static void put_bar(screen *on, const bc_drawing *drawing, const bc_plot_shape *shape) {
    const bc_spot *spots = drawing->spots + shape->first;
    double top = fmin(spots[0].y, spots[1].y), bottom = fmax(spots[0].y, spots[1].y);
    for (double y = floor(top) + 0.5; y <= bottom; y++) {
        for (double x = floor(spots[0].x) + 0.5; x < spots[1].x; x++) {
            bool hatch = (int)(floor(x) + floor(y)) % 2 == 0;
            if (shape->role != BC_ROLE_NEGATIVE || hatch)
                put_dot(on, x, y, shape->role);
        }
    }
}

/* ---- characters ---- */

static void put_character(screen *on, size_t column, size_t row, const char *character, size_t length,
                          int role) {
    if (column >= on->columns || row >= on->rows || length >= sizeof(cell){0}.character)
        return;
    cell *at = cell_at(on, column, row);
    *at = (cell){.role = role};
    memcpy(at->character, character, length);
}

static void put_ascii(screen *on, size_t column, size_t row, char character, int role) {
    put_character(on, column, row, &character, 1, role);
}

static size_t cell_of(double place, size_t dots) {
    return place > 0 ? (size_t)(place / (double)dots) : 0;
}

/* What is not ASCII is '?' where the terminal knows no more. */
static void put_words(screen *on, const bc_drawing *drawing, const bc_plot_shape *shape) {
    const char *text = drawing->texts.data + shape->text;
    const bc_spot at = drawing->spots[shape->first];
    double width = (double)(bc_plot_text_columns(text) * DOTS_WIDE);
    size_t column = cell_of(floor((at.x - shape->anchor * width) / DOTS_WIDE + 0.5) * DOTS_WIDE, DOTS_WIDE);
    size_t row = cell_of(at.y, DOTS_HIGH);
    int role = shape->kind == BC_SHAPE_LABEL ? shape->role : NOBODY;
    while (*text != '\0') {
        size_t length = bc_text_utf8_length(text);
        char character[8] = {0};
        memcpy(character, text, length);
        size_t wide = bc_plot_text_columns(character);
        if (on->utf8 || length == 1)
            put_character(on, column, row, text, length, role);
        else
            put_ascii(on, column, row, '?', role);
        for (size_t i = 1; i < wide && column + i < on->columns; i++)
            *cell_at(on, column + i, row) = (cell){.role = role, .joined = on->utf8};
        column += wide;
        text += length;
    }
}

static void put_symbol(screen *on, bc_spot at, const char *utf8, char ascii, int role) {
    size_t column = cell_of(at.x, DOTS_WIDE), row = cell_of(at.y, DOTS_HIGH);
    if (on->utf8)
        put_character(on, column, row, utf8, strlen(utf8), role);
    else
        put_ascii(on, column, row, ascii, role);
}

static void put_marker(screen *on, const bc_drawing *drawing, const bc_plot_shape *shape) {
    const bc_spot at = drawing->spots[shape->first];
    bool test = shape->role == BC_ROLE_TEST;
    if (shape->kind == BC_SHAPE_PICK)
        put_symbol(on, at, test ? "\xe2\x96\xa1" : "\xe2\x97\x8f", test ? 'O' : '@', shape->role);
    else
        put_symbol(on, at, test ? "\xe2\x96\xab" : "\xe2\x80\xa2", test ? 'o' : '*', shape->role);
}

static void put_cutoff(screen *on, const bc_drawing *drawing, const bc_plot_shape *shape) {
    const bc_spot *spots = drawing->spots + shape->first;
    for (double y = fmin(spots[0].y, spots[1].y); y < fmax(spots[0].y, spots[1].y); y += DOTS_HIGH)
        put_symbol(on, (bc_spot){spots[0].x, y}, "\xe2\x94\x86", '|', shape->role);
}

/* The axes stand in the cells beside the plot, with a tick where the grid's lines meet them. */
static void put_axes(screen *on, const bc_drawing *drawing) {
    const double left = drawing->left - 1, below = drawing->bottom + 1;
    for (double y = drawing->top; y < drawing->bottom; y += DOTS_HIGH)
        put_symbol(on, (bc_spot){left, y}, "\xe2\x94\x82", '|', NOBODY);
    for (double x = drawing->left; x < drawing->right; x += DOTS_WIDE)
        put_symbol(on, (bc_spot){x, below}, "\xe2\x94\x80", '-', NOBODY);
    put_symbol(on, (bc_spot){left, below}, "\xe2\x94\x94", '+', NOBODY);
    for (size_t i = 0; i < drawing->count; i++) {
        const bc_spot *spots = drawing->spots + drawing->shapes[i].first;
        if (drawing->shapes[i].kind != BC_SHAPE_GRID)
            continue;
        if (spots[0].y == spots[1].y)
            put_symbol(on, (bc_spot){left, spots[0].y}, "\xe2\x94\xa4", '+', NOBODY);
        else
            put_symbol(on, (bc_spot){spots[0].x, below}, "\xe2\x94\xac", '+', NOBODY);
    }
}

static void put_shape(screen *on, const bc_drawing *drawing, const bc_plot_shape *shape) {
    switch (shape->kind) {
    case BC_SHAPE_GRID:
    case BC_SHAPE_AXIS:
    case BC_SHAPE_BAND: /* for which there is no room */
    case BC_SHAPE_LEADER:
        return;
    case BC_SHAPE_BAR:
        put_bar(on, drawing, shape);
        return;
    case BC_SHAPE_LINE:
    case BC_SHAPE_ERROR:
        put_line(on, drawing, shape);
        return;
    case BC_SHAPE_KEY:
        if (shape->filled)
            put_bar(on, drawing, shape);
        else
            put_line(on, drawing, shape);
        return;
    case BC_SHAPE_CUTOFF:
        put_cutoff(on, drawing, shape);
        return;
    case BC_SHAPE_POINT:
    case BC_SHAPE_PICK:
        put_marker(on, drawing, shape);
        return;
    case BC_SHAPE_TICK:
    case BC_SHAPE_AXIS_LABEL:
    case BC_SHAPE_LABEL:
    case BC_SHAPE_NOTE:
    case BC_SHAPE_TITLE:
    case BC_SHAPE_COUNT:
        put_words(on, drawing, shape);
        return;
    }
}

/* ---- printing ---- */

/* Colours of 256, near those of the files and legible on black and on white. */
static const char *const role_codes[BC_ROLE_COUNT] = {
    [BC_ROLE_CHOSEN] = "\033[38;5;32m",    [BC_ROLE_TEST] = "\033[38;5;166m",
    [BC_ROLE_POSITIVE] = "\033[38;5;166m", [BC_ROLE_NEGATIVE] = "\033[38;5;32m",
    [BC_ROLE_RECALL] = "\033[38;5;32m",    [BC_ROLE_PRECISION] = "\033[38;5;166m",
    [BC_ROLE_TRAIN] = "\033[38;5;36m",     [BC_ROLE_PICK] = "\033[1m",
    [BC_ROLE_GUIDE] = "\033[38;5;244m",
};

/* In ASCII a line is told from another by its character. */
static const char role_characters[BC_ROLE_COUNT] = {
    [BC_ROLE_CHOSEN] = '*',   [BC_ROLE_TEST] = 'o',   [BC_ROLE_POSITIVE] = '#',
    [BC_ROLE_NEGATIVE] = '=', [BC_ROLE_RECALL] = '*', [BC_ROLE_PRECISION] = 'x',
    [BC_ROLE_TRAIN] = 'o',    [BC_ROLE_PICK] = '@',   [BC_ROLE_GUIDE] = '.',
};

static bool is_blank(const cell *at) {
    return at->dots == 0 && !at->joined && (at->character[0] == '\0' || strcmp(at->character, " ") == 0);
}

static void print_cell(bc_text *text, const screen *of, const cell *at) {
    if (at->joined)
        return;
    if (at->character[0] != '\0') {
        bc_text_string(text, at->character);
    } else if (at->dots == 0) {
        bc_text_char(text, ' ');
    } else if (of->utf8) { /* U+2800 + dots */
        const char braille[] = {(char)0xe2, (char)(0xa0 | at->dots >> 6), (char)(0x80 | (at->dots & 0x3f))};
        bc_text_append(text, braille, sizeof braille);
    } else {
        bc_text_char(text, role_characters[at->role]);
    }
}

static void print_row(bc_text *text, const screen *of, size_t row) {
    size_t end = of->columns;
    int role = NOBODY;
    while (end > 0 && is_blank(cell_at(of, end - 1, row)))
        end--;
    for (size_t column = 0; column < end; column++) {
        const cell *at = cell_at(of, column, row);
        int wanted = is_blank(at) ? NOBODY : at->role;
        if (of->colour && wanted != role) {
            bc_text_string(text, role != NOBODY ? "\033[0m" : "");
            bc_text_string(text, wanted != NOBODY ? role_codes[wanted] : "");
        }
        role = wanted;
        print_cell(text, of, at);
    }
    bc_text_string(text, of->colour && role != NOBODY ? "\033[0m\n" : "\n");
}

bc_status bc_chart_terminal(bc_text *text, const bc_chart *chart, unsigned columns, unsigned rows, bool utf8,
                            bool colour, bc_error *err) {
    enum { MOST = 1000 };
    const unsigned wide = columns < BC_CHART_LEAST_COLUMNS ? BC_CHART_LEAST_COLUMNS
                          : columns < MOST                 ? columns
                                                           : MOST;
    const unsigned high = rows < BC_CHART_LEAST_ROWS ? BC_CHART_LEAST_ROWS : rows < MOST ? rows : MOST;
    screen on = {.columns = wide, .rows = high, .utf8 = utf8, .colour = colour};
    const bc_layout layout = bc_layout_terminal(wide, high);
    bc_drawing drawing;
    void *block = NULL;
    bc_status status = bc_layout_draw(&drawing, chart, &layout, err);
    if (status == BC_OK)
        status = bc_alloc(&block, (size_t)wide * high, sizeof *on.cells, err);
    on.cells = block;
    for (size_t i = 0; status == BC_OK && i < (size_t)wide * high; i++)
        on.cells[i].role = NOBODY;
    if (status == BC_OK) {
        put_axes(&on, &drawing);
        for (size_t i = 0; i < drawing.count; i++)
            put_shape(&on, &drawing, &drawing.shapes[i]);
        for (size_t row = 0; row < high; row++)
            print_row(text, &on, row);
        status = bc_text_check(text, err);
    }
    free(on.cells);
    bc_drawing_free(&drawing);
    return status;
}
