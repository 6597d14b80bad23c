/* The pen that writes an <svg> for a page. */
#include "plot/layout.h"

#include "base/number.h"
#include "plot/build.h"

#include <math.h>
#include <string.h>

static void put_number(bc_text *text, double value) {
    char digits[BC_NUMBER_SIZE];
    bc_number_print_fixed(digits, value, 2);
    char *end = digits + strlen(digits);
    while (end > digits && strchr(digits, '.') != NULL && (end[-1] == '0' || end[-1] == '.')) {
        bool point = end[-1] == '.';
        *--end = '\0';
        if (point)
            break;
    }
    bc_text_string(text, strcmp(digits, "-0") == 0 ? "0" : digits);
}

/* Clean UTF-8 within an element or between quotes. */
static void put_escaped(bc_text *text, const char *clean) {
    for (const char *c = clean; *c != '\0'; c++) {
        const char *escape = *c == '&'    ? "&amp;"
                             : *c == '<'  ? "&lt;"
                             : *c == '>'  ? "&gt;"
                             : *c == '"'  ? "&quot;"
                             : *c == '\'' ? "&#39;"
                                          : NULL;
        if (escape != NULL)
            bc_text_string(text, escape);
        else
            bc_text_char(text, *c);
    }
}

/* Any text. */
static void put_text(bc_text *text, const char *raw) {
    bc_text clean = {0};
    bc_text_string(&clean, "");
    bc_text_utf8_line(&clean, raw);
    if (clean.failed)
        text->failed = true;
    else
        put_escaped(text, clean.data);
    bc_text_free(&clean);
}

static void put_attribute(bc_text *text, const char *name, double value) {
    bc_text_format(text, " %s=\"", name);
    put_number(text, value);
    bc_text_char(text, '"');
}

static void put_exact(bc_text *text, const char *name, double value) {
    char digits[BC_NUMBER_SIZE];
    bc_number_print_exact(digits, value);
    bc_text_format(text, " %s=\"%s\"", name, digits);
}

static void put_class(bc_text *text, const bc_plot_shape *shape) {
    bool marker = shape->kind == BC_SHAPE_POINT || shape->kind == BC_SHAPE_PICK;
    bc_text_format(text, " class=\"%s", bc_plot_shape_names[shape->kind]);
    if (shape->role >= 0)
        bc_text_format(text, " role-%s", bc_chart_role_names[shape->role]);
    bc_text_string(text, marker && shape->role == BC_ROLE_TEST ? " hollow\"" : "\"");
}

static void put_path(bc_text *text, const bc_drawing *drawing, const bc_plot_shape *shape) {
    const bc_spot *spots = drawing->spots + shape->first;
    bool area = shape->kind == BC_SHAPE_BAND;
    bc_text_string(text, "<path");
    put_class(text, shape);
    bc_text_string(text, " d=\"");
    for (size_t i = 0; i < shape->count; i++) {
        bc_text_char(text, i == 0 ? 'M' : ' ');
        put_number(text, spots[i].x);
        bc_text_char(text, ' ');
        put_number(text, spots[i].y);
    }
    bc_text_string(text, area ? "Z\"" : "\" fill=\"none\"");
    if (shape->dashed && !area)
        bc_text_string(text, " stroke-dasharray=\"6 3\"");
    bc_text_string(text, "/>\n");
}

static void put_box(bc_text *text, const bc_drawing *drawing, const bc_plot_shape *shape) {
    const bc_spot *spots = drawing->spots + shape->first;
    bc_text_string(text, "<rect");
    put_class(text, shape);
    put_attribute(text, "x", fmin(spots[0].x, spots[1].x));
    put_attribute(text, "y", fmin(spots[0].y, spots[1].y));
    put_attribute(text, "width", fabs(spots[1].x - spots[0].x));
    put_attribute(text, "height", fabs(spots[1].y - spots[0].y));
    bc_text_string(text, "/>\n");
}

/* Test rows have squares, so that no colour is needed to tell them. */
static void put_marker(bc_text *text, const bc_drawing *drawing, const bc_plot_shape *shape) {
    const bc_spot *at = drawing->spots + shape->first;
    const double radius = shape->kind == BC_SHAPE_PICK ? 5 : 3.5;
    if (shape->role == BC_ROLE_TEST) {
        bc_text_string(text, "<rect");
        put_class(text, shape);
        put_attribute(text, "x", at->x - radius);
        put_attribute(text, "y", at->y - radius);
        put_attribute(text, "width", 2 * radius);
        put_attribute(text, "height", 2 * radius);
    } else {
        bc_text_string(text, "<circle");
        put_class(text, shape);
        put_attribute(text, "cx", at->x);
        put_attribute(text, "cy", at->y);
        put_attribute(text, "r", radius);
    }
    bc_text_string(text, "/>\n");
}

