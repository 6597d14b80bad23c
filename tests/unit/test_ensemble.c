/* Several networks as one: its logit is the mean of theirs, each with its own normalisation of the picture.
 */
#include "cmocka_includes.h"

#include "base/random.h"
#include "net/ensemble.h"
#include "net/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 9, CHANNELS = 3, MEMBERS = 3, PICTURE = SIDE * SIDE * CHANNELS };

static const bc_preprocess shared = {
    .width = SIDE, .height = SIDE, .channels = CHANNELS, .mean = {100, 120, 90}, .deviation = {50, 40, 60}};

static void fill_picture(float *dst, uint64_t number, const bc_preprocess *preprocess) {
    bc_random random = {number};
    for (size_t i = 0; i < PICTURE; i++) {
        const size_t c = i / (SIDE * SIDE);
        const double byte = (double)bc_random_below(&random, 256);
        dst[i] = (float)((byte - (double)preprocess->mean[c]) / (double)preprocess->deviation[c]);
    }
}

static double logit_of(bc_network *network, uint64_t number, const bc_preprocess *preprocess) {
    bc_plan *plan;
    bc_error err = {0};
    if (bc_plan_create(&plan, network, BC_TO_PREDICT, 1, 1, &err) != BC_OK)
        fail_msg("%s", err.message);
    bc_plan_prepare(plan, NULL);
    fill_picture(bc_plan_image(plan, 0), number, preprocess);
    bc_plan_set_count(plan, 1);
    bc_plan_execute(plan, NULL, 0);
    const double logit = (double)bc_plan_logit(plan, 0);
    bc_plan_free(plan);
    return logit;
}

/* First weights, and norms as if it had been trained. */
static void make_up(bc_network *network, uint64_t seed) {
    bc_random random = {seed};
    bc_network_initialise(network, seed);
    for (const bc_tensor *t = network->tensors; t < network->tensors + network->tensor_count; t++) {
        for (size_t i = 0; !t->decays && i < t->count; i++)
            network->values[t->offset + i] += (float)(bc_random_uniform(&random) * 0.5);
    }
}

static void make_network(bc_network *network, const char *json) {
    bc_spec spec;
    bc_error err = {0};
    const bc_shape input = {CHANNELS, SIDE, SIDE};
    if (bc_spec_parse(&spec, json, strlen(json), "net", input, &err) != BC_OK ||
        bc_network_create(network, &spec, BC_PARAMETER_LIMIT, &err) != BC_OK)
        fail_msg("%s", err.message);
    bc_spec_free(&spec);
}

/* Members of different weights, normalisation and offsets; their mean on some pictures is the ensemble's. */
static void check_mean(const char *json) {
    bc_network network, ensemble;
    bc_ensemble_member members[MEMBERS];
    double sums[4] = {0};
    bc_error err = {0};
    make_network(&network, json);
    for (size_t m = 0; m < MEMBERS; m++) {
        bc_preprocess own = shared;
        for (size_t c = 0; c < CHANNELS; c++) {
            own.mean[c] += (float)(5 * m) - 4;
            own.deviation[c] *= 1 + 0.1f * (float)m;
        }
        make_up(&network, m + 7);
        bc_spec_head(&network.spec)->offset = 0.3 * (double)m;
        for (size_t i = 0; i < 4; i++)
            sums[i] += logit_of(&network, i + 1, &own);
        members[m] = (bc_ensemble_member){malloc(network.count * sizeof(float)), own, 0.3 * (double)m};
        memcpy(members[m].values, network.values, network.count * sizeof(float));
    }
    if (bc_ensemble_create(&ensemble, &network, members, MEMBERS, &shared, &err) != BC_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < 4; i++) {
        const double mean = sums[i] / MEMBERS, found = logit_of(&ensemble, i + 1, &shared);
        assert_true(fabs(mean) > 1e-3); /* else it would prove nothing */
        if (!(fabs(found - mean) < 1e-4 * (1 + fabs(mean))))
            fail_msg("%.9g instead of %.9g", found, mean);
    }
    for (size_t m = 0; m < MEMBERS; m++)
        free(members[m].values);
    bc_network_free(&ensemble);
    bc_network_free(&network);
}

