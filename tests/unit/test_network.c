/* Network descriptions: shapes, every error with the layer it names, presets, JSON there and back, first
 * values. */
#include "cmocka_includes.h"

#include "base/clock.h"
#include "base/threads.h"
#include "net/head.h"
#include "net/plan.h"
#include "net/spec_json.h"

#include <bclass/network.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bc_status parse(bc_spec *spec, const char *json, bc_shape input, bc_error *err) {
    return bc_spec_parse(spec, json, strlen(json), "my.json", input, err);
}

static void assert_refused(const char *json, const char *message) {
    bc_error err = {0};
    bc_spec spec;
    if (parse(&spec, json, (bc_shape){3, 8, 8}, &err) == BC_OK)
        fail_msg("accepted: %s", json);
    assert_int_equal(err.status, BC_ERROR_FORMAT);
    assert_string_equal(err.message, message);
    bc_spec_free(&spec);
}

#define LAYERS(x) "{\"layers\":[" x "]}"
#define GAP "{\"type\":\"global_average_pool\"}"
#define LAST "{\"type\":\"dense\",\"units\":1}"

static void a_wrong_network_names_its_layer(void **state) {
    (void)state;
    assert_refused("{}", "my.json: no \"layers\" array");
    assert_refused("{\"layers\":[],}", "my.json: not valid JSON (line 1)");
    assert_refused(LAYERS(""), "my.json: a network has 1 to 512 layers");
    assert_refused(LAYERS("3"), "my.json: layer 1: must be an object");
    assert_refused(
        LAYERS("{\"type\":\"convolution\"}"),
        "my.json: layer 1: \"type\" must be conv, dense, batch_norm, relu, max_pool, average_pool, "
        "global_average_pool, dropout, add, flatten, sigmoid or softmax");
    assert_refused(LAYERS("{\"type\":\"conv\",\"filter\":3}"),
                   "my.json: layer 1: \"filter\" is no member of such a layer");
    assert_refused(LAYERS("{\"type\":\"conv\",\"filters\":2.5}"),
                   "my.json: layer 1: \"filters\" must be a whole number from 0 to 16384");
    assert_refused(LAYERS("{\"type\":\"conv\",\"filters\":4,\"kernel\":[3]}"),
                   "my.json: layer 1: \"kernel\" must be a number or [height, width]");
    assert_refused(LAYERS("{\"type\":\"conv\",\"filters\":4,\"stride\":[1,\"x\"]}"),
                   "my.json: layer 1: \"stride\" must be a whole number from 0 to 64");
    assert_refused(LAYERS("{\"type\":\"conv\"}," GAP "," LAST),
                   "my.json: layer conv1 (conv): needs a number of filters or units from 1 to 16384");
    assert_refused(LAYERS("{\"type\":\"conv\",\"filters\":4,\"kernel\":0}," GAP "," LAST),
                   "my.json: layer conv1 (conv): a kernel has 1 to 64 pixels a side");
    assert_refused(LAYERS("{\"type\":\"conv\",\"filters\":4,\"kernel\":9,\"padding\":0}," GAP "," LAST),
                   "my.json: layer conv1 (conv): a kernel of 9 x 9 does not fit its input of 8 x 8 pixels");
    assert_refused(LAYERS("{\"type\":\"conv\",\"filters\":4,\"padding\":\"full\"}," GAP "," LAST),
                   "my.json: layer 1: \"padding\" must be \"same\", \"valid\", a number or [height, width]");
    assert_refused(LAYERS("{\"type\":\"conv\",\"filters\":4,\"padding\":true}," GAP "," LAST),
                   "my.json: layer 1: \"padding\" must be \"same\", \"valid\", a number or [height, width]");
    assert_refused(LAYERS("{\"type\":\"max_pool\",\"padding\":\"same\"}," GAP "," LAST),
                   "my.json: layer 1: \"padding\" can be \"same\" only with an odd kernel; give a number");
    assert_refused(LAYERS("{\"type\":\"conv\",\"filters\":4,\"padding\":-1}," GAP "," LAST),
                   "my.json: layer 1: \"padding\" must be a whole number from 0 to 64");
    assert_refused(LAYERS("{\"type\":\"conv\",\"filters\":4,\"padding\":3}," GAP "," LAST),
                   "my.json: layer conv1 (conv): the padding must be smaller than the kernel");
    assert_refused(LAYERS("{\"type\":\"max_pool\",\"stride\":0}," GAP "," LAST),
                   "my.json: layer max_pool1 (max_pool): a stride is from 1 to 64");
    assert_refused(LAYERS(GAP ",{\"type\":\"dropout\",\"rate\":1}," LAST),
                   "my.json: layer dropout1 (dropout): a dropout rate is at least 0 and below 1");
    assert_refused(LAYERS("{\"type\":\"dense\",\"units\":1}"),
                   "my.json: layer dense1 (dense): its input has more than one pixel; flatten or pool first");
    assert_refused(LAYERS(GAP ",{\"type\":\"add\"}," LAST),
                   "my.json: layer 2: \"with\" is missing: the layer to add");
    assert_refused(LAYERS(GAP ",{\"type\":\"add\",\"with\":\"later\"}," LAST),
                   "my.json: layer 2: \"with\" must name an earlier layer, or \"image\"");
    assert_refused(
        LAYERS("{\"type\":\"conv\",\"filters\":4},{\"type\":\"add\",\"with\":\"image\"}," GAP "," LAST),
        "my.json: layer add1 (add): cannot add 4 x 8 x 8 and 3 x 8 x 8 (channels, height, width)");
    assert_refused(LAYERS(GAP ",{\"type\":\"relu\",\"name\":\"a b\"}," LAST),
                   "my.json: layer 2: \"name\" must be 1 to 31 letters, digits, '_' and '-'");
    assert_refused(
        LAYERS("{\"type\":\"relu\",\"name\":\"x\"},{\"type\":\"relu\",\"name\":\"x\"}," GAP "," LAST),
        "my.json: layer x (relu): an earlier layer has the same name");
    assert_refused(LAYERS("{\"type\":\"relu\",\"name\":\"image\"}," GAP "," LAST),
                   "my.json: layer image (relu): \"image\" is the input of the network, and names no layer");
    assert_refused(LAYERS("{\"type\":\"relu\"},{\"type\":\"relu\",\"input\":\"image\"}," GAP "," LAST),
                   "my.json: layer relu1 (relu): nothing takes its output");
}

