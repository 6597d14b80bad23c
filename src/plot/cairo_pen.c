/* The pen that draws with cairo, into SVG, PNG and PDF files. */
#include "plot/layout.h"

#include "base/output.h"
#include "plot/build.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <cairo.h>
#include <math.h>
#include <string.h>
#include <strings.h>

typedef enum file_kind { FILE_SVG, FILE_PNG, FILE_PDF, FILE_KINDS } file_kind;

static const char *const endings[FILE_KINDS] = {".svg", ".png", ".pdf"};

enum { PNG_SCALE = 2 };               /* pixels to a unit: sharp where it is shown at half its size */
static const double pdf_scale = 0.75; /* points to a unit: 9 point text */

/* FILE_KINDS where it ends otherwise. */
static file_kind kind_of(const char *path) {
    size_t length = strlen(path);
    for (int kind = 0; kind < FILE_KINDS; kind++) {
        if (length > strlen(endings[kind]) &&
            strcasecmp(path + length - strlen(endings[kind]), endings[kind]) == 0)
            return (file_kind)kind;
    }
    return FILE_KINDS;
}

bc_status bc_chart_check_name(const char *path, bc_error *err) {
    return kind_of(path) < FILE_KINDS
               ? BC_OK
               : bc_fail(err, BC_ERROR_USAGE, "%s: the name of a plot ends in .svg, .png or .pdf", path);
}

/* ---- colours ---- */

typedef struct colour {
    double red, green, blue;
} colour;

/* Okabe and Ito (2008), told apart by people of any colour vision; yellow and the lighter ones, too pale for
 * a line on white, are left out. */
static const colour role_colours[BC_ROLE_COUNT] = {
    [BC_ROLE_CHOSEN] = {0, 0.447, 0.698},   [BC_ROLE_TEST] = {0.835, 0.369, 0},
    [BC_ROLE_POSITIVE] = {0.835, 0.369, 0}, [BC_ROLE_NEGATIVE] = {0, 0.447, 0.698},
    [BC_ROLE_RECALL] = {0, 0.447, 0.698},   [BC_ROLE_PRECISION] = {0.835, 0.369, 0},
    [BC_ROLE_TRAIN] = {0, 0.52, 0.385},     [BC_ROLE_PICK] = {0.1, 0.1, 0.1},
    [BC_ROLE_GUIDE] = {0.42, 0.42, 0.42},
};

static const colour black = {0.1, 0.1, 0.1}, grey = {0.35, 0.35, 0.35}, light = {0.9, 0.9, 0.9},
                    white = {1, 1, 1};

static void set_colour(cairo_t *cairo, const colour *of, double alpha) {
    cairo_set_source_rgba(cairo, of->red, of->green, of->blue, alpha);
}

/* Darker, so that small letters can be read. */
static colour text_colour(const bc_plot_shape *shape) {
    const double part = 0.8;
    if (shape->kind == BC_SHAPE_TITLE || shape->role < 0)
        return shape->kind == BC_SHAPE_NOTE || shape->kind == BC_SHAPE_TICK ? grey : black;
    const colour *of = &role_colours[shape->role];
    return (colour){part * of->red, part * of->green, part * of->blue};
}

/* ---- shapes ---- */

static void trace_path(cairo_t *cairo, const bc_drawing *drawing, const bc_plot_shape *shape) {
    const bc_spot *spots = drawing->spots + shape->first;
    cairo_new_path(cairo);
    for (size_t i = 0; i < shape->count; i++)
        cairo_line_to(cairo, spots[i].x, spots[i].y);
}

static void stroke(cairo_t *cairo, double width, const colour *of, double alpha, bool dashed) {
    static const double dashes[] = {6, 3};
    cairo_set_dash(cairo, dashes, dashed ? 2 : 0, 0);
    cairo_set_line_width(cairo, width);
    set_colour(cairo, of, alpha);
    cairo_stroke(cairo);
}

static double line_width(const bc_plot_shape *shape) {
    switch (shape->kind) {
    case BC_SHAPE_LINE:
    case BC_SHAPE_KEY:
        return shape->role == BC_ROLE_GUIDE ? 1 : 1.6;
    case BC_SHAPE_ERROR:
        return 1.2;
    case BC_SHAPE_GRID:
    case BC_SHAPE_LEADER:
        return 0.7;
    default:
        return 1;
    }
}

static void draw_line(cairo_t *cairo, const bc_drawing *drawing, const bc_plot_shape *shape) {
    const colour *of = shape->kind == BC_SHAPE_GRID ? &light
                       : shape->kind == BC_SHAPE_AXIS || shape->kind == BC_SHAPE_LEADER
                           ? &grey
                           : &role_colours[shape->role];
    trace_path(cairo, drawing, shape);
    stroke(cairo, line_width(shape), of, 1, shape->dashed || shape->kind == BC_SHAPE_CUTOFF);
}