static void put_words(bc_text *text, const bc_drawing *drawing, const bc_plot_shape *shape) {
    static const char *const anchors[] = {"start", "middle", "end"};
    const bc_spot *at = drawing->spots + shape->first;
    bc_text_string(text, "<text");
    put_class(text, shape);
    if (shape->turned) {
        bc_text_string(text, " transform=\"translate(");
        put_number(text, at->x);
        bc_text_char(text, ' ');
        put_number(text, at->y);
        bc_text_string(text, ") rotate(-90)\"");
    } else {
        put_attribute(text, "x", at->x);
        put_attribute(text, "y", at->y);
    }
    bc_text_format(text, " dy=\".35em\" text-anchor=\"%s\">", anchors[(int)(2 * shape->anchor)]);
    put_escaped(text, drawing->texts.data + shape->text);
    bc_text_string(text, "</text>\n");
}

static void put_shape(bc_text *text, const bc_drawing *drawing, const bc_plot_shape *shape) {
    switch (shape->kind) {
    case BC_SHAPE_BAR:
        put_box(text, drawing, shape);
        return;
    case BC_SHAPE_POINT:
    case BC_SHAPE_PICK:
        put_marker(text, drawing, shape);
        return;
    case BC_SHAPE_KEY:
        if (shape->filled)
            put_box(text, drawing, shape);
        else
            put_path(text, drawing, shape);
        return;
    case BC_SHAPE_GRID:
    case BC_SHAPE_AXIS:
    case BC_SHAPE_BAND:
    case BC_SHAPE_LINE:
    case BC_SHAPE_ERROR:
    case BC_SHAPE_CUTOFF:
    case BC_SHAPE_LEADER:
        put_path(text, drawing, shape);
        return;
    case BC_SHAPE_TICK:
    case BC_SHAPE_AXIS_LABEL:
    case BC_SHAPE_LABEL:
    case BC_SHAPE_NOTE:
    case BC_SHAPE_TITLE:
    case BC_SHAPE_COUNT:
        put_words(text, drawing, shape);
        return;
    }
}

static void put_head(bc_text *text, const bc_drawing *drawing, const bc_chart *chart, const char *heading,
                     const char *id) {
    bc_text_format(text, "<svg id=\"%s\" class=\"chart\" viewBox=\"0 0 ", id);
    put_number(text, drawing->width);
    bc_text_char(text, ' ');
    put_number(text, drawing->height);
    bc_text_format(text, "\" role=\"img\" aria-labelledby=\"%s-title %s-desc\"", id, id);
    bc_text_format(text, " data-x=\"%s\" data-y=\"%s\"", chart->x.quantity, chart->y.quantity);
    put_exact(text, "data-x-low", drawing->x_low);
    put_exact(text, "data-x-high", drawing->x_high);
    put_exact(text, "data-y-low", drawing->y_low);
    put_exact(text, "data-y-high", drawing->y_high);
    put_attribute(text, "data-left", drawing->left);
    put_attribute(text, "data-right", drawing->right);
    put_attribute(text, "data-top", drawing->top);
    put_attribute(text, "data-bottom", drawing->bottom);
    bc_text_format(text, ">\n<title id=\"%s-title\">", id);
    put_text(text, heading);
    bc_text_format(text, "</title>\n<desc id=\"%s-desc\">", id);
}

/* What is labelled says it all: for those who do not see it. */
static void put_description(bc_text *text, const bc_chart *chart) {
    put_text(text, chart->y.label);
    bc_text_string(text, " by ");
    put_text(text, chart->x.label);
    for (size_t i = 0; i < chart->series_count; i++) {
        if (chart->series[i].label == NULL)
            continue;
        bc_text_string(text, "; ");
        put_text(text, chart->series[i].label);
    }
    for (size_t i = 0; i < chart->mark_count; i++) {
        if (chart->marks[i].label == NULL)
            continue;
        bc_text_string(text, "; ");
        put_text(text, chart->marks[i].label);
    }
    bc_text_string(text, "</desc>\n");
}

bc_status bc_chart_inline_svg(bc_text *text, const bc_chart *chart, const char *id, bc_error *err) {
    bc_drawing drawing;
    bc_text heading = {0};
    const bc_layout layout = bc_layout_figure(chart, false);
    bc_status status = bc_layout_draw(&drawing, chart, &layout, err);
    bc_chart_heading(&heading, chart);
    if (status == BC_OK)
        status = bc_text_check(&heading, err);
    if (status == BC_OK) {
        put_head(text, &drawing, chart, heading.data, id);
        put_description(text, chart);
        for (size_t i = 0; i < drawing.count; i++)
            put_shape(text, &drawing, &drawing.shapes[i]);
        bc_text_string(text, "<g class=\"cursor\"></g>\n</svg>\n");
        status = bc_text_check(text, err);
    }
    bc_text_free(&heading);
    bc_drawing_free(&drawing);
    return status;
}