#define SIGMOID "{\"type\":\"sigmoid\"}"
#define SOFTMAX "{\"type\":\"softmax\"}"
#define DENSE(n) "{\"type\":\"dense\",\"units\":" n "}"

static void a_head_that_does_not_fit_is_refused_with_the_reason(void **state) {
    (void)state;
    assert_refused(
        LAYERS(GAP "," DENSE("1") "," SOFTMAX),
        "my.json: layer softmax1 (softmax): softmax of one output is always 1, whatever the picture; "
        "use sigmoid, or 2 units");
    assert_refused(LAYERS(GAP "," DENSE("3") "," SOFTMAX),
                   "my.json: layer softmax1 (softmax): takes 2 outputs, of the negative and of the positive "
                   "class: the dense layer before it must have 2 units");
    assert_refused(
        LAYERS(GAP "," DENSE("2")),
        "my.json: layer dense1 (dense): 2 units at the end need a softmax layer behind them; or use 1 "
        "unit");
    assert_refused(
        LAYERS(GAP "," DENSE("2") "," SIGMOID),
        "my.json: layer sigmoid1 (sigmoid): takes 1 output, the logit, not 2; use softmax, or 1 unit");
    assert_refused(
        LAYERS(GAP "," DENSE("7") "," SIGMOID),
        "my.json: layer sigmoid1 (sigmoid): takes 1 output, the logit: the dense layer before it must "
        "have 1 unit");
    assert_refused(LAYERS(GAP "," SIGMOID),
                   "my.json: layer sigmoid1 (sigmoid): must stand behind a dense layer of 1 unit");
    assert_refused(LAYERS(SOFTMAX),
                   "my.json: layer softmax1 (softmax): must stand behind a dense layer of 2 units");
    assert_refused(LAYERS(GAP "," DENSE("1") "," SIGMOID "," DENSE("1")),
                   "my.json: layer sigmoid1 (sigmoid): can only be the last layer");
    assert_refused(LAYERS(GAP "," DENSE("1") "," SIGMOID "," SIGMOID),
                   "my.json: layer sigmoid2 (sigmoid): must stand behind a dense layer of 1 unit");
    for (const char *const *last = (const char *[]){LAYERS(GAP), LAYERS(GAP "," DENSE("3")), NULL};
         *last != NULL; last++) {
        bc_error err = {0};
        bc_spec spec;
        assert_int_equal(parse(&spec, *last, (bc_shape){3, 8, 8}, &err), BC_ERROR_FORMAT);
        assert_non_null(strstr(err.message,
                               ": the last layer must be sigmoid behind dense with 1 unit, softmax "
                               "behind dense with 2, or dense with 1 unit, which means sigmoid"));
        bc_spec_free(&spec);
    }
    assert_refused(LAYERS(GAP "," DENSE("1") ",{\"type\":\"sigmoid\",\"gamma\":10.5}"),
                   "my.json: layer sigmoid1 (sigmoid): gamma is from 0 to 10");
    assert_refused(LAYERS(GAP "," DENSE("1") ",{\"type\":\"sigmoid\",\"gamma\":\"2\"}"),
                   "my.json: layer 3: \"gamma\" must be a number");
    assert_refused(LAYERS(GAP "," DENSE("1") ",{\"type\":\"sigmoid\",\"offset\":-1001}"),
                   "my.json: layer sigmoid1 (sigmoid): an offset is from -1000 to 1000");
    assert_refused(LAYERS(GAP ",{\"type\":\"dense\",\"units\":1,\"gamma\":2}"),
                   "my.json: layer 2: \"gamma\" is no member of such a layer");
}