static void draw_band(cairo_t *cairo, const bc_drawing *drawing, const bc_plot_shape *shape) {
    trace_path(cairo, drawing, shape);
    cairo_close_path(cairo);
    set_colour(cairo, &role_colours[shape->role], 0.14);
    cairo_fill(cairo);
}

static void draw_bar(cairo_t *cairo, const bc_drawing *drawing, const bc_plot_shape *shape) {
    const bc_spot *spots = drawing->spots + shape->first;
    const double gap = 0.5;
    double left = fmin(spots[0].x, spots[1].x), width = fabs(spots[1].x - spots[0].x);
    double top = fmin(spots[0].y, spots[1].y);
    cairo_new_path(cairo);
    cairo_rectangle(cairo, left + gap / 2, top, fmax(width - gap, gap), fabs(spots[1].y - spots[0].y));
    set_colour(cairo, &role_colours[shape->role], 0.55);
    cairo_fill(cairo);
}

static void trace_marker(cairo_t *cairo, bc_spot at, double radius, bool square) {
    const double turn = 6.283185307179586;
    cairo_new_path(cairo);
    if (square)
        cairo_rectangle(cairo, at.x - radius, at.y - radius, 2 * radius, 2 * radius);
    else
        cairo_arc(cairo, at.x, at.y, radius, 0, turn);
}

/* Round; of test rows a hollow square, so that what lies in it shows. */
static void draw_marker(cairo_t *cairo, const bc_drawing *drawing, const bc_plot_shape *shape) {
    const bc_spot at = drawing->spots[shape->first];
    const colour *of = &role_colours[shape->role];
    bool hollow = shape->role == BC_ROLE_TEST, pick = shape->kind == BC_SHAPE_PICK;
    trace_marker(cairo, at, hollow ? (pick ? 5.2 : 3) : (pick ? 4.2 : 3.2), hollow);
    set_colour(cairo, hollow ? &white : of, hollow ? 0.5 : 1);
    cairo_fill_preserve(cairo);
    stroke(cairo, hollow ? 1.6 : 1, hollow ? of : &white, 1, false);
}

static void set_font(cairo_t *cairo, const bc_plot_shape *shape) {
    bool title = shape->kind == BC_SHAPE_TITLE;
    cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           title ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, title                          ? bc_layout_title_font
                               : shape->kind == BC_SHAPE_NOTE ? bc_layout_note_font
                                                              : bc_layout_font);
}

/* With a rim of white where lines may lie below. */
static void draw_text(cairo_t *cairo, const bc_drawing *drawing, const bc_plot_shape *shape) {
    const char *text = drawing->texts.data + shape->text;
    const bc_spot at = drawing->spots[shape->first];
    const double middle = 0.36; /* of small letters, above the line they stand on, by the size of the font */
    const colour of = text_colour(shape);
    cairo_text_extents_t extents;
    cairo_save(cairo);
    set_font(cairo, shape);
    cairo_text_extents(cairo, text, &extents);
    cairo_translate(cairo, at.x, at.y);
    if (shape->turned)
        cairo_rotate(cairo, -1.5707963267948966);
    cairo_translate(cairo, -shape->anchor * extents.x_advance, middle * bc_layout_font);
    if (shape->kind == BC_SHAPE_LABEL) {
        cairo_move_to(cairo, 0, 0);
        cairo_text_path(cairo, text);
        cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
        stroke(cairo, 3, &white, 0.85, false);
    }
    cairo_move_to(cairo, 0, 0);
    set_colour(cairo, &of, 1);
    cairo_show_text(cairo, text);
    cairo_restore(cairo);
}

static void draw_shape(cairo_t *cairo, const bc_drawing *drawing, const bc_plot_shape *shape) {
    switch (shape->kind) {
    case BC_SHAPE_BAND:
        draw_band(cairo, drawing, shape);
        return;
    case BC_SHAPE_BAR:
        draw_bar(cairo, drawing, shape);
        return;
    case BC_SHAPE_KEY:
        if (shape->filled)
            draw_bar(cairo, drawing, shape);
        else
            draw_line(cairo, drawing, shape);
        return;
    case BC_SHAPE_POINT:
    case BC_SHAPE_PICK:
        draw_marker(cairo, drawing, shape);
        return;
    case BC_SHAPE_GRID:
    case BC_SHAPE_AXIS:
    case BC_SHAPE_LINE:
    case BC_SHAPE_ERROR:
    case BC_SHAPE_CUTOFF:
    case BC_SHAPE_LEADER:
        draw_line(cairo, drawing, shape);
        return;
    case BC_SHAPE_TICK:
    case BC_SHAPE_AXIS_LABEL:
    case BC_SHAPE_LABEL:
    case BC_SHAPE_NOTE:
    case BC_SHAPE_TITLE:
    case BC_SHAPE_COUNT:
        draw_text(cairo, drawing, shape);
        return;
    }
}

