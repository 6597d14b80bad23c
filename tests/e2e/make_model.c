/* Writes a model that was never trained, so that predicting can be tested without training:
 * "make_model FILE SEED SCORES_SHA256 POSITIVE NEGATIVE [CALIBRATION]", the last as JSON; for gray pictures
 * of 28 x 28. */
#include <bclass/model.h>

#include "base/number.h"

#include <stdio.h>
#include <string.h>

static bc_status make(char **words, bc_error *err) {
    bc_model model = {.preprocess = {.width = 28, .height = 28, .channels = 1, .fit = BC_FIT_PAD},
                      .positive = words[4],
                      .negative = words[5],
                      .calibration = words[6]}; /* NULL when it is not there */
    const bc_shape shape = {.channels = 1, .height = 28, .width = 28};
    bc_spec spec;
    int64_t seed;
    model.preprocess.mean[0] = 100;
    model.preprocess.deviation[0] = 50;
    if (!bc_integer_parse(words[2], strlen(words[2]), &seed) || strlen(words[3]) >= BC_SHA256_TEXT_SIZE)
        return bc_fail(err, BC_ERROR_USAGE, "not a seed or not a hash");
    memcpy(model.scores_sha256, words[3], strlen(words[3]) + 1);
    bc_status status = bc_spec_preset(&spec, "small", shape, err);
    if (status == BC_OK)
        status = bc_network_create(&model.network, &spec, BC_PARAMETER_LIMIT, err);
    if (status == BC_OK) {
        bc_network_initialise(&model.network, (uint64_t)seed);
        status = bc_model_write(&model, words[1], err);
    }
    bc_network_free(&model.network);
    bc_spec_free(&spec);
    return status;
}

int main(int argc, char **argv) {
    bc_error err = {0};
    if ((argc == 6 || argc == 7) && make(argv, &err) == BC_OK)
        return 0;
    fprintf(stderr, "make_model: %s\n", err.message);
    return 1;
}