static void a_network_without_a_head_ends_in_a_sigmoid_of_its_own_name(void **state) {
    (void)state;
    bc_error err = {0};
    bc_spec spec;
    assert_int_equal(parse(&spec, LAYERS("{\"type\":\"global_average_pool\",\"name\":\"sigmoid1\"}," LAST),
                           (bc_shape){3, 8, 8}, &err),
                     BC_OK);
    assert_int_equal(spec.count, 3);
    assert_true(spec.head_is_implied);
    assert_int_equal(bc_spec_head(&spec)->kind, BC_LAYER_SIGMOID);
    assert_int_equal(bc_spec_head(&spec)->input, 1);
    assert_string_equal(bc_spec_head(&spec)->name, "sigmoid2");
    bc_spec_free(&spec);
}

static void the_limit_on_layers_does_not_count_the_head(void **state) {
    (void)state;
    static char json[32 * BC_LAYER_LIMIT];
    for (int spare = 0; spare >= -1; spare--) { /* so many layers below the limit */
        for (int stated = 0; stated <= 1; stated++) {
            bc_error err = {0};
            bc_spec spec;
            strcpy(json, "{\"layers\":[" GAP);
            for (int i = 2; i < BC_LAYER_LIMIT - spare; i++)
                strcat(json, ",{\"type\":\"relu\"}");
            strcat(json, stated ? "," LAST "," SIGMOID "]}" : "," LAST "]}");
            assert_int_equal(parse(&spec, json, (bc_shape){3, 8, 8}, &err),
                             spare == 0 ? BC_OK : BC_ERROR_FORMAT);
            bc_spec_free(&spec);
        }
    }
}

/* As no file can state it: a layer is known by the name of one before. */
static void a_network_that_is_made_otherwise_is_checked_too(void **state) {
    (void)state;
    bc_error err = {0};
    bc_spec spec;
    assert_int_equal(parse(&spec, LAYERS(GAP "," LAST), (bc_shape){1, 8, 8}, &err), BC_OK);
    spec.layers[0].input = 1;
    assert_int_equal(bc_spec_check(&spec, "my.json", &err), BC_ERROR_FORMAT);
    assert_string_equal(err.message,
                        "my.json: layer global_average_pool1 (global_average_pool): takes the output of a "
                        "layer that does not come before it");
    bc_spec_free(&spec);
    assert_int_equal(parse(&spec, LAYERS(GAP "," LAST), (bc_shape){2, 8, 9}, &err), BC_ERROR_FORMAT);
    assert_string_equal(err.message, "my.json: no network for pictures of 9 x 8 pixels in 2 channels");
    bc_spec_free(&spec);
}

