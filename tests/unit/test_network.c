/* Network descriptions: shapes, every error with the layer it names, presets, JSON there and back, first
 * values. */
#include "cmocka_includes.h"

#include "base/clock.h"
#include "base/threads.h"
#include "net/plan.h"
#include "net/spec_json.h"

#include <bclass/network.h>

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
        "global_average_pool, dropout, add or flatten");
    assert_refused(
        LAYERS("{\"type\":\"softmax\"}"),
        "my.json: layer 1: leave out the softmax: the network ends with the logit, and the loss and the "
        "score apply the sigmoid");
    assert_refused(LAYERS("{\"type\":\"conv\",\"filter\":3}"),
                   "my.json: layer 1: \"filter\" is no member of such a layer");
    assert_refused(LAYERS("{\"type\":\"conv\",\"filters\":2.5}"),
                   "my.json: layer 1: \"filters\" must be a whole number from 0 to 16384");
    assert_refused(LAYERS("{\"type\":\"conv\",\"filters\":4,\"kernel\":[3]}"),
                   "my.json: layer 1: \"kernel\" must be a number or [height, width]");
    assert_refused(LAYERS("{\"type\":\"conv\"}," GAP "," LAST),
                   "my.json: layer conv1 (conv): needs a number of filters or units from 1 to 16384");
    assert_refused(LAYERS("{\"type\":\"conv\",\"filters\":4,\"kernel\":0}," GAP "," LAST),
                   "my.json: layer conv1 (conv): a kernel has 1 to 64 pixels a side");
    assert_refused(LAYERS("{\"type\":\"conv\",\"filters\":4,\"kernel\":9,\"padding\":0}," GAP "," LAST),
                   "my.json: layer conv1 (conv): a kernel of 9 x 9 does not fit its input of 8 x 8 pixels");
    assert_refused(LAYERS("{\"type\":\"conv\",\"filters\":4,\"padding\":3}," GAP "," LAST),
                   "my.json: layer conv1 (conv): the padding must be smaller than the kernel");
    assert_refused(LAYERS("{\"type\":\"max_pool\",\"stride\":0}," GAP "," LAST),
                   "my.json: layer max_pool1 (max_pool): a stride is from 1 to 64");
    assert_refused(LAYERS(GAP ",{\"type\":\"dropout\",\"rate\":1}," LAST),
                   "my.json: layer dropout1 (dropout): a dropout rate is at least 0 and below 1");
    assert_refused(LAYERS("{\"type\":\"dense\",\"units\":1}"),
                   "my.json: layer dense1 (dense): its input has more than one pixel; flatten or pool first");
    assert_refused(
        LAYERS(GAP ",{\"type\":\"dense\",\"units\":2}"),
        "my.json: layer dense1 (dense): the last layer must be dense with 1 unit, which gives the logit");
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
    assert_refused(LAYERS("{\"type\":\"relu\"},{\"type\":\"relu\",\"input\":\"image\"}," GAP "," LAST),
                   "my.json: layer relu1 (relu): nothing takes its output");
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
    assert_string_equal(err.message, "no preset 'tiny'; there are mlp, small and resnet, or a JSON file");
}

static void a_network_reads_back_as_it_was_written(void **state) {
    (void)state;
    bc_error err = {0};
    bc_spec spec, back;
    bc_json_builder *json;
    bc_text text = {0};
    assert_int_equal(bc_spec_preset(&spec, "resnet", (bc_shape){3, 32, 32}, &err), BC_OK);
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
        if (t->decays && t->layer + 1 < network.spec.count) {
            double expected = 2 / ((double)t->count / t->shape[0]); /* He et al. 2015, eq. 10 */
            assert_true(fabs(squares / (double)t->count / expected - 1) < 0.15);
        } else if (strstr(t->name, "norm") != NULL) {
            bool ones = strstr(t->name, ".weight") != NULL || strstr(t->name, "running_var") != NULL;
            assert_true(sum == (ones ? (double)t->count : 0));
        }
    }
    bc_network_free(&network);
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
        cmocka_unit_test(shapes_follow_kernel_stride_and_padding),
        cmocka_unit_test(every_preset_fits_every_size),
        cmocka_unit_test(a_network_reads_back_as_it_was_written),
        cmocka_unit_test(first_weights_have_the_variance_of_he),
        cmocka_unit_test(a_network_too_large_for_the_limit_takes_no_memory),
        cmocka_unit_test(places_in_the_arena_are_reused),
        cmocka_unit_test(a_profile_accounts_for_the_time_of_all_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
