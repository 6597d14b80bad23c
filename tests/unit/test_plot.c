/* Charts of scores: what is drawn against the curve it is drawn of, scales, labels, and what a text may not
 * do to an SVG. */
#define _POSIX_C_SOURCE 200809L
#include "cmocka_includes.h"

#include "base/random.h"
#include "plot/layout.h"
#include "plot/plot_text.h"
#include "plot/plots.h"
#include "plot/ticks.h"

#include <bclass/scores.h>

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef bc_status builder(bc_chart *chart, const bc_plot_input *input, bc_error *err);

static builder *const builders[] = {
    bc_plot_pr,          bc_plot_roc,  bc_plot_histogram, bc_plot_histogram_logit,
    bc_plot_reliability, bc_plot_cost, bc_plot_cutoff};
enum { BUILDERS = sizeof builders / sizeof builders[0] };

static void add(bc_scores *scores, double value, int label, double weight) {
    bc_error err = {0};
    bc_score_row row = bc_score_row_blank;
    row.value = value;
    row.label = label;
    row.weight = weight;
    assert_int_equal(bc_scores_add(scores, &row, &err), BC_OK);
}

static bc_curve make_curve(bc_scores *scores) {
    bc_error err = {0};
    bc_curve curve;
    assert_int_equal(bc_curve_build(&curve, scores, BC_SPLITS_ALL, &err), BC_OK);
    bc_scores_free(scores);
    *scores = (bc_scores){0};
    return curve;
}

static bc_plot_input input_of(const bc_curve *chosen, const bc_curve *test) {
    return (bc_plot_input){.file = "scores.csv",
                           .chosen = {.name = "val", .curve = chosen},
                           .test = {.name = "test", .curve = test},
                           .cost_fn = 10,
                           .cost_fp = 1};
}

static void build(bc_chart *chart, builder *of, const bc_plot_input *input) {
    bc_error err = {0};
    if (of(chart, input, &err) != BC_OK)
        fail_msg("%s", err.message);
}

static void lay_out(bc_drawing *drawing, const bc_chart *chart) {
    bc_error err = {0};
    const bc_layout layout = bc_layout_figure(chart, true);
    if (bc_layout_draw(drawing, chart, &layout, &err) != BC_OK)
        fail_msg("%s", err.message);
}

/* ---- thinning ---- */

enum { MANY = 1000000 };

typedef struct item {
    double value;
    int label;
} item;

static int by_value_downwards(const void *a, const void *b) {
    double left = ((const item *)a)->value, right = ((const item *)b)->value;
    return (left < right) - (left > right);
}

/* One in a hundred is positive and scores higher, so that the curve has steep and ragged parts. */
static item *make_items(bc_scores *scores) {
    bc_random random = bc_random_keyed(5, BC_RANDOM_RESAMPLE, 0, 0);
    item *items = malloc(MANY * sizeof *items);
    assert_non_null(items);
    scores->logits = true;
    for (size_t i = 0; i < MANY; i++) {
        items[i].label = bc_random_below(&random, 100) == 0;
        items[i].value = 6 * bc_random_uniform(&random) * bc_random_uniform(&random) + 1.5 * items[i].label;
        add(scores, items[i].value, items[i].label, 1);
    }
    qsort(items, MANY, sizeof *items, by_value_downwards);
    return items;
}

static double distance_to_segment(bc_spot from, bc_spot to, bc_spot spot) {
    double x = to.x - from.x, y = to.y - from.y, square = x * x + y * y;
    double part = square > 0 ? ((spot.x - from.x) * x + (spot.y - from.y) * y) / square : 0;
    part = fmax(0, fmin(1, part));
    return hypot(from.x + part * x - spot.x, from.y + part * y - spot.y);
}

/* The greatest distance of any spot from the line; both go from left to right. */
static double greatest_distance(const bc_spot *spots, size_t count, const bc_spot *line, size_t line_count) {
    double greatest = 0;
    for (size_t i = 0, first = 0; i < count; i++) {
        double nearest = INFINITY;
        while (first + 2 < line_count && line[first + 1].x < spots[i].x - 2)
            first++;
        for (size_t k = first; k + 1 < line_count && line[k].x <= spots[i].x + 2 && nearest > 0.01; k++)
            nearest = fmin(nearest, distance_to_segment(line[k], line[k + 1], spots[i]));
        greatest = fmax(greatest, nearest);
    }
    return greatest;
}

static const bc_plot_shape *find_line(const bc_drawing *drawing, bc_chart_role role) {
    for (size_t i = 0; i < drawing->count; i++) {
        if (drawing->shapes[i].kind == BC_SHAPE_LINE && drawing->shapes[i].role == (int)role)
            return &drawing->shapes[i];
    }
    fail_msg("there is no such line");
    return NULL;
}