static void an_implied_head_can_be_chosen_and_a_stated_one_not(void **state) {
    (void)state;
    bc_error err = {0};
    bc_spec spec;
    assert_int_equal(bc_spec_preset(&spec, "mlp", (bc_shape){1, 8, 8}, &err), BC_OK);
    assert_int_equal(bc_spec_choose_head(&spec, BC_LAYER_SOFTMAX, "mlp", &err), BC_OK);
    assert_int_equal(bc_spec_head(&spec)->kind, BC_LAYER_SOFTMAX);
    assert_string_equal(bc_spec_head(&spec)->name, "softmax1");
    assert_int_equal(bc_spec_head(&spec)->output.channels, 2);
    assert_int_equal(spec.layers[bc_spec_head(&spec)->input].filters, 2);
    assert_int_equal(bc_spec_choose_head(&spec, BC_LAYER_SIGMOID, "mlp", &err), BC_OK);
    assert_int_equal(spec.layers[bc_spec_head(&spec)->input].filters, 1);
    bc_spec_free(&spec);
    assert_int_equal(parse(&spec, LAYERS(GAP "," LAST "," SIGMOID), (bc_shape){1, 8, 8}, &err), BC_OK);
    assert_int_equal(bc_spec_choose_head(&spec, BC_LAYER_SIGMOID, "my.json", &err), BC_OK);
    assert_int_equal(bc_spec_choose_head(&spec, BC_LAYER_SOFTMAX, "my.json", &err), BC_ERROR_USAGE);
    assert_string_equal(err.message,
                        "my.json ends with a sigmoid layer; leave that out, or do not ask for softmax");
    bc_spec_free(&spec);
}

static void shapes_follow_kernel_stride_and_padding(void **state) {
    (void)state;
    bc_error err = {0};
    bc_spec spec;
    assert_int_equal(
        parse(&spec,
              LAYERS("{\"type\":\"conv\",\"filters\":5,\"kernel\":[5,3],\"stride\":[2,1]},"
                     "{\"type\":\"max_pool\",\"kernel\":3,\"stride\":2,\"padding\":1}," GAP "," LAST),
              (bc_shape){3, 28, 31}, &err),
        BC_OK);
    /* floor((side + 2 padding - kernel) / stride) + 1 */
    assert_int_equal(spec.layers[0].output.channels, 5);
    assert_int_equal(spec.layers[0].output.height, 14);
    assert_int_equal(spec.layers[0].output.width, 31);
    assert_int_equal(spec.layers[1].output.height, 7);
    assert_int_equal(spec.layers[1].output.width, 16);
    bc_spec_free(&spec);
}

static void padding_is_named_as_elsewhere(void **state) {
    (void)state;
    bc_error err = {0};
    bc_spec spec;
    assert_int_equal(
        parse(&spec,
              LAYERS("{\"type\":\"conv\",\"filters\":5,\"padding\":\"valid\"},"
                     "{\"type\":\"conv\",\"filters\":5,\"padding\":\"same\",\"kernel\":[7,1]},"
                     "{\"type\":\"average_pool\",\"kernel\":3,\"stride\":1,\"padding\":\"same\"},"
                     "{\"type\":\"average_pool\",\"kernel\":3,\"stride\":1,\"padding\":\"valid\"}," GAP
                     "," LAST),
              (bc_shape){1, 12, 9}, &err),
        BC_OK);
    const uint32_t heights[] = {10, 10, 10, 8}, widths[] = {7, 7, 7, 5};
    for (size_t i = 0; i < sizeof heights / sizeof heights[0]; i++) {
        assert_int_equal(spec.layers[i].output.height, heights[i]);
        assert_int_equal(spec.layers[i].output.width, widths[i]);
    }
    bc_spec_free(&spec);
}