/* ---- files ---- */

/* Where cairo's bytes go; the first failure is kept. */
typedef struct sink {
    bc_output *output;
    bc_status status;
    bc_error *err;
} sink;

static cairo_status_t write_bytes(void *context, const unsigned char *bytes, unsigned length) {
    sink *to = context;
    if (to->status == BC_OK)
        to->status = bc_output_write(to->output, bytes, length, to->err);
    return to->status == BC_OK ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static cairo_surface_t *make_surface(file_kind kind, const bc_drawing *drawing, sink *to) {
    if (kind == FILE_PNG)
        return cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(PNG_SCALE * drawing->width),
                                          (int)(PNG_SCALE * drawing->height));
    if (kind == FILE_PDF)
        return cairo_pdf_surface_create_for_stream(write_bytes, to, pdf_scale * drawing->width,
                                                   pdf_scale * drawing->height);
    return cairo_svg_surface_create_for_stream(write_bytes, to, drawing->width, drawing->height);
}

/* Without the time, so that the same chart gives the same bytes. */
static void describe(cairo_surface_t *surface, file_kind kind, const char *title) {
    if (kind != FILE_PDF)
        return;
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "");
}

static cairo_status_t draw_page(cairo_surface_t *surface, file_kind kind, const bc_drawing *drawing) {
    cairo_t *cairo = cairo_create(surface);
    const double scale = kind == FILE_PNG ? PNG_SCALE : kind == FILE_PDF ? pdf_scale : 1;
    cairo_scale(cairo, scale, scale);
    set_colour(cairo, &white, 1);
    cairo_paint(cairo);
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
    for (size_t i = 0; i < drawing->count; i++)
        draw_shape(cairo, drawing, &drawing->shapes[i]);
    cairo_status_t status = cairo_status(cairo);
    cairo_destroy(cairo);
    return status;
}

static bc_status draw_file(sink *to, file_kind kind, const bc_drawing *drawing, const char *title,
                           bc_error *err) {
    cairo_surface_t *surface = make_surface(kind, drawing, to);
    if (kind == FILE_SVG)
        cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
    describe(surface, kind, title);
    cairo_status_t drawn = draw_page(surface, kind, drawing);
    if (drawn == CAIRO_STATUS_SUCCESS && kind == FILE_PNG)
        drawn = cairo_surface_write_to_png_stream(surface, write_bytes, to);
    cairo_surface_finish(surface);
    if (drawn == CAIRO_STATUS_SUCCESS)
        drawn = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (to->status != BC_OK || drawn == CAIRO_STATUS_SUCCESS)
        return to->status;
    return bc_fail(err, drawn == CAIRO_STATUS_NO_MEMORY ? BC_ERROR_MEMORY : BC_ERROR_IO,
                   "cannot draw the plot: %s", cairo_status_to_string(drawn));
}

/* "TITLE: SOURCE", clean. */
static bc_status make_heading(bc_text *heading, const bc_chart *chart, bc_error *err) {
    bc_text raw = {0};
    bc_chart_heading(&raw, chart);
    bc_status status = bc_text_check(&raw, err);
    if (status == BC_OK) {
        bc_text_utf8_line(heading, raw.data);
        status = bc_text_check(heading, err);
    }
    bc_text_free(&raw);
    return status;
}

bc_status bc_chart_write(const bc_chart *chart, const char *path, bc_error *err) {
    bc_drawing drawing = {0};
    bc_text heading = {0};
    sink to = {.err = err};
    const bc_layout layout = bc_layout_figure(chart, true);
    bc_status status = bc_chart_check_name(path, err);
    if (status == BC_OK)
        status = make_heading(&heading, chart, err);
    if (status == BC_OK)
        status = bc_layout_draw(&drawing, chart, &layout, err);
    if (status == BC_OK)
        status = bc_output_open(&to.output, path, err);
    if (status == BC_OK)
        status = draw_file(&to, kind_of(path), &drawing, heading.data, err);
    if (status == BC_OK)
        status = bc_output_commit(to.output, err);
    bc_output_free(to.output);
    bc_drawing_free(&drawing);
    bc_text_free(&heading);
    return status;
}