/* The curve of all items in units of the drawing, without any thinning. */
static size_t true_curve(bc_spot *spots, const item *items, bool roc, const bc_drawing *at) {
    size_t count = 0;
    double positives = 0, tp = 0, fp = 0;
    for (size_t i = 0; i < MANY; i++)
        positives += items[i].label;
    double before = 0;
    if (roc)
        spots[count++] = (bc_spot){at->left, at->bottom};
    for (size_t i = 0; i < MANY; i++) {
        tp += items[i].label;
        fp += 1 - items[i].label;
        if (i + 1 < MANY && items[i + 1].value == items[i].value)
            continue;
        double recall = tp / positives, x = roc ? fp / (MANY - positives) : recall;
        double y = roc ? recall : tp / (tp + fp);
        double high = at->bottom - y * (at->bottom - at->top), width = at->right - at->left;
        if (!roc)
            spots[count++] = (bc_spot){at->left + before * width, high};
        spots[count++] = (bc_spot){at->left + x * width, high};
        before = x;
    }
    return count;
}

static void check_thinning(const item *items, const bc_curve *curve, bc_spot *whole, bool roc) {
    bc_chart chart;
    bc_drawing drawing;
    const bc_plot_input input = input_of(curve, NULL);
    build(&chart, roc ? bc_plot_roc : bc_plot_pr, &input);
    lay_out(&drawing, &chart);
    size_t count = true_curve(whole, items, roc, &drawing);
    const bc_plot_shape *line = find_line(&drawing, BC_ROLE_CHOSEN);
    const bc_spot *drawn = drawing.spots + line->first;
    double missed = greatest_distance(whole, count, drawn, line->count);
    double strayed = greatest_distance(drawn, line->count, whole, count);
    if (missed > 1 || strayed > 1)
        fail_msg("the curve strays by %g, the drawing by %g", missed, strayed);
    assert_in_range(line->count, 500, 20000);
    bc_drawing_free(&drawing);
    bc_chart_free(&chart);
}

static void a_million_points_are_drawn_within_a_pixel(void **state) {
    (void)state;
    bc_scores scores = {0};
    item *items = make_items(&scores);
    bc_spot *whole = malloc((2 * MANY + 1) * sizeof *whole);
    assert_non_null(whole);
    bc_curve curve = make_curve(&scores);
    check_thinning(items, &curve, whole, false);
    check_thinning(items, &curve, whole, true);
    bc_curve_free(&curve);
    free(whole);
    free(items);
}

/* Noise, of which each column of the drawing has many points anywhere between two bounds, and now and
 * then one far away. */
static void the_ends_of_noise_are_kept(void **state) {
    (void)state;
    bc_random random = bc_random_keyed(8, BC_RANDOM_RESAMPLE, 0, 0);
    enum { NOISE = 200000 };
    bc_chart_point *points = malloc(NOISE * sizeof *points);
    bc_spot *whole = malloc(NOISE * sizeof *whole);
    bc_drawing drawing;
    char words[] = "";
    assert_non_null(points);
    assert_non_null(whole);
    for (size_t i = 0; i < NOISE; i++) {
        bool far = bc_random_below(&random, 1000) == 0;
        double y = 0.45 + 0.1 * bc_random_uniform(&random) + (far ? bc_random_uniform(&random) - 0.5 : 0);
        points[i] = (bc_chart_point){(double)i / NOISE, fmax(0, fmin(1, y)), NAN, NAN};
    }
    bc_chart_series series = {.form = BC_FORM_LINE, .points = points, .count = NOISE};
    const bc_chart chart = {.title = words,
                            .x = {.label = words, .high = 1},
                            .y = {.label = words, .high = 1},
                            .series = &series,
                            .series_count = 1};
    lay_out(&drawing, &chart);
    for (size_t i = 0; i < NOISE; i++)
        whole[i] = (bc_spot){drawing.left + points[i].x * (drawing.right - drawing.left),
                             drawing.bottom - points[i].y * (drawing.bottom - drawing.top)};
    const bc_plot_shape *line = find_line(&drawing, BC_ROLE_CHOSEN);
    double missed = greatest_distance(whole, NOISE, drawing.spots + line->first, line->count);
    if (missed > 1)
        fail_msg("the noise strays by %g", missed);
    assert_in_range(line->count, 1000, 10000);
    bc_drawing_free(&drawing);
    free(points);
    free(whole);
}

/* ---- ticks ---- */