static void the_wide_preset_pools_by_average_between_the_first_and_the_last_time(void **state) {
    (void)state;
    static const struct {
        const char *name;
        bc_layer_kind between;
    } cases[] = {{"resnet", BC_LAYER_MAX_POOL}, {"wide", BC_LAYER_AVERAGE_POOL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bc_error err = {0};
        bc_spec spec;
        size_t seen = 0;
        assert_int_equal(bc_spec_preset(&spec, cases[i].name, (bc_shape){3, 64, 64}, &err), BC_OK);
        for (size_t k = 0; k < spec.count; k++) {
            const bc_layer_kind kind = spec.layers[k].kind;
            if (kind == BC_LAYER_MAX_POOL || kind == BC_LAYER_AVERAGE_POOL) {
                assert_int_equal(kind, seen == 0 || seen == 3 ? BC_LAYER_MAX_POOL : cases[i].between);
                seen++;
            }
        }
        assert_int_equal(seen, 4); /* from 64 to 32, 16, 8 and 1 */
        bc_spec_free(&spec);
    }
}

static void every_preset_fits_every_size(void **state) {
    (void)state;
    bc_error err = {0};
    for (const char *const *name = bc_preset_names; *name != NULL; name++) {
        for (uint32_t side = 4; side <= 256; side += side < 40 ? 1 : 27) {
            bc_spec spec;
            if (bc_spec_preset(&spec, *name, (bc_shape){side % 2 ? 1 : 3, side, side}, &err) != BC_OK)
                fail_msg("%s at %u: %s", *name, side, err.message);
            bc_spec_free(&spec);
        }
    }
    bc_spec spec;
    assert_int_equal(bc_spec_preset(&spec, "tiny", (bc_shape){1, 8, 8}, &err), BC_ERROR_USAGE);
    assert_string_equal(err.message,
                        "no preset 'tiny'; there are mlp, small, resnet and wide, or a JSON file");
}

static void a_network_reads_back_as_it_was_written(void **state) {
    (void)state;
    bc_error err = {0};
    bc_spec spec, back;
    bc_json_builder *json;
    bc_text text = {0};
    assert_int_equal(bc_spec_preset(&spec, "resnet", (bc_shape){3, 32, 32}, &err), BC_OK);
    assert_int_equal(bc_spec_choose_head(&spec, BC_LAYER_SOFTMAX, "resnet", &err), BC_OK);
    bc_spec_head(&spec)->gamma = 0.1;
    bc_spec_head(&spec)->offset = -2.3978952727983707;
    assert_int_equal(bc_json_builder_create(&json, &err), BC_OK);
    bc_spec_write(json, &spec);
    assert_int_equal(bc_json_finish(&text, json, false, &err), BC_OK);
    assert_int_equal(bc_spec_parse(&back, text.data, text.length, "back", spec.input, &err), BC_OK);
    assert_int_equal(spec.count, back.count);
    for (size_t i = 0; i < spec.count; i++) {
        const bc_layer *a = &spec.layers[i], *b = &back.layers[i];
        assert_string_equal(a->name, b->name);
        assert_true(a->kind == b->kind && a->input == b->input && a->filters == b->filters &&
                    a->bias == b->bias);
        assert_memory_equal(&a->output, &b->output, sizeof a->output);
        assert_true(a->kind != BC_LAYER_ADD || a->other == b->other);
        assert_true(a->gamma == b->gamma && a->offset == b->offset);
    }
    bc_json_builder_free(json);
    bc_text_free(&text);
    bc_spec_free(&spec);
    bc_spec_free(&back);
}

static void first_weights_have_the_variance_of_he(void **state) {
    (void)state;
    bc_error err = {0};
    bc_spec spec;
    bc_network network;
    assert_int_equal(bc_spec_preset(&spec, "small", (bc_shape){3, 32, 32}, &err), BC_OK);
    assert_int_equal(bc_network_create(&network, &spec, BC_PARAMETER_LIMIT, &err), BC_OK);
    bc_network_initialise(&network, 1);
    for (const bc_tensor *t = network.tensors; t < network.tensors + network.tensor_count; t++) {
        double squares = 0, sum = 0;
        for (size_t i = 0; i < t->count; i++) {
            sum += (double)network.values[t->offset + i];
            squares += pow((double)network.values[t->offset + i], 2);
        }
        if (t->decays && t->layer != bc_spec_head(&network.spec)->input) {
            double expected = 2 / ((double)t->count / t->shape[0]); /* He et al. 2015, eq. 10 */
            assert_true(fabs(squares / (double)t->count / expected - 1) < 0.15);
        } else if (strstr(t->name, "norm") != NULL) {
            bool ones = strstr(t->name, ".weight") != NULL || strstr(t->name, "running_var") != NULL;
            assert_true(sum == (ones ? (double)t->count : 0));
        }
    }
    bc_network_free(&network);
}

static bc_network initialised(const char *preset, bc_layer_kind head, uint64_t seed) {
    bc_error err = {0};
    bc_spec spec;
    bc_network network;
    assert_int_equal(bc_spec_preset(&spec, preset, (bc_shape){3, 9, 9}, &err), BC_OK);
    assert_int_equal(bc_spec_choose_head(&spec, head, preset, &err), BC_OK);
    assert_int_equal(bc_network_create(&network, &spec, BC_PARAMETER_LIMIT, &err), BC_OK);
    bc_network_initialise(&network, seed);
    return network;
}

static void first_weights_of_a_softmax_are_those_of_a_sigmoid_parted(void **state) {
    (void)state;
    bc_network sigmoid = initialised("small", BC_LAYER_SIGMOID, 3);
    bc_network softmax = initialised("small", BC_LAYER_SOFTMAX, 3);
    assert_int_equal(sigmoid.tensor_count, softmax.tensor_count);
    for (size_t i = 0; i < sigmoid.tensor_count; i++) {
        const bc_tensor *one = &sigmoid.tensors[i], *two = &softmax.tensors[i];
        const float *a = sigmoid.values + one->offset, *b = softmax.values + two->offset;
        assert_string_equal(one->name, two->name);
        assert_true(one->rate == 1);
        if (one->layer != bc_spec_head(&sigmoid.spec)->input) {
            assert_true(two->rate == 1);
            assert_memory_equal(a, b, one->count * sizeof *a);
            continue;
        }
        assert_true(two->rate == 0.5f);
        assert_int_equal(two->count, 2 * one->count);
        for (size_t k = 0; k < one->count; k++)
            assert_true(b[k] == -a[k] / 2 && b[one->count + k] == a[k] / 2);
    }
    bc_network_free(&sigmoid);
    bc_network_free(&softmax);
}

/* ---- losses and corrections of a head ---- */

static double sigmoid(double z) {
    return 1 / (1 + exp(-z));
}

/* Lin et al. 2017, eq. 4, as it stands there: for logits at which nothing is lost. */
static double plain_focal(double z, double y, double gamma) {
    const double p = sigmoid(z), q = sigmoid(-z);
    return -y * pow(q, gamma) * log(p) - (1 - y) * pow(p, gamma) * log(q);
}

static void the_focal_loss_is_that_of_its_definition(void **state) {
    (void)state;
    static const double gammas[] = {0, 0.5, 1, 2, 5, 10}, labels[] = {0, 0.05, 0.5, 0.95, 1};
    const double step = 1e-5;
    for (size_t g = 0; g < sizeof gammas / sizeof *gammas; g++) {
        const bc_layer head = {.kind = BC_LAYER_SIGMOID, .gamma = gammas[g]};
        for (size_t k = 0; k < sizeof labels / sizeof *labels; k++) {
            for (double z = -12; z <= 12; z += 0.375) {
                const double y = labels[k], expected = plain_focal(z, y, gammas[g]);
                const double slope =
                    (plain_focal(z + step, y, gammas[g]) - plain_focal(z - step, y, gammas[g])) / (2 * step);
                assert_true(fabs(bc_head_loss(&head, z, y) - expected) <= 1e-10 * (1 + expected));
                assert_true(fabs(bc_head_gradient(&head, z, y) - slope) <= 1e-8);
            }
        }
    }
}

/* Where exp(z) overflows, the loss of what is wholly wrong is the distance, of what is right 0. */
static void losses_of_huge_logits_are_finite(void **state) {
    (void)state;
    static const double sizes[] = {40, 800, 1e6, (double)FLT_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (double gamma = 0; gamma <= 10; gamma += 2.5) {
            const bc_layer head = {.kind = BC_LAYER_SIGMOID, .gamma = gamma};
            const double z = sizes[i];
            assert_true(fabs(bc_head_loss(&head, -z, 1) / z - 1) < 1e-12);
            assert_true(fabs(bc_head_loss(&head, z, 0) / z - 1) < 1e-12);
            assert_true(bc_head_loss(&head, z, 1) >= 0 && bc_head_loss(&head, z, 1) < 1e-15);
            assert_true(fabs(bc_head_gradient(&head, -z, 1) + 1) < 1e-12);
            assert_true(fabs(bc_head_gradient(&head, z, 0) - 1) < 1e-12);
            assert_true(fabs(bc_head_gradient(&head, z, 1)) < 1e-15);
            assert_true(isfinite(bc_head_loss(&head, z, 0.05)) && isfinite(bc_head_gradient(&head, z, 0.05)));
        }
    }
    const bc_layer head = {.kind = BC_LAYER_SIGMOID, .gamma = 2};
    assert_true(isnan(bc_head_loss(&head, NAN, 1)) && isnan(bc_head_gradient(&head, NAN, 1)));
}

/* The logit at which the mean focal loss of pictures, a share eta of which is positive, is least: by golden
 * section, on the definition. */
static double minimise_focal(double eta, double gamma) {
    const double golden = (sqrt(5) - 1) / 2;
    double low = -30, high = 30;
    while (high - low > 1e-9) {
        const double a = high - golden * (high - low), b = low + golden * (high - low);
        if (plain_focal(a, eta, gamma) < plain_focal(b, eta, gamma))
            high = b;
        else
            low = a;
    }
    return (low + high) / 2;
}

/* To the root of what doubles resolve of a minimum, 1e-7 or so of the logit where the loss is not flat. */
static void logits_that_minimise_the_focal_loss_are_corrected_to_the_share_of_positives(void **state) {
    (void)state;
    static const double shares[] = {0.02, 0.1, 0.3, 0.5, 0.77, 0.99}, gammas[] = {0, 0.3, 1, 2, 5};
    for (size_t g = 0; g < sizeof gammas / sizeof *gammas; g++) {
        const bc_layer head = {.kind = BC_LAYER_SIGMOID, .gamma = gammas[g], .offset = 0.25};
        for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
            const double eta = shares[i], z = minimise_focal(eta, gammas[g]);
            const double corrected = (double)bc_head_correct(&head, (float)z) - 0.25;
            if (!(fabs(sigmoid(corrected) - eta) < 1e-5))
                fail_msg("gamma %g: %g instead of %g", gammas[g], sigmoid(corrected), eta);
        }
    }
}