#define CONV(name) "{\"type\":\"conv\",\"filters\":17,\"name\":\"" name "\"}"

static void the_logit_is_the_mean_of_the_networks_logits(void **state) {
    (void)state;
    check_mean(
        "{\"layers\":[" CONV("a") ",{\"type\":\"batch_norm\"},{\"type\":\"relu\",\"name\":\"r\"}," CONV(
            "b") ",{\"type\":\"add\",\"with\":\"r\"},{\"type\":\"max_pool\"},{\"type\":\"dropout\"},"
                 "{\"type\":\"global_average_pool\"},{\"type\":\"dense\",\"units\":1}]}");
    check_mean("{\"layers\":[{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":5},{\"type\":\"relu\"},"
               "{\"type\":\"dense\",\"units\":1,\"bias\":false},{\"type\":\"sigmoid\"}]}");
}

static void two_outputs_of_a_softmax_become_their_difference(void **state) {
    (void)state;
    check_mean("{\"layers\":[" CONV("a") ",{\"type\":\"global_average_pool\"},"
                                         "{\"type\":\"dense\",\"units\":2},{\"type\":\"softmax\"}]}");
}

static void the_longest_names_and_those_that_the_ensemble_uses_itself_are_no_trouble(void **state) {
    (void)state;
    check_mean("{\"layers\":[" CONV("abcdefghijklmnopqrstuvwxyz12345") "," CONV(
        "abcdefghijklmnopqrstuvwxyz12346") ",{\"type\":\"global_average_pool\"},"
                                           "{\"type\":\"dense\",\"units\":1,\"name\":\"mean\"}]}");
    check_mean("{\"layers\":[" CONV("normalise1") "," CONV("sum2") ",{\"type\":\"global_average_pool\"},"
                                                                   "{\"type\":\"dense\",\"units\":1,"
                                                                   "\"name\":\"mean\"}]}");
}

static void more_layers_than_a_model_may_have_are_refused(void **state) {
    (void)state;
    bc_network network;
    bc_error err = {0};
    make_network(&network, "{\"layers\":[{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":1}]}");
    assert_int_equal(bc_ensemble_check(&network, 128, &err), BC_OK); /* 128 x (2 + 1) + 128 = 512 */
    assert_int_equal(bc_ensemble_check(&network, 129, &err), BC_ERROR_LIMIT);
    assert_string_equal(err.message, "129 networks of 2 layers are together more than the 512 layers that a "
                                     "model may have");
    bc_network_free(&network);
}

/* The mean of corrected logits is not the correction of their mean. */
static void networks_of_a_focal_loss_are_refused(void **state) {
    (void)state;
    bc_network network, ensemble;
    bc_error err = {0};
    const bc_ensemble_member members[2] = {{NULL, shared, 0}, {NULL, shared, 0}};
    make_network(&network, "{\"layers\":[{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":1}]}");
    assert_int_equal(bc_ensemble_check(&network, 2, &err), BC_OK);
    bc_spec_head(&network.spec)->gamma = 0.5;
    assert_int_equal(bc_ensemble_check(&network, 2, &err), BC_ERROR_USAGE);
    assert_int_equal(bc_ensemble_create(&ensemble, &network, members, 2, &shared, &err), BC_ERROR_USAGE);
    assert_true(strstr(err.message, "focal loss cannot be one") != NULL);
    bc_network_free(&ensemble);
    bc_network_free(&network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_logit_is_the_mean_of_the_networks_logits),
        cmocka_unit_test(two_outputs_of_a_softmax_become_their_difference),
        cmocka_unit_test(the_longest_names_and_those_that_the_ensemble_uses_itself_are_no_trouble),
        cmocka_unit_test(networks_of_a_focal_loss_are_refused),
        cmocka_unit_test(more_layers_than_a_model_may_have_are_refused),
    };
    return cmocka_run_group_tests_name("ensemble", tests, NULL, NULL);
}