static void ticks_are_round_and_within_the_axis(void **state) {
    (void)state;
    static const struct {
        double low, high;
        size_t most;
        bool whole;
        const char *shown;
    } known[] = {
        {0, 1, 5, false, "0.0 0.2 0.4 0.6 0.8 1.0"},
        {0, 1, 10, false, "0.0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1.0"},
        {0, 37, 5, false, "0 10 20 30"},
        {-6.3, 5, 6, false, "-6 -4 -2 0 2 4"},
        {-0.3, 0.3, 6, false, "-0.3 -0.2 -0.1 0.0 0.1 0.2 0.3"},
        {0.012, 0.019, 4, false, "0.012 0.014 0.016 0.018"},
        {1, 3, 8, true, "1 2 3"},
        {1, 3, 8, false, "1.0 1.5 2.0 2.5 3.0"},
        {0, 3e6, 3, false, "0 1000000 2e+06 3e+06"},
        {0.3, 0.4, 1, false, "0.3 0.4"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        bc_text shown = {0};
        bc_ticks ticks = bc_ticks_choose(known[i].low, known[i].high, known[i].most, known[i].whole);
        for (size_t k = 0; k < ticks.count; k++) {
            char text[BC_NUMBER_SIZE];
            bc_ticks_print(text, &ticks, bc_ticks_value(&ticks, k));
            bc_text_format(&shown, "%s%s", k > 0 ? " " : "", text);
        }
        assert_string_equal(shown.data, known[i].shown);
        bc_text_free(&shown);
    }
}

static void any_axis_has_few_ticks_of_1_2_or_5(void **state) {
    (void)state;
    bc_random random = bc_random_keyed(6, BC_RANDOM_RESAMPLE, 0, 0);
    for (int round = 0; round < 20000; round++) {
        double scale = pow(10, 40 * bc_random_uniform(&random) - 20);
        double low = scale * (bc_random_uniform(&random) - 0.5),
               high = low + scale * (bc_random_uniform(&random) + 0.01);
        size_t most = 1 + (size_t)bc_random_below(&random, 12);
        bc_ticks ticks = bc_ticks_choose(low, high, most, false);
        double digit = ticks.step / pow(10, floor(log10(ticks.step) + 1e-9));
        assert_true(fabs(digit - 1) < 1e-6 || fabs(digit - 2) < 1e-6 || fabs(digit - 5) < 1e-6);
        assert_true(ticks.count <= most + 1);
        for (size_t i = 0; i < ticks.count; i++) {
            double value = bc_ticks_value(&ticks, i);
            assert_true(value >= low - 1e-6 * scale && value <= high + 1e-6 * scale);
        }
    }
}

/* ---- bands ---- */

static const bc_chart_series *find_series(const bc_chart *chart, bc_chart_form form, bc_chart_role role) {
    for (size_t i = 0; i < chart->series_count; i++) {
        if (chart->series[i].form == form && chart->series[i].role == role)
            return &chart->series[i];
    }
    fail_msg("there is no such series");
    return NULL;
}

/* At the first point of the band with this x. */
static void assert_band(const bc_chart_series *band, double x, double low, double high) {
    const bc_chart_point *found = NULL;
    for (size_t i = 0; i < band->count && found == NULL; i++) {
        if (fabs(band->points[i].x - x) < 1e-9)
            found = &band->points[i];
    }
    assert_non_null(found);
    if (fabs(found->low - low) > 1e-8 || fabs(found->high - high) > 1e-8)
        fail_msg("at %g: %.9f to %.9f, not %.9f to %.9f", x, found->low, found->high, low, high);
}

/* Positives at 0.9, 0.7 and 0.6, a negative at 0.8: precision 1/1, 2/3 and 3/4 at recall 1/3, 2/3 and 1. */
static bc_curve small_curve(double weight) {
    bc_scores scores = {0};
    add(&scores, 0.9, 1, weight);
    add(&scores, 0.8, 0, weight);
    add(&scores, 0.7, 1, weight);
    add(&scores, 0.6, 1, weight);
    return make_curve(&scores);
}

static void bands_are_the_intervals_of_each_point(void **state) {
    (void)state;
    bc_curve curve = small_curve(1), weighted = small_curve(2);
    bc_chart chart;
    bc_plot_input input = input_of(&curve, NULL);
    build(&chart, bc_plot_pr, &input);
    const bc_chart_series *band = find_series(&chart, BC_FORM_BAND, BC_ROLE_CHOSEN);
    /* Wilson's formula by Python, (s + z^2/2 -+ z sqrt(s (n - s) / n + z^2/4)) / (n + z^2), of 2 of 3; of 3
     * of 4 at the last */
    assert_band(band, 2.0 / 3, 0.207659601, 0.938508055);
    assert_band(band, 1, 0.300641843, 0.954412749);
    bc_chart_free(&chart);
    /* the same rows with the same weight are as sure as without (Kish) */
    input.chosen.curve = &weighted;
    build(&chart, bc_plot_pr, &input);
    assert_band(find_series(&chart, BC_FORM_BAND, BC_ROLE_CHOSEN), 2.0 / 3, 0.207659601, 0.938508055);
    bc_chart_free(&chart);
    /* Clopper and Pearson in closed form: none of 3 gives 0 ... 1 - 0.025^(1/3) */
    input.chosen.curve = &curve;
    input.interval = BC_INTERVAL_CLOPPER_PEARSON;
    build(&chart, bc_plot_roc, &input);
    assert_band(find_series(&chart, BC_FORM_BAND, BC_ROLE_CHOSEN), 0, 0, 1 - cbrt(0.025));
    bc_chart_free(&chart);
    bc_curve_free(&curve);
    bc_curve_free(&weighted);
}

static void precision_is_drawn_as_the_steps_that_average_precision_sums(void **state) {
    (void)state;
    bc_curve curve = small_curve(1);
    bc_chart chart;
    const bc_plot_input input = input_of(&curve, NULL);
    double area = 0;
    build(&chart, bc_plot_pr, &input);
    const bc_chart_series *line = find_series(&chart, BC_FORM_LINE, BC_ROLE_CHOSEN);
    for (size_t i = 1; i < line->count; i++)
        area += (line->points[i].x - line->points[i - 1].x) * (line->points[i].y + line->points[i - 1].y) / 2;
    assert_true(fabs(area - (1 + 2.0 / 3 + 3.0 / 4) / 3) < 1e-12);
    assert_string_equal(line->label, "val, AP 0.806");
    bc_chart_free(&chart);
    bc_curve_free(&curve);
}

/* What is at the cutoff is called positive: at 0.7, of the positives 0.9 and 0.7 of three. */
static void picks_stand_where_their_cutoff_puts_them(void **state) {
    (void)state;
    bc_curve curve = small_curve(1), other = small_curve(1);
    bc_chart chart;
    const bc_plot_pick picks[] = {{"a", 0.7}, {"none", NAN}, {"far", 2}};
    bc_plot_input input = input_of(&curve, &other);
    input.picks = picks;
    input.pick_count = 3;
    build(&chart, bc_plot_pr, &input);
    assert_int_equal(chart.mark_count, 2); /* nothing above 2: its precision is undefined */
    assert_true(fabs(chart.marks[0].x - 2.0 / 3) < 1e-12 && fabs(chart.marks[0].y - 2.0 / 3) < 1e-12);
    assert_int_equal(chart.marks[1].role, BC_ROLE_TEST);
    assert_null(chart.marks[1].label);
    bc_chart_free(&chart);
    build(&chart, bc_plot_roc, &input);
    assert_true(chart.marks[0].x == 1 && fabs(chart.marks[0].y - 2.0 / 3) < 1e-12);
    bc_chart_free(&chart);
    build(&chart, bc_plot_cost, &input); /* one miss, one false alarm of four: 11 / 4 an item */
    assert_true(chart.marks[0].x == 0.7 && fabs(chart.marks[0].y - 2750) < 1e-9);
    bc_chart_free(&chart);
    bc_curve_free(&curve);
    bc_curve_free(&other);
}

static void bars_hold_each_row_of_a_class_once(void **state) {
    (void)state;
    static const double values[] = {-INFINITY, -1e300, -2, -1, 0, 0, 0.5, 1, 2, 1e300, INFINITY};
    bc_scores scores = {.logits = true};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        add(&scores, values[i], 1, 1);
        add(&scores, values[i], 0, 3);
    }
    bc_curve curve = make_curve(&scores);
    bc_plot_input input = input_of(&curve, NULL);
    for (int logits = 0; logits < 2; logits++) {
        bc_chart chart;
        build(&chart, logits ? bc_plot_histogram_logit : bc_plot_histogram, &input);
        for (int role = BC_ROLE_POSITIVE; role <= BC_ROLE_NEGATIVE; role++) {
            double sum = 0;
            const bc_chart_series *bars = find_series(&chart, BC_FORM_BARS, (bc_chart_role)role);
            for (size_t i = 0; i < bars->count; i++)
                sum += bars->points[i].y;
            assert_true(fabs(sum - (role == BC_ROLE_POSITIVE ? 100 : -100)) < 1e-9);
        }
        bc_chart_free(&chart);
    }
    bc_curve_free(&curve);
}

