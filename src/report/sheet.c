/* The contact sheet of the worst mistakes. */
#include "report/report.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "plot/sheet.h"

#include <bclass/logit.h>

#include <stdlib.h>

enum { MOST = 18, KINDS = 2, SIDES = 2, LISTS = KINDS * SIDES };

/* The mistakes of one kind on one side. */
typedef struct list {
    size_t rows[MOST], count, total;
    bc_sheet_cell cells[MOST];
    bc_text texts[MOST][2];
    bc_text heading;
} list;

static double score_of(const bc_scores *scores, size_t row) {
    return scores->logits ? bc_sigmoid(scores->values[row]) : scores->values[row];
}

/* Those that the cutoff makes. */
static void find_rows(list *to, const bc_report *report, const bc_report_side *side, bool misses,
                      double cutoff) {
    const bc_scores *scores = report->scores;
    const bc_curve_point point = bc_curve_at(side->curve, cutoff);
    to->total = misses ? side->curve->positive.count - point.positives : point.negatives;
    to->count = bc_order_worst(to->rows, side->order, scores, misses, to->total < MOST ? to->total : MOST);
}

static void name_list(list *to, const bc_report *report, const bc_report_side *side, bool misses) {
    const char *name = misses ? report->positive : report->negative;
    bc_text_format(&to->heading, "%s: ", side->name);
    bc_text_string(&to->heading, misses ? "missed " : "false alarms, ");
    bc_text_string(&to->heading, name != NULL ? name : misses ? "positives" : "negatives");
    bc_text_format(&to->heading, to->count < to->total ? ", the worst %zu of %zu" : ", all %zu", to->count,
                   to->total);
}

static void fill_cell(list *to, size_t i, const bc_report *report, const bc_picture *picture) {
    static const char *const states[] = {"", " (gone)", " (cannot be read)"};
    const char *path = bc_scores_path(report->scores, to->rows[i]);
    char score[BC_NUMBER_SIZE];
    bc_text *texts = to->texts[i];
    bc_number_print_fixed(score, score_of(report->scores, to->rows[i]), 4);
    bc_text_format(&texts[0], "%s%s", score, states[picture->state]);
    if (path[0] != '\0')
        bc_text_string(&texts[1], bc_file_name(path));
    else
        bc_text_format(&texts[1], "line %llu",
                       (unsigned long long)bc_scores_line(report->scores, to->rows[i]));
    to->cells[i] = (bc_sheet_cell){.pixels = picture->image.pixels,
                                   .width = picture->image.width,
                                   .height = picture->image.height,
                                   .channels = picture->image.channels,
                                   .caption = texts[0].data,
                                   .detail = texts[1].data};
}

static bc_status check_texts(const list *of, bc_error *err) {
    bc_status status = bc_text_check(&of->heading, err);
    for (size_t i = 0; status == BC_OK && i < of->count; i++) {
        status = bc_text_check(&of->texts[i][0], err);
        if (status == BC_OK)
            status = bc_text_check(&of->texts[i][1], err);
    }
    return status;
}

/* The rows are different ones, so that pictures are in the order of the lists. */
static bc_status fill_lists(list lists[LISTS], const bc_report *report, const bc_picture_places *places,
                            uint64_t max_pixels, bc_pool *pool, bc_pictures *pictures, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; i < LISTS; i++)
        for (size_t k = 0; status == BC_OK && k < lists[i].count; k++)
            status = bc_pictures_take(pictures, report->scores, lists[i].rows[k], err);
    if (status == BC_OK)
        status = bc_pictures_load(pictures, report->scores, places, BC_SHEET_SIDE, max_pixels, pool, NULL,
                                  NULL, err);
    for (size_t i = 0, next = 0; i < LISTS; i++) {
        for (size_t k = 0; status == BC_OK && k < lists[i].count; k++)
            fill_cell(&lists[i], k, report, &pictures->items[next++]);
        if (status == BC_OK)
            status = check_texts(&lists[i], err);
    }
    return status;
}

static bc_status draw(const list lists[LISTS], const bc_report *report, const char *path, bc_error *err) {
    const bc_report_cutoff *cutoff = &report->cutoffs[report->start];
    bc_sheet_section sections[LISTS];
    char score[BC_NUMBER_SIZE];
    bc_text note = {0};
    bc_image image = {.channels = 3};
    bc_sheet sheet = {.title = report->title, .sections = sections};
    for (size_t i = 0; i < LISTS; i++) {
        if (lists[i].heading.data != NULL)
            sections[sheet.count++] =
                (bc_sheet_section){lists[i].heading.data, lists[i].cells, lists[i].count};
    }
    bc_number_print(score, report->scores->logits ? bc_sigmoid(cutoff->value) : cutoff->value, 4);
    bc_text_format(&note, "the worst mistakes at the cutoff %s; each with its score", score);
    sheet.note = note.data;
    bc_status status = bc_text_check(&note, err);
    if (status == BC_OK)
        status = bc_sheet_draw(&image.pixels, &image.width, &image.height, &sheet, err);
    if (status == BC_OK)
        status = bc_image_write_png(&image, path, err);
    bc_image_free(&image);
    bc_text_free(&note);
    return status;
}

static void free_lists(list lists[LISTS]) {
    for (size_t i = 0; i < LISTS; i++) {
        bc_text_free(&lists[i].heading);
        for (size_t k = 0; k < MOST; k++) {
            bc_text_free(&lists[i].texts[k][0]);
            bc_text_free(&lists[i].texts[k][1]);
        }
    }
    free(lists);
}

bc_status bc_report_sheet(const bc_report *report, const bc_picture_places *places, uint64_t max_pixels,
                          bc_pool *pool, const char *path, bc_error *err) {
    const double cutoff = report->cutoffs[report->start].value;
    bc_pictures pictures = {0};
    void *block;
    bc_status status = bc_alloc(&block, LISTS, sizeof(list), err);
    if (status != BC_OK)
        return status;
    list *lists = block;
    for (size_t i = 0; i < LISTS; i++) {
        const bc_report_side *side = i < KINDS ? &report->chosen : &report->test;
        if (side->curve == NULL)
            continue;
        find_rows(&lists[i], report, side, i % KINDS == 0, cutoff);
        name_list(&lists[i], report, side, i % KINDS == 0);
    }
    status = fill_lists(lists, report, places, max_pixels, pool, &pictures, err);
    if (status == BC_OK)
        status = draw(lists, report, path, err);
    bc_pictures_free(&pictures);
    free_lists(lists);
    return status;
}