/* A weight of positives moves the minimum; the offset brings it back, behind the map of the focal loss. */
static void the_offset_undoes_a_weight_of_positives(void **state) {
    (void)state;
    for (double gamma = 0; gamma <= 2; gamma += 2) {
        const double eta = 0.08, weight = 4, share = weight * eta / (weight * eta + 1 - eta);
        const bc_layer head = {.kind = BC_LAYER_SIGMOID, .gamma = gamma, .offset = -log(weight)};
        const double z = minimise_focal(share, gamma); /* of eta * weight to 1 - eta */
        assert_true(fabs(sigmoid((double)bc_head_correct(&head, (float)z)) - eta) < 1e-6);
    }
}

static void corrections_keep_the_order_of_all_finite_logits(void **state) {
    (void)state;
    for (double gamma = 0; gamma <= 10; gamma += 1.25) {
        const bc_layer head = {.kind = BC_LAYER_SIGMOID, .gamma = gamma, .offset = gamma > 5 ? -900 : 0};
        for (float start = FLT_TRUE_MIN; start < FLT_MAX; start *= 1.5f) {
            float z = start, last = -INFINITY; /* neighbours, all over the range of floats */
            for (int i = 0; i < 20; i++, z = nextafterf(z, FLT_MAX)) {
                const float above = bc_head_correct(&head, z), below = bc_head_correct(&head, -z);
                assert_true(isfinite(above) && isfinite(below));
                assert_true(above >= last);
                assert_true(head.offset != 0 || below == -above);
                last = above;
            }
        }
        assert_true(isfinite(bc_head_correct(&head, FLT_MAX)) && isfinite(bc_head_correct(&head, -FLT_MAX)));
        assert_true(isnan(bc_head_correct(&head, NAN)));
        assert_true(bc_head_correct(&head, INFINITY) == INFINITY);
    }
    const bc_layer plain = {.kind = BC_LAYER_SIGMOID};
    assert_true(bc_head_correct(&plain, 0.1f) == 0.1f);
}