/* ---- labels ---- */

typedef struct rectangle {
    double left, right, top, bottom;
} rectangle;

static size_t label_boxes(rectangle *boxes, size_t most, const bc_drawing *drawing) {
    size_t count = 0;
    for (size_t i = 0; i < drawing->count; i++) {
        const bc_plot_shape *shape = &drawing->shapes[i];
        const bc_spot at = drawing->spots[shape->first];
        if (shape->kind != BC_SHAPE_LABEL)
            continue;
        double width = bc_plot_text_width(drawing->texts.data + shape->text, bc_layout_font);
        assert_true(count < most);
        boxes[count++] =
            (rectangle){at.x, at.x + width, at.y - bc_layout_font / 2, at.y + bc_layout_font / 2};
    }
    return count;
}

static void check_labels(const bc_drawing *drawing) {
    rectangle boxes[64];
    size_t count = label_boxes(boxes, 64, drawing);
    for (size_t i = 0; i < count; i++) {
        if (boxes[i].left < drawing->left || boxes[i].right > drawing->right || boxes[i].top < drawing->top ||
            boxes[i].bottom > drawing->bottom)
            fail_msg("label %zu leaves the plot", i);
        for (size_t k = 0; k < i; k++) {
            if (boxes[i].left < boxes[k].right && boxes[k].left < boxes[i].right &&
                boxes[i].top < boxes[k].bottom && boxes[k].top < boxes[i].bottom)
                fail_msg("labels %zu and %zu overlap", i, k);
        }
    }
}

