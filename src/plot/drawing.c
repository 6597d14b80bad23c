/* The list of shapes. */
#include "plot/drawing.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

const char *const bc_plot_shape_names[BC_SHAPE_COUNT] = {
    [BC_SHAPE_GRID] = "grid",   [BC_SHAPE_AXIS] = "axis",     [BC_SHAPE_BAND] = "band",
    [BC_SHAPE_BAR] = "bar",     [BC_SHAPE_LINE] = "line",     [BC_SHAPE_ERROR] = "error",
    [BC_SHAPE_POINT] = "point", [BC_SHAPE_CUTOFF] = "cutoff", [BC_SHAPE_LEADER] = "leader",
    [BC_SHAPE_PICK] = "pick",   [BC_SHAPE_KEY] = "key",       [BC_SHAPE_TICK] = "tick",
    [BC_SHAPE_LABEL] = "label", [BC_SHAPE_NOTE] = "note",     [BC_SHAPE_AXIS_LABEL] = "axis-label",
    [BC_SHAPE_TITLE] = "title",
};

void bc_drawing_free(bc_drawing *drawing) {
    free(drawing->shapes);
    free(drawing->spots);
    bc_text_free(&drawing->texts);
    *drawing = (bc_drawing){0};
}

bc_status bc_drawing_add(bc_plot_shape **shape, bc_drawing *drawing, bc_plot_shape_kind kind, int role,
                         bc_error *err) {
    void *block = drawing->shapes;
    bc_status status = bc_grow(&block, &drawing->capacity, drawing->count + 1, sizeof *drawing->shapes, err);
    drawing->shapes = block;
    if (status != BC_OK)
        return status;
    *shape = &drawing->shapes[drawing->count++];
    **shape = (bc_plot_shape){.kind = kind, .role = role, .first = drawing->spot_count};
    return BC_OK;
}

bc_status bc_drawing_spot(bc_drawing *drawing, double x, double y, bc_error *err) {
    void *block = drawing->spots;
    bc_status status =
        bc_grow(&block, &drawing->spot_capacity, drawing->spot_count + 1, sizeof *drawing->spots, err);
    drawing->spots = block;
    if (status != BC_OK)
        return status;
    drawing->spots[drawing->spot_count++] = (bc_spot){x, y};
    drawing->shapes[drawing->count - 1].count++;
    return BC_OK;
}

bc_status bc_drawing_segment(bc_drawing *drawing, bc_plot_shape_kind kind, int role, bc_spot from, bc_spot to,
                             bc_error *err) {
    bc_plot_shape *shape;
    bc_status status = bc_drawing_add(&shape, drawing, kind, role, err);
    if (status == BC_OK)
        status = bc_drawing_spot(drawing, from.x, from.y, err);
    return status == BC_OK ? bc_drawing_spot(drawing, to.x, to.y, err) : status;
}

bc_status bc_drawing_text(bc_drawing *drawing, bc_plot_shape_kind kind, int role, bc_spot at, double anchor,
                          const char *text, bc_error *err) {
    bc_plot_shape *shape;
    bc_status status = bc_drawing_add(&shape, drawing, kind, role, err);
    if (status != BC_OK)
        return status;
    shape->anchor = anchor;
    shape->text = drawing->texts.length;
    bc_text_append(&drawing->texts, text, strlen(text) + 1);
    status = bc_text_check(&drawing->texts, err);
    return status == BC_OK ? bc_drawing_spot(drawing, at.x, at.y, err) : status;
}