static void a_network_too_large_for_the_limit_takes_no_memory(void **state) {
    (void)state;
    bc_error err = {0};
    bc_spec spec;
    bc_network network;
    assert_int_equal(bc_spec_preset(&spec, "mlp", (bc_shape){1, 28, 28}, &err), BC_OK);
    assert_int_equal(bc_network_create(&network, &spec, 1000, &err), BC_ERROR_LIMIT);
    assert_null(network.values);
    bc_network_free(&network);
}

/* Training keeps every activation, predicting only those still needed: its block must be much smaller. */
static void places_in_the_arena_are_reused(void **state) {
    (void)state;
    bc_error err = {0};
    bc_spec spec;
    bc_network network;
    bc_plan *training, *predicting;
    assert_int_equal(bc_spec_preset(&spec, "small", (bc_shape){3, 32, 32}, &err), BC_OK);
    assert_int_equal(bc_network_create(&network, &spec, BC_PARAMETER_LIMIT, &err), BC_OK);
    assert_int_equal(bc_plan_create(&training, &network, BC_TO_TRAIN, 64, 2, &err), BC_OK);
    assert_int_equal(bc_plan_create(&predicting, &network, BC_TO_PREDICT, 64, 2, &err), BC_OK);
    const size_t largest_value = 64 * 32 * 32 * 32 * sizeof(float); /* batch x channels x pixels */
    assert_true(bc_plan_memory(predicting) < 3 * largest_value);
    assert_true(bc_plan_memory(training) > 2 * bc_plan_memory(predicting));
    bc_plan_free(training);
    bc_plan_free(predicting);
    bc_network_free(&network);
}