/* At least one blank cell is between two labels in a row. */
static void check_narrow(const bc_chart *chart) {
    bc_error err = {0};
    bc_drawing drawing;
    const bc_layout layout = bc_layout_terminal(BC_CHART_LEAST_COLUMNS, BC_CHART_LEAST_ROWS);
    assert_int_equal(bc_layout_draw(&drawing, chart, &layout, &err), BC_OK);
    for (size_t i = 0; i < drawing.count; i++) {
        const bc_plot_shape *shape = &drawing.shapes[i];
        const bc_spot at = drawing.spots[shape->first];
        const double cell = 2,
                     end = at.x + cell * (double)bc_plot_text_columns(drawing.texts.data + shape->text);
        for (size_t k = 0; shape->kind == BC_SHAPE_LABEL && k < drawing.count; k++) {
            const bc_spot other = drawing.spots[drawing.shapes[k].first];
            if (drawing.shapes[k].kind == BC_SHAPE_LABEL && other.y == at.y && other.x > at.x &&
                other.x < end + cell)
                fail_msg("'%s' touches '%s'", drawing.texts.data + shape->text,
                         drawing.texts.data + drawing.shapes[k].text);
        }
    }
    bc_drawing_free(&drawing);
}

static bc_curve random_curve(uint64_t seed, size_t rows, bool logits) {
    bc_random random = bc_random_keyed(seed, BC_RANDOM_RESAMPLE, 0, 0);
    bc_scores scores = {.logits = logits};
    for (size_t i = 0; i < rows; i++) {
        int label = (int)bc_random_below(&random, 2);
        double value = 0.7 * bc_random_uniform(&random) + 0.3 * label;
        add(&scores, logits ? 10 * value - 5 : value, label,
            seed % 2 == 0 ? 1 : 0.5 + bc_random_uniform(&random));
    }
    return make_curve(&scores);
}

static void no_label_lies_on_another_or_leaves_the_plot(void **state) {
    (void)state;
    enum { PICKS = 9 };
    static const char *const names[PICKS] = {"recall >= 0.95: 0.31",
                                             "precision >= 0.9: 0.512",
                                             "max f1: 0.4",
                                             "max fbeta=0.5: 0.44",
                                             "cost fn=10,fp=1: 0.123456",
                                             "flagged <= 5%: 0.9",
                                             "recall >= 0.5 and precision >= 0.9 with confidence 0.95: 0.77",
                                             "at 0.5",
                                             "max mcc: 0.41"};
    for (uint64_t seed = 0; seed < 12; seed++) {
        bc_plot_pick picks[PICKS];
        bc_random random = bc_random_keyed(seed, BC_RANDOM_RESAMPLE, 1, 0);
        bc_curve curve = random_curve(seed, 40 + 50 * seed, seed % 3 == 0),
                 test = random_curve(seed, 60, seed % 3 == 0);
        bc_plot_input input = input_of(&curve, seed % 4 == 3 ? NULL : &test);
        for (size_t i = 0; i < PICKS; i++) {
            double value = seed < 3 ? 0.5 : bc_random_uniform(&random); /* three times all at one place */
            picks[i] = (bc_plot_pick){names[i], curve.logits ? 10 * value - 5 : value};
        }
        input.picks = picks;
        input.pick_count = PICKS;
        for (size_t i = 0; i < BUILDERS; i++) {
            bc_chart chart;
            bc_drawing drawing;
            build(&chart, builders[i], &input);
            lay_out(&drawing, &chart);
            check_labels(&drawing);
            check_narrow(&chart);
            bc_drawing_free(&drawing);
            bc_chart_free(&chart);
        }
        bc_curve_free(&curve);
        bc_curve_free(&test);
    }
}

/* ---- what is written ---- */

static bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

/* A character or a reference that text may hold; where it ends. */
static const char *skip_text(const char *c) {
    static const char *const references[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        if (strncmp(c, references[i], strlen(references[i])) == 0)
            return c + strlen(references[i]);
    }
    size_t length = bc_text_utf8_length(c);
    unsigned char first = (unsigned char)*c;
    if (length == 0 || *c == '&' || *c == '<' || (first < 0x20 && *c != '\n'))
        fail_msg("not well-formed at: %.40s", c);
    return c + length;
}

/* name="value", with a value that has no quote, bracket or line end. */
static const char *skip_attribute(const char *c) {
    const char *start = c;
    while (is_name(*c))
        c++;
    if (c == start || c[0] != '=' || c[1] != '"')
        fail_msg("not well-formed at: %.40s", start);
    for (c += 2; *c != '"';) {
        assert_true(*c != '>' && *c != '\n');
        c = skip_text(c);
    }
    return c + 1;
}

/* Elements within each other, of few kinds; how many there are. */
static size_t check_svg(const char *svg) {
    static const char *const kinds[] = {"svg", "title", "desc", "path", "rect", "circle", "text", "g"};
    char open[16][16];
    size_t depth = 0, count = 0;
    for (const char *c = svg; *c != '\0';) {
        if (*c != '<') {
            assert_true(depth > 0 || *c == '\n');
            c = skip_text(c);
            continue;
        }
        bool closes = c[1] == '/', known = false;
        const char *name = c + 1 + closes, *end = name;
        while (is_name(*end))
            end++;
        assert_in_range(end - name, 1, 15);
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
            known = known || bc_text_equals(kinds[i], name, (size_t)(end - name));
        if (!known)
            fail_msg("an element that is not wanted: %.40s", c);
        if (closes) {
            assert_true(depth > 0 && bc_text_equals(open[--depth], name, (size_t)(end - name)) &&
                        *end == '>');
            c = end + 1;
            continue;
        }
        count++;
        for (c = end; *c == ' ';)
            c = skip_attribute(c + 1);
        if (*c == '/') {
            c++;
        } else {
            assert_true(depth < 16);
            memcpy(open[depth], name, (size_t)(end - name));
            open[depth++][end - name] = '\0';
        }
        assert_true(*c == '>');
        c++;
    }
    assert_int_equal(depth, 0);
    return count;
}

static void write_svg(bc_text *text, const bc_chart *chart) {
    bc_error err = {0};
    if (bc_chart_inline_svg(text, chart, "it", &err) != BC_OK)
        fail_msg("%s", err.message);
}

static void hostile_texts_stay_texts(void **state) {
    (void)state;
    static const char hostile[] =
        "\"><script>alert(1)</script>&lt;'\n\r\x01\x7f\xff\xc0\xaf]]>--\xed\xa0\x80";
    static const char escaped[] = "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;&#39;";
    bc_curve curve = small_curve(1), test = small_curve(1);
    const bc_plot_pick pick = {hostile, 0.7};
    bc_plot_input input = input_of(&curve, &test);
    input.file = input.positive = input.negative = hostile;
    input.chosen.name = hostile;
    input.picks = &pick;
    input.pick_count = 1;
    for (size_t i = 0; i < BUILDERS; i++) {
        bc_chart chart;
        bc_text text = {0};
        build(&chart, builders[i], &input);
        write_svg(&text, &chart);
        check_svg(text.data);
        assert_non_null(strstr(text.data, escaped));
        assert_null(strstr(text.data, "<script"));
        bc_text_clear(&text);
        bc_error err = {0};
        assert_int_equal(bc_chart_terminal(&text, &chart, 80, 24, true, true, &err), BC_OK);
        for (size_t k = 0; k < text.length; k++) {
            unsigned char c = (unsigned char)text.data[k];
            if ((c < 0x20 && c != '\n' && !(c == 0x1b && text.data[k + 1] == '[')) || c == 0x7f)
                fail_msg("a control character %u in the terminal", c);
        }
        bc_text_free(&text);
        bc_chart_free(&chart);
    }
    bc_curve_free(&curve);
    bc_curve_free(&test);
}

/* The kinds of tables that files hold at their worst. */
static bc_curve odd_curve(int kind) {
    bc_scores scores = {.logits = kind % 2 == 1};
    switch (kind / 2) {
    case 0:
        break;
    case 1:
        add(&scores, 0.5, 1, 1);
        break;
    case 2:
        add(&scores, 0.5, 0, 1);
        break;
    case 3:
        for (int i = 0; i < 10; i++)
            add(&scores, 0.25, i % 2, 1);
        break;
    case 4:
        for (int i = 0; i < 10; i++)
            add(&scores, scores.logits ? (i < 5 ? -INFINITY : INFINITY) : (i < 5 ? 0 : 1), i % 3 == 0, 1);
        break;
    case 5:
        for (int i = 0; i < 10; i++)
            add(&scores, scores.logits ? (i % 2 == 0 ? 1e308 : -1e308) : 1e-300 * i, i % 3 == 0, 1e-100);
        break;
    case 6:
        for (int i = 0; i < 50; i++)
            add(&scores, scores.logits ? 1e-300 * i : 1 - 1e-16 * i, i % 3 == 0, i % 2 == 0 ? 1e100 : 1e-100);
        break;
    default:
        for (int i = 0; i < 50; i++)
            add(&scores, scores.logits ? 1000 + i : 0.5 + 1e-9 * i, i % 3 == 0, 1);
        break;
    }
    return make_curve(&scores);
}

enum { ODD_KINDS = 16 };