typedef struct timed_run {
    bc_plan *plan;
    bc_pool *pool;
} timed_run;

static void execute(void *context, unsigned worker) {
    timed_run *run = context;
    bc_plan_execute(run->plan, run->pool, worker);
}

/* What the tasks took, and waiting, is what all threads had. */
static void a_profile_accounts_for_the_time_of_all_threads(void **state) {
    (void)state;
    enum { THREADS = 2, BATCH = 32 };
    bc_error err = {0};
    bc_spec spec;
    bc_network network;
    timed_run run;
    assert_int_equal(bc_spec_preset(&spec, "small", (bc_shape){3, 32, 32}, &err), BC_OK);
    assert_int_equal(bc_network_create(&network, &spec, BC_PARAMETER_LIMIT, &err), BC_OK);
    bc_network_initialise(&network, 1);
    assert_int_equal(bc_pool_create(&run.pool, THREADS, &err), BC_OK);
    assert_int_equal(bc_plan_create(&run.plan, &network, BC_TO_TRAIN, BATCH, THREADS, &err), BC_OK);
    bc_plan_set_count(run.plan, BATCH);
    assert_int_equal(bc_plan_start_profile(run.plan, &err), BC_OK);
    const size_t count = bc_plan_profile_count(run.plan);
    const double start = bc_clock_seconds();
    bc_pool_run(run.pool, execute, &run);
    const double wall = bc_clock_seconds() - start;
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += bc_plan_profile_read(run.plan, i).seconds;
    assert_true(sum > 0 && sum <= THREADS * wall);
    assert_int_equal(bc_plan_profile_read(run.plan, 0).part, BC_PART_PACK);
    assert_string_equal(bc_plan_profile_read(run.plan, 1).name, "conv1");
    assert_int_equal(bc_plan_profile_read(run.plan, 1).part, BC_PART_FORWARD);
    assert_true(bc_plan_profile_read(run.plan, 1).seconds > 0);
    assert_int_equal(bc_plan_profile_read(run.plan, count - 1).part, BC_PART_WAIT);
    bc_plan_free(run.plan);
    bc_pool_free(run.pool);
    bc_network_free(&network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_network_names_its_layer),
        cmocka_unit_test(a_head_that_does_not_fit_is_refused_with_the_reason),
        cmocka_unit_test(a_network_without_a_head_ends_in_a_sigmoid_of_its_own_name),
        cmocka_unit_test(the_limit_on_layers_does_not_count_the_head),
        cmocka_unit_test(a_network_that_is_made_otherwise_is_checked_too),
        cmocka_unit_test(an_implied_head_can_be_chosen_and_a_stated_one_not),
        cmocka_unit_test(first_weights_of_a_softmax_are_those_of_a_sigmoid_parted),
        cmocka_unit_test(the_focal_loss_is_that_of_its_definition),
        cmocka_unit_test(losses_of_huge_logits_are_finite),
        cmocka_unit_test(logits_that_minimise_the_focal_loss_are_corrected_to_the_share_of_positives),
        cmocka_unit_test(the_offset_undoes_a_weight_of_positives),
        cmocka_unit_test(corrections_keep_the_order_of_all_finite_logits),
        cmocka_unit_test(shapes_follow_kernel_stride_and_padding),
        cmocka_unit_test(padding_is_named_as_elsewhere),
        cmocka_unit_test(every_preset_fits_every_size),
        cmocka_unit_test(the_wide_preset_pools_by_average_between_the_first_and_the_last_time),
        cmocka_unit_test(a_network_reads_back_as_it_was_written),
        cmocka_unit_test(first_weights_have_the_variance_of_he),
        cmocka_unit_test(a_network_too_large_for_the_limit_takes_no_memory),
        cmocka_unit_test(places_in_the_arena_are_reused),
        cmocka_unit_test(a_profile_accounts_for_the_time_of_all_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