/* Names that would turn a line round are shown without what does that, wherever they are drawn. */
static void no_name_turns_the_direction_of_text(void **state) {
    (void)state;
    static const char *const controls[] = {"\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad",
                                           "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8",
                                           "\xe2\x81\xa9", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xd8\x9c"};
    enum { CONTROLS = sizeof controls / sizeof controls[0] };
    bc_curve curve = small_curve(1);
    bc_text name = {0};
    for (size_t k = 0; k < CONTROLS; k++)
        bc_text_string(&name, controls[k]);
    const bc_plot_pick pick = {name.data, 0.7};
    bc_plot_input input = input_of(&curve, NULL);
    input.file = input.positive = input.negative = input.chosen.name = name.data;
    input.picks = &pick;
    input.pick_count = 1;
    for (size_t i = 0; i < BUILDERS; i++) {
        bc_error err = {0};
        bc_chart chart;
        bc_text text = {0};
        build(&chart, builders[i], &input);
        write_svg(&text, &chart);
        assert_int_equal(bc_chart_terminal(&text, &chart, 80, 24, true, true, &err), BC_OK);
        for (size_t k = 0; k < CONTROLS; k++)
            assert_null(strstr(text.data, controls[k]));
        bc_text_free(&text);
        bc_chart_free(&chart);
    }
    bc_text_free(&name);
    bc_curve_free(&curve);
}

static void check_terminal(const bc_chart *chart, unsigned columns, unsigned rows, bool utf8) {
    bc_error err = {0};
    bc_text text = {0};
    unsigned lines = 0;
    assert_int_equal(bc_chart_terminal(&text, chart, columns, rows, utf8, false, &err), BC_OK);
    char *line = text.data;
    for (char *end; *line != '\0'; line = end + 1, lines++) {
        end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        assert_true(bc_plot_text_columns(line) <=
                    (columns < BC_CHART_LEAST_COLUMNS ? BC_CHART_LEAST_COLUMNS : columns));
        for (const char *c = line; *c != '\0'; c++)
            assert_true(utf8 || ((unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f));
    }
    assert_int_equal(lines, rows < BC_CHART_LEAST_ROWS ? BC_CHART_LEAST_ROWS : rows);
    bc_text_free(&text);
}

static void every_table_makes_every_chart(void **state) {
    (void)state;
    for (int kind = 0; kind < ODD_KINDS * 2; kind++) {
        bc_curve curve = odd_curve(kind % ODD_KINDS), test = odd_curve((kind + 2) % ODD_KINDS);
        const bc_plot_pick picks[] = {{"a", 0.5}, {"b", INFINITY}, {"c", -INFINITY}, {"d", NAN}};
        bc_plot_input input =
            input_of(&curve, kind < ODD_KINDS && test.logits == curve.logits ? &test : NULL);
        input.picks = picks;
        input.pick_count = 4;
        for (size_t i = 0; i < BUILDERS; i++) {
            bc_chart chart;
            bc_text text = {0};
            build(&chart, builders[i], &input);
            write_svg(&text, &chart);
            assert_true(check_svg(text.data) > 10);
            assert_null(strstr(text.data, "nan"));
            assert_null(strstr(text.data, "inf"));
            check_terminal(&chart, 80, 24, true);
            check_terminal(&chart, 1, 1, false);
            bc_text_free(&text);
            bc_chart_free(&chart);
        }
        bc_curve_free(&curve);
        bc_curve_free(&test);
    }
}

static void a_terminal_is_never_overrun(void **state) {
    (void)state;
    bc_curve curve = random_curve(2, 300, true), test = random_curve(4, 200, true);
    const bc_plot_pick pick = {"recall >= 0.95: 0.31", 0.2};
    bc_plot_input input = input_of(&curve, &test);
    input.picks = &pick;
    input.pick_count = 1;
    input.positive = "\xe6\xb7\xb1\xe5\x82\xb7"; /* two wide characters */
    for (size_t i = 0; i < BUILDERS; i++) {
        bc_chart chart;
        build(&chart, builders[i], &input);
        for (unsigned columns = 1; columns < 200; columns += 13) {
            check_terminal(&chart, columns, columns / 3, true);
            check_terminal(&chart, columns, columns / 3, false);
        }
        bc_chart_free(&chart);
    }
    bc_curve_free(&curve);
    bc_curve_free(&test);
}

static void colours_come_only_where_they_are_asked_for(void **state) {
    (void)state;
    bc_error err = {0};
    bc_curve curve = random_curve(2, 300, true);
    bc_plot_input input = input_of(&curve, NULL);
    bc_chart chart;
    bc_text plain = {0}, coloured = {0};
    build(&chart, bc_plot_pr, &input);
    assert_int_equal(bc_chart_terminal(&plain, &chart, 80, 24, true, false, &err), BC_OK);
    assert_int_equal(bc_chart_terminal(&coloured, &chart, 80, 24, true, true, &err), BC_OK);
    assert_null(strchr(plain.data, '\033'));
    /* without its escapes the coloured one is the plain one, and each line ends without a colour */
    bc_text stripped = {0};
    bool on = false;
    for (const char *c = coloured.data; *c != '\0'; c++) {
        if (*c == '\033') {
            on = strncmp(c, "\033[0m", 4) != 0;
            c = strchr(c, 'm');
            continue;
        }
        assert_false(*c == '\n' && on);
        bc_text_char(&stripped, *c);
    }
    assert_string_equal(stripped.data, plain.data);
    bc_text_free(&plain);
    bc_text_free(&coloured);
    bc_text_free(&stripped);
    bc_chart_free(&chart);
    bc_curve_free(&curve);
}

static double count_columns(const void *context, const char *text) {
    (void)context;
    return (double)bc_plot_text_columns(text);
}

static void texts_are_shortened_in_the_middle_between_characters(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double most;
        const char *fitted;
    } known[] = {
        {"short", 5, "short"},
        {"0123456789", 9, "012...789"},
        {"0123456789", 8, "012...89"},
        {"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc", 5, "\xc3\xa4...\xc3\xbc"},
        {"\xe6\xb7\xb1\xe5\x82\xb7\xe6\xb7\xb1\xe5\x82\xb7", 7, "\xe6\xb7\xb1...\xe5\x82\xb7"},
        {"a\nb\xff", 4,
         "a\xef\xbf\xbd"
         "b\xef\xbf\xbd"},
        {"0123456789", 1, "..."},
        {"", 1, ""},
    };
    assert_int_equal(bc_plot_text_columns("a\xc3\xa4\xe6\xb7\xb1\xcc\x88"), 4); /* wide, and a joining mark */
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        bc_text text = {0};
        bc_plot_text_fit(&text, known[i].text, known[i].most, count_columns, NULL);
        assert_string_equal(text.data, known[i].fitted);
        bc_text_free(&text);
    }
}

static void a_decimal_comma_changes_nothing(void **state) {
    (void)state;
    static const char *const commas[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    bc_curve curve = random_curve(2, 300, true);
    bc_plot_input input = input_of(&curve, NULL);
    bc_chart chart;
    bc_text before = {0}, after = {0};
    build(&chart, bc_plot_pr, &input);
    write_svg(&before, &chart);
    bc_chart_free(&chart);
    bool set = false;
    for (size_t i = 0; !set && i < sizeof commas / sizeof commas[0]; i++)
        set = setlocale(LC_ALL, commas[i]) != NULL;
    build(&chart, bc_plot_pr, &input);
    write_svg(&after, &chart);
    bc_chart_free(&chart);
    setlocale(LC_ALL, "C");
    assert_string_equal(before.data, after.data);
    bc_text_free(&before);
    bc_text_free(&after);
    bc_curve_free(&curve);
    if (!set) {
        print_message("no locale with a decimal comma is here\n");
        skip();
    }
}

static void a_history_is_drawn_whatever_is_missing(void **state) {
    (void)state;
    const double epochs[] = {1, 2, 3}, train[] = {0.7, NAN, INFINITY}, val[] = {0.6, 0.5, 0.55};
    for (size_t count = 0; count <= 3; count++) {
        const bc_plot_history history = {
            "history.csv", epochs, train, count == 2 ? NULL : val, val, count, count > 0 ? 1 : NAN};
        for (int k = 0; k < 2; k++) {
            bc_error err = {0};
            bc_chart chart;
            bc_text text = {0};
            assert_int_equal((k == 0 ? bc_plot_loss : bc_plot_auroc)(&chart, &history, &err), BC_OK);
            write_svg(&text, &chart);
            check_svg(text.data);
            assert_null(strstr(text.data, "nan"));
            bc_text_free(&text);
            bc_chart_free(&chart);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_points_are_drawn_within_a_pixel),
        cmocka_unit_test(the_ends_of_noise_are_kept),
        cmocka_unit_test(ticks_are_round_and_within_the_axis),
        cmocka_unit_test(any_axis_has_few_ticks_of_1_2_or_5),
        cmocka_unit_test(bands_are_the_intervals_of_each_point),
        cmocka_unit_test(precision_is_drawn_as_the_steps_that_average_precision_sums),
        cmocka_unit_test(picks_stand_where_their_cutoff_puts_them),
        cmocka_unit_test(bars_hold_each_row_of_a_class_once),
        cmocka_unit_test(no_label_lies_on_another_or_leaves_the_plot),
        cmocka_unit_test(hostile_texts_stay_texts),
        cmocka_unit_test(no_name_turns_the_direction_of_text),
        cmocka_unit_test(every_table_makes_every_chart),
        cmocka_unit_test(a_terminal_is_never_overrun),
        cmocka_unit_test(colours_come_only_where_they_are_asked_for),
        cmocka_unit_test(texts_are_shortened_in_the_middle_between_characters),
        cmocka_unit_test(a_decimal_comma_changes_nothing),
        cmocka_unit_test(a_history_is_drawn_whatever_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
