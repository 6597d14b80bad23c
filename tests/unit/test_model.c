/* The model file. The files it is compared with, and the damaged ones, are put together here by hand, from
 * the public description of the safetensors layout: the length of the header in 8 little-endian bytes, the
 * header, the tensors. */
#define _POSIX_C_SOURCE 200809L
#include "temporary_tree.h"

#include <bclass/model.h>

#include <float.h>
#include <math.h>
#include <sys/resource.h>

enum { FILE_ROOM = 1 << 16 };

/* ---- models ---- */

static const char layers[] =
    "{\"layers\":[{\"type\":\"conv\",\"filters\":4,\"bias\":false},{\"type\":\"batch_norm\"},{\"type\":"
    "\"relu\"},"
    "{\"type\":\"conv\",\"filters\":4,\"kernel\":[1,3],\"name\":\"side\"},{\"type\":\"add\",\"with\":"
    "\"relu1\"},"
    "{\"type\":\"max_pool\"},{\"type\":\"average_pool\",\"kernel\":3,\"stride\":2,\"padding\":1},"
    "{\"type\":\"dropout\",\"rate\":0.1},{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":3},"
    "{\"type\":\"dense\",\"units\":2},"
    "{\"type\":\"softmax\",\"gamma\":2.1,\"offset\":-0.30000000000000004}]}";

static char *copy(const char *text) {
    char *copied = strdup(text);
    assert_non_null(copied);
    return copied;
}

static void make_network(bc_network *network, const char *text, bc_shape input) {
    bc_spec spec;
    bc_error err = {0};
    if (bc_spec_parse(&spec, text, strlen(text), "network", input, &err) != BC_OK ||
        bc_network_create(network, &spec, BC_PARAMETER_LIMIT, &err) != BC_OK)
        fail_msg("%s", err.message);
}

/* Every kind of layer, and floats that do not survive a careless way through text. */
static void make_model(bc_model *model) {
    *model = (bc_model){.preprocess = {.width = 10,
                                       .height = 8,
                                       .channels = 3,
                                       .fit = BC_FIT_CROP,
                                       .mean = {0.1f, 100 + 1.0f / 3, FLT_MIN / 2},
                                       .deviation = {FLT_TRUE_MIN, 57.123456f, FLT_MAX}}};
    make_network(&model->network, layers, (bc_shape){3, 8, 10});
    bc_network_initialise(&model->network, 7);
    float *values = model->network.values;
    values[0] = -0.0f;
    values[1] = FLT_TRUE_MIN;
    values[2] = -FLT_MAX;
    values[3] = 0x1.fffffep-1f;
    model->positive = copy("T\xc3\xa4\"\\\n, \xe7\x8c\xab");
    model->negative = copy("not it");
    model->settings = copy("{\"epochs\":3,\"note\":\"a \\\"b\\\"\"}");
    model->calibration = copy("{\"method\":\"none\"}");
    memset(model->data_sha256, 'a', BC_SHA256_TEXT_SIZE - 1);
    memset(model->scores_sha256, '0', BC_SHA256_TEXT_SIZE - 1);
}

/* Two weights and a bias on two gray pixels. */
static void make_small_model(bc_model *model) {
    static const float values[] = {1, -2.5f, 0.1f};
    *model = (bc_model){.preprocess = {.width = 2,
                                       .height = 1,
                                       .channels = 1,
                                       .fit = BC_FIT_STRETCH,
                                       .mean = {127.5f, 0, 0},
                                       .deviation = {0.25f, 1, 1}}};
    make_network(&model->network, "{\"layers\":[{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":1}]}",
                 (bc_shape){1, 1, 2});
    assert_int_equal(model->network.count, 3);
    memcpy(model->network.values, values, sizeof values);
    model->positive = copy("cat");
    model->negative = copy("dog");
}

static void write_model(const bc_model *model, const char *path) {
    bc_error err = {0};
    if (bc_model_write(model, path, &err) != BC_OK)
        fail_msg("%s", err.message);
}

static void read_model(bc_model *model, const char *path) {
    bc_error err = {0};
    if (bc_model_read(model, path, &err) != BC_OK)
        fail_msg("%s", err.message);
}

static size_t slurp(uint8_t bytes[FILE_ROOM], const char *path) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, FILE_ROOM, file);
    assert_in_range(size, 1, FILE_ROOM - 1);
    fclose(file);
    return size;
}

static void assert_same_file(const char *a, const char *b) {
    static uint8_t left[FILE_ROOM], right[FILE_ROOM];
    size_t size = slurp(left, a);
    assert_int_equal(slurp(right, b), size);
    assert_memory_equal(left, right, size);
}

/* ---- good files ---- */

static void assert_same_layers(const bc_spec *a, const bc_spec *b) {
    assert_memory_equal(&a->input, &b->input, sizeof a->input);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const bc_layer *x = &a->layers[i], *y = &b->layers[i];
        assert_int_equal(x->kind, y->kind);
        assert_string_equal(x->name, y->name);
        assert_int_equal(x->input, y->input);
        assert_int_equal(x->other, y->other);
        assert_int_equal(x->filters, y->filters);
        assert_memory_equal(&x->kernel, &y->kernel, sizeof x->kernel);
        assert_memory_equal(&x->stride, &y->stride, sizeof x->stride);
        assert_memory_equal(&x->padding, &y->padding, sizeof x->padding);
        assert_int_equal(x->bias, y->bias);
        assert_memory_equal(&x->rate, &y->rate, sizeof x->rate);
        assert_memory_equal(&x->gamma, &y->gamma, sizeof x->gamma);
        assert_memory_equal(&x->offset, &y->offset, sizeof x->offset);
        assert_memory_equal(&x->output, &y->output, sizeof x->output);
    }
}

static void a_model_reads_back_bit_by_bit(void **state) {
    (void)state;
    bc_model model, again;
    make_model(&model);
    write_model(&model, "m");
    read_model(&again, "m");
    assert_same_layers(&model.network.spec, &again.network.spec);
    assert_int_equal(again.network.count, model.network.count);
    assert_int_equal(again.network.learned, model.network.learned);
    assert_memory_equal(again.network.values, model.network.values, sizeof(float) * model.network.count);
    assert_int_equal(again.preprocess.width, 10);
    assert_int_equal(again.preprocess.height, 8);
    assert_int_equal(again.preprocess.channels, 3);
    assert_int_equal(again.preprocess.fit, BC_FIT_CROP);
    assert_memory_equal(again.preprocess.mean, model.preprocess.mean, sizeof model.preprocess.mean);
    assert_memory_equal(again.preprocess.deviation, model.preprocess.deviation, sizeof model.preprocess.mean);
    assert_string_equal(again.positive, model.positive);
    assert_string_equal(again.negative, model.negative);
    assert_string_equal(again.settings, model.settings);
    assert_string_equal(again.calibration, model.calibration);
    assert_string_equal(again.data_sha256, model.data_sha256);
    assert_string_equal(again.scores_sha256, model.scores_sha256);
    write_model(&again, "n");
    assert_same_file("m", "n");
    bc_model_free(&model);
    bc_model_free(&again);
}

static void what_is_not_known_stays_so(void **state) {
    (void)state;
    bc_model model, again;
    make_small_model(&model);
    write_model(&model, "m");
    read_model(&again, "m");
    assert_null(again.settings);
    assert_null(again.calibration);
    assert_string_equal(again.data_sha256, "");
    assert_string_equal(again.scores_sha256, "");
    assert_memory_equal(&again.preprocess.mean, &model.preprocess.mean, sizeof model.preprocess.mean);
    assert_memory_equal(&again.preprocess.deviation, &model.preprocess.deviation,
                        sizeof model.preprocess.mean);
    bc_model_free(&model);
    bc_model_free(&again);
}

/* Older programs would normalise it as all did, and must refuse it. */
static void a_model_that_normalises_by_picture_says_so_in_a_new_version(void **state) {
    (void)state;
    static uint8_t bytes[FILE_ROOM];
    bc_model model, again;
    make_small_model(&model);
    model.preprocess.normalise = BC_NORMALISE_PICTURE;
    model.preprocess.mean[0] = 0;
    model.preprocess.deviation[0] = 1;
    write_model(&model, "m");
    bytes[slurp(bytes, "m")] = '\0';
    assert_non_null(strstr((const char *)bytes + 8, "\"version\":\"3\""));
    assert_null(strstr((const char *)bytes + 8, "mean"));
    read_model(&again, "m");
    assert_int_equal(again.preprocess.normalise, BC_NORMALISE_PICTURE);
    assert_true(again.preprocess.mean[0] == 0 && again.preprocess.deviation[0] == 1);
    bc_model_free(&model);
    bc_model_free(&again);
}

static void the_same_model_gives_the_same_bytes(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        bc_model model;
        make_model(&model);
        write_model(&model, i == 0 ? "m" : "n");
        bc_model_free(&model);
    }
    assert_same_file("m", "n");
}

static void presets_read_back(void **state) {
    (void)state;
    for (size_t i = 0; bc_preset_names[i] != NULL; i++) {
        bc_model model, again;
        bc_spec spec;
        bc_error err;
        make_small_model(&model);
        bc_network_free(&model.network);
        model.preprocess.width = model.preprocess.height = 16;
        assert_int_equal(bc_spec_preset(&spec, bc_preset_names[i], (bc_shape){1, 16, 16}, &err), BC_OK);
        assert_int_equal(bc_network_create(&model.network, &spec, BC_PARAMETER_LIMIT, &err), BC_OK);
        bc_network_initialise(&model.network, 1);
        write_model(&model, "m");
        read_model(&again, "m");
        assert_int_equal(again.network.count, model.network.count);
        assert_memory_equal(again.network.values, model.network.values, sizeof(float) * model.network.count);
        bc_model_free(&model);
        bc_model_free(&again);
    }
}

static void the_layout_is_the_public_one(void **state) {
    (void)state;
    static const char start[] = "{\"__metadata__\":{\"format\":\"bclass\",\"version\":\"2\",\"program\":\"";
    static const char middle[] =
        "\",\"network\":\"{\\\"layers\\\":[{\\\"type\\\":\\\"flatten\\\",\\\"name\\\":\\\"flatten1\\\","
        "\\\"input\\\":\\\"image\\\"},{\\\"type\\\":\\\"dense\\\",\\\"name\\\":\\\"dense1\\\","
        "\\\"input\\\":\\\"flatten1\\\",\\\"units\\\":1,\\\"bias\\\":true},"
        "{\\\"type\\\":\\\"sigmoid\\\",\\\"name\\\":\\\"sigmoid1\\\",\\\"input\\\":\\\"dense1\\\","
        "\\\"gamma\\\":0,\\\"offset\\\":0}]}\",\"preprocess\":\""
        "{\\\"width\\\":2,\\\"height\\\":1,\\\"channels\\\":1,\\\"fit\\\":\\\"stretch\\\",\\\"mean\\\":[127."
        "5],"
        "\\\"deviation\\\":[0.25]}\",\"positive\":\"cat\",\"negative\":\"dog\",\"data_sha256\":\"\","
        "\"scores_sha256\":\"\",\"settings\":\"\"},"
        "\"dense1.weight\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
        "\"dense1.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}";
    /* 1, -2.5 and 0.1 in IEEE 754 binary32 */
    static const uint8_t values[] = {0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0, 0xcd, 0xcc, 0xcc, 0x3d};
    static uint8_t bytes[FILE_ROOM];
    bc_model model;
    make_small_model(&model);
    write_model(&model, "m");
    bc_model_free(&model);
    size_t size = slurp(bytes, "m");
    size_t length = bytes[0] + 256u * bytes[1];
    assert_memory_equal(bytes + 2, "\0\0\0\0\0\0", 6);
    assert_int_equal(length % 8, 0);
    assert_int_equal(size, 8 + length + sizeof values);
    assert_memory_equal(bytes + 8 + length, values, sizeof values);
    assert_memory_equal(bytes + 8, start, strlen(start));
    bytes[8 + length] = '\0';
    const char *rest = strchr((const char *)bytes + 8 + strlen(start), '"');
    assert_non_null(rest);
    assert_memory_equal(rest, middle, strlen(middle));
    const char *padding = rest + strlen(middle);
    assert_in_range(strlen(padding), 0, 7);
    assert_int_equal(strspn(padding, " "), strlen(padding));
}

/* ---- a file put together by hand ---- */

/* One gray pixel: batch norm, flatten, dense; seven values. The tensors lie in another order than ours. */
#define METADATA                                                                                             \
    "\"__metadata__\":{\"format\":\"bclass\",\"version\":\"1\",\"program\":\"9\",\"network\":\"{"            \
    "\\\"layers\\\":"                                                                                        \
    "[{\\\"type\\\":\\\"batch_norm\\\"},{\\\"type\\\":\\\"flatten\\\"},{\\\"type\\\":\\\"dense\\\","         \
    "\\\"units\\\":1}]}\",\"preprocess\":\"{\\\"width\\\":2,\\\"height\\\":1,\\\"channels\\\":1,"            \
    "\\\"fit\\\":\\\"pad\\\",\\\"mean\\\":[3],\\\"deviation\\\":[5]}\",\"positive\":\"cat\",\"negative\":"   \
    "\"dog\",\"data_sha256\":\"\",\"scores_sha256\":\"\",\"settings\":\"{}\"}"

static const char good[] =
    "{" METADATA ",\"dense1.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
    "\"dense1.weight\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[4,12]},"
    "\"batch_norm1.running_mean\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]},"
    "\"batch_norm1.running_var\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[16,20]},"
    "\"batch_norm1.weight\":{\"data_offsets\":[20,24],\"shape\":[1],\"dtype\":\"F32\"},"
    "\"batch_norm1.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[24,28]}}";

/* 1 to 7 in IEEE 754 binary32 */
static const uint8_t good_data[28] = {0, 0, 0x80, 0x3f, 0, 0, 0x00, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40,
                                      0, 0, 0xa0, 0x40, 0, 0, 0xc0, 0x40, 0, 0, 0xe0, 0x40};

static size_t put_file_of_length(const char *path, uint64_t told, const char *header, size_t length,
                                 const void *data, size_t size) {
    uint8_t *bytes = malloc(8 + length + size);
    assert_non_null(bytes);
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(told >> (8 * i));
    memcpy(bytes + 8, header, length);
    memcpy(bytes + 8 + length, data, size);
    put_bytes(path, bytes, 8 + length + size);
    free(bytes);
    return 8 + length + size;
}

static void put_file(const char *path, const char *header, const void *data, size_t size) {
    put_file_of_length(path, strlen(header), header, strlen(header), data, size);
}

static void assert_read_fails(const char *path, bc_status expected, const char *message) {
    bc_model model;
    bc_error err = {0};
    bc_status status = bc_model_read(&model, path, &err);
    bc_model_free(&model);
    assert_string_equal(err.message, message);
    assert_int_equal(status, expected);
}

static void assert_header_fails(const char *header, const char *message) {
    put_file("m", header, good_data, sizeof good_data);
    assert_read_fails("m", BC_ERROR_FORMAT, message);
}

static void a_file_in_another_order_is_read(void **state) {
    (void)state;
    bc_model model;
    put_file("m", good, good_data, sizeof good_data);
    read_model(&model, "m");
    const struct {
        uint32_t layer;
        const char *part;
        float first;
    } expected[] = {{2, "bias", 1},        {2, "weight", 2}, {0, "running_mean", 4},
                    {0, "running_var", 5}, {0, "weight", 6}, {0, "bias", 7}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const bc_tensor *tensor = bc_network_tensor(&model.network, expected[i].layer, expected[i].part);
        assert_non_null(tensor);
        assert_true(model.network.values[tensor->offset] == expected[i].first);
    }
    assert_int_equal(model.network.spec.count, 4); /* files of version 1 have no head, which meant sigmoid */
    assert_int_equal(bc_spec_head(&model.network.spec)->kind, BC_LAYER_SIGMOID);
    assert_true(bc_spec_head(&model.network.spec)->gamma == 0 &&
                bc_spec_head(&model.network.spec)->offset == 0);
    assert_string_equal(model.positive, "cat");
    assert_string_equal(model.settings, "{}");
    assert_int_equal(model.preprocess.fit, BC_FIT_PAD);
    assert_true(model.preprocess.mean[0] == 3 && model.preprocess.deviation[0] == 5);
    bc_model_free(&model);
}

/* ---- damaged headers ---- */

/* The header with one piece replaced by another. */
static void edit(char *header, size_t room, const char *piece, const char *by) {
    const char *at = strstr(good, piece);
    assert_non_null(at);
    assert_null(strstr(at + 1, piece));
    int length = snprintf(header, room, "%.*s%s%s", (int)(at - good), good, by, at + strlen(piece));
    assert_in_range(length, 1, room - 1);
}

typedef struct damage {
    const char *piece, *by, *message; /* of the header; the message follows "m: " */
} damage;

static void assert_damages_are_told(const damage *damages, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char header[2 * sizeof good], message[BC_MESSAGE_SIZE];
        edit(header, sizeof header, damages[i].piece, damages[i].by);
        snprintf(message, sizeof message, "m: %s", damages[i].message);
        assert_header_fails(header, message);
    }
}

#define BIAS "\"dense1.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}"
#define OUTSIDE "tensor 'dense1.bias' does not lie within the file"

static void tensors_that_lie_are_told(void **state) {
    (void)state;
    static const damage damages[] = {
        {BIAS ",", "", "tensor 'dense1.bias' is missing"},
        {BIAS, BIAS "," BIAS, "tensor 'dense1.bias' is there twice"},
        {"dense1.bias", "dense1.Bias", "tensor 'dense1.Bias' is none of the network's"},
        {BIAS, BIAS ",\"x\\n\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}",
         "tensor 'x?' is none of the network's"},
        {BIAS, BIAS ",\"__metadata__\":{}", "tensor '__metadata__' is none of the network's"},
        {BIAS, "\"dense1.bias\":null", "tensor 'dense1.bias' must have dtype, shape and data_offsets"},
        {BIAS, "\"dense1.bias\":{\"dtype\":\"F32\",\"shape\":[1]}",
         "tensor 'dense1.bias' must have dtype, shape and data_offsets"},
        {BIAS, "\"dense1.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"dtype\":\"F32\"}",
         "tensor 'dense1.bias' must have dtype, shape and data_offsets"},
        {BIAS, "\"dense1.bias\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,4]}",
         "tensor 'dense1.bias' is not of type F32"},
        {BIAS, "\"dense1.bias\":{\"dtype\":5,\"shape\":[1],\"data_offsets\":[0,4]}",
         "tensor 'dense1.bias' is not of type F32"},
        {"\"shape\":[1,2]", "\"shape\":[2,1]",
         "tensor 'dense1.weight' has another shape than the network says"},
        {"\"shape\":[1,2]", "\"shape\":[1,2,1]",
         "tensor 'dense1.weight' has another shape than the network says"},
        {"\"shape\":[1,2]", "\"shape\":[]", "tensor 'dense1.weight' has another shape than the network says"},
        {"\"shape\":[1,2]", "\"shape\":{\"a\":1,\"b\":2}",
         "tensor 'dense1.weight' has another shape than the network says"},
        {"\"shape\":[1,2]", "\"shape\":[1,\"2\"]",
         "tensor 'dense1.weight' has another shape than the network says"},
        {"\"shape\":[1,2]", "\"shape\":[1,4294967298]",
         "tensor 'dense1.weight' has another shape than the network says"},
        {"[0,4]", "[-4,0]", OUTSIDE},
        {"[0,4]", "[4,0]", OUTSIDE},
        {"[0,4]", "[0,4.5]", OUTSIDE},
        {"[0,4]", "[0,32]", OUTSIDE},
        {"[0,4]", "[0,9007199254740992]", OUTSIDE},
        {"[0,4]", "[0,1e300]", OUTSIDE},
        {"[0,4]", "[0,1e999]", OUTSIDE},
        {"[0,4]", "[0]", OUTSIDE},
        {"[0,4]", "[0,4,8]", OUTSIDE},
        {"[0,4]", "\"04\"", OUTSIDE},
        {"[0,4]", "[0,8]", "tensor 'dense1.bias' has another size than its shape says"},
        {"[0,4]", "[0,0]", "tensor 'dense1.bias' has another size than its shape says"},
        {"[0,4]", "[0,5]", "tensor 'dense1.bias' has another size than its shape says"},
        {"[0,4]", "[4,8]", "its tensors leave a gap at byte 0 of the data"},
        {"[4,12]", "[0,8]", "its tensors overlap at byte 4 of the data"},
        {"[4,12]", "[3,11]", "its tensors overlap at byte 4 of the data"},
        {"[24,28]", "[20,24]", "its tensors overlap at byte 24 of the data"},
    };
    assert_damages_are_told(damages, sizeof damages / sizeof *damages);
}

#define NEGATIVE "no usable model: 'negative' must be the name of another class than 'positive', in UTF-8"
#define HASH " must be 64 hexadecimal digits or empty"
#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static void texts_that_cannot_be_are_told(void **state) {
    (void)state;
    static const damage damages[] = {
        {"\"format\":\"bclass\"", "\"format\":\"pt\"", "is a safetensors file but not a bclass model"},
        {"\"format\":\"bclass\",", "", "is a safetensors file but not a bclass model"},
        {METADATA ",", "", "is a safetensors file but not a bclass model"},
        {METADATA, "\"__metadata__\":{}", "is a safetensors file but not a bclass model"},
        {METADATA, "\"__metadata__\":\"bclass\"",
         "not a safetensors file: '__metadata__' is not an object of strings"},
        {"\"program\":\"9\"", "\"program\":9",
         "not a safetensors file: '__metadata__' is not an object of strings"},
        {"\"version\":\"1\"", "\"version\":\"4\"", "was written by a newer bclass (model version 4)"},
        {"\"version\":\"1\",", "", "no usable model: 'version' must be there"},
        {"\"positive\":\"cat\"", "\"positive\":\"\"",
         "no usable model: 'positive' must be the name of a class, in UTF-8"},
        {"\"positive\":\"cat\",", "", "no usable model: 'positive' must be there once"},
        {"\"positive\":\"cat\"", "\"positive\":\"cat\",\"positive\":\"dog\"",
         "no usable model: 'positive' must be there once"},
        {"\"positive\":\"cat\"", "\"positive\":\"dog\"", NEGATIVE},
        {"\"positive\":\"cat\"", "\"positive\":\"\xff\"",
         "not a safetensors file: its header is not a JSON object"},
        {"\"negative\":\"dog\"", "\"negative\":\"\"", NEGATIVE},
        {"\"data_sha256\":\"\"", "\"data_sha256\":\"" DIGITS "\"", "no usable model: 'data_sha256'" HASH},
        {"\"data_sha256\":\"\"", "\"data_sha256\":\"" DIGITS "fg\"", "no usable model: 'data_sha256'" HASH},
        {"\"scores_sha256\":\"\"", "\"scores_sha256\":\"" DIGITS "g\"",
         "no usable model: 'scores_sha256'" HASH},
        {"\"settings\":\"{}\"", "\"settings\":\"{\"",
         "no usable model: 'settings' must be a JSON object or empty"},
        {"\"settings\":\"{}\"", "\"settings\":\"{}\",\"calibration\":\"[]\"",
         "no usable model: 'calibration' must be a JSON object"},
        {"\"settings\":\"{}\"", "\"settings\":\"{}\",\"calibration\":\"{}\",\"calibration\":\"{}\"",
         "no usable model: 'calibration' must be there once"},
        {"\"settings\":\"{}\"", "\"settings\":\"7\"",
         "no usable model: 'settings' must be a JSON object or empty"},
    };
    assert_damages_are_told(damages, sizeof damages / sizeof *damages);
}

#define SIDE " must be a whole number from 1 to 4096"
#define DENSE "{\\\"type\\\":\\\"dense\\\",\\\"units\\\":1}"
#define NORM "{\\\"type\\\":\\\"batch_norm\\\"}"

static void preprocessing_and_networks_that_cannot_be_are_told(void **state) {
    (void)state;
    static const damage damages[] = {
        {"\"preprocess\":\"{", "\"preprocess\":\"",
         "no usable model: 'preprocess' must be there once, as JSON text"},
        {"\\\"width\\\":2", "\\\"width\\\":0", "no usable model: 'width' must be from 1 to 4096"},
        {"\\\"width\\\":2", "\\\"width\\\":4097", "no usable model: 'width'" SIDE},
        {"\\\"width\\\":2", "\\\"width\\\":1.5", "no usable model: 'width'" SIDE},
        {"\\\"height\\\":1", "\\\"height\\\":-1", "no usable model: 'height'" SIDE},
        {"\\\"height\\\":1,", "", "no usable model: 'height'" SIDE},
        {"\\\"channels\\\":1", "\\\"channels\\\":2", "no usable model: 'channels' must be 1 or 3"},
        {"\\\"fit\\\":\\\"pad\\\"", "\\\"fit\\\":\\\"fill\\\"",
         "no usable model: 'fit' must be pad, stretch or crop"},
        {"\\\"fit\\\":\\\"pad\\\"", "\\\"fit\\\":1", "no usable model: 'fit' must be pad, stretch or crop"},
        {"\\\"fit\\\"", "\\\"normalise\\\":\\\"all\\\",\\\"fit\\\"",
         "no usable model: 'normalise' must be set or picture"},
        {"\\\"fit\\\"", "\\\"normalise\\\":1,\\\"fit\\\"",
         "no usable model: 'normalise' must be set or picture"},
        {"\\\"fit\\\":\\\"pad\\\"", "\\\"fit\\\":\\\"pad\\\",\\\"mirror\\\":1",
         "no usable model: 'mirror' must be true or false"},
        {"[3]", "[3,3,3]", "no usable model: 'mean' must be a list of one number a channel"},
        {"[3]", "[1e39]", "no usable model: 'mean' must be a list of finite numbers"},
        {"[3]", "[null]", "no usable model: 'mean' must be a list of finite numbers"},
        {"[5]", "[]", "no usable model: 'deviation' must be a list of one number a channel"},
        {"[5]", "[0]", "no usable model: 'deviation' must be greater than 0 and finite"},
        {"[5]", "[-1]", "no usable model: 'deviation' must be greater than 0 and finite"},
        {"[5]", "[1e-60]", "no usable model: 'deviation' must be greater than 0 and finite"},
        {"[5]", "[1e999]", "no usable model: 'deviation' must be a list of finite numbers"},
        {"\"network\":\"{", "\"network\":\"", "no usable model: 'network' must be there once, as JSON text"},
        {"\\\"layers\\\"", "\\\"Layers\\\"", "no \"layers\" array"},
        {"\\\"batch_norm\\\"", "\\\"layer_norm\\\"",
         "layer 1: \"type\" must be conv, dense, batch_norm, relu, max_pool, average_pool, "
         "global_average_pool, "
         "dropout, add, flatten, sigmoid or softmax"},
        {"\\\"units\\\":1", "\\\"units\\\":2",
         "layer dense1 (dense): 2 units at the end need a softmax layer behind them; or use 1 unit"},
        {DENSE, DENSE ",{\\\"type\\\":\\\"softmax\\\"}",
         "layer softmax1 (softmax): softmax of one output is always 1, whatever the picture; use sigmoid, or "
         "2 "
         "units"},
        {DENSE, DENSE ",{\\\"type\\\":\\\"sigmoid\\\",\\\"gamma\\\":-1}",
         "layer sigmoid1 (sigmoid): gamma is from 0 to 10"},
        {DENSE, DENSE ",{\\\"type\\\":\\\"sigmoid\\\",\\\"offset\\\":1e999}",
         "layer 4: \"offset\" must be a number"},
        /* another picture: the tensors are of other shapes */
        {"\\\"width\\\":2", "\\\"width\\\":1",
         "tensor 'dense1.weight' has another shape than the network says"},
        {"\\\"width\\\":2", "\\\"width\\\":3",
         "cut short or damaged: its network has 8 parameters, its data has room for 7"},
    };
    assert_damages_are_told(damages, sizeof damages / sizeof *damages);
}

static long peak_kilobytes(void) {
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static void a_huge_network_in_a_tiny_file_takes_no_memory(void **state) {
    (void)state;
    static const damage damages[] = {
        /* 1 x 1 convolutions: 4 + 2 x 16384 + (16384^2 + 16384) + (2 x 16384 + 1) parameters */
        {NORM,
         NORM ",{\\\"type\\\":\\\"conv\\\",\\\"kernel\\\":1,\\\"filters\\\":16384},"
              "{\\\"type\\\":\\\"conv\\\",\\\"kernel\\\":1,\\\"filters\\\":16384}",
         "cut short or damaged: its network has 268517381 parameters, its data has room for 7"},
        /* below the limit on parameters: 4 + 2 x 12000 + 12000 x 16384 + 16384 + 2 x 16384 + 1 */
        {NORM,
         NORM ",{\\\"type\\\":\\\"conv\\\",\\\"kernel\\\":1,\\\"filters\\\":12000},"
              "{\\\"type\\\":\\\"conv\\\",\\\"kernel\\\":1,\\\"filters\\\":16384}",
         "cut short or damaged: its network has 196681157 parameters, its data has room for 7"},
        {NORM, NORM ",{\\\"type\\\":\\\"conv\\\",\\\"filters\\\":16385}",
         "layer 2: \"filters\" must be a whole number from 0 to 16384"},
    };
    long before = peak_kilobytes();
    assert_damages_are_told(damages, sizeof damages / sizeof *damages);
    assert_in_range(peak_kilobytes() - before, 0, 32 << 10);
}

/* ---- damaged values and files ---- */

static void values_that_cannot_be_are_told(void **state) {
    (void)state;
    static const struct {
        size_t position;
        uint8_t high[2]; /* the upper half of the number */
        const char *message;
    } damages[] = {
        {0, {0xc0, 0x7f}, "m: no usable model: 'dense1.bias' must be finite in all its values"},   /* NaN */
        {8, {0x80, 0x7f}, "m: no usable model: 'dense1.weight' must be finite in all its values"}, /* inf */
        {24,
         {0x80, 0xff},
         "m: no usable model: 'batch_norm1.bias' must be finite in all its values"}, /* -inf */
        {16,
         {0x80, 0xbf},
         "m: no usable model: 'batch_norm1.running_var' must be at least 0 in all its values"},
    };
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        uint8_t data[sizeof good_data];
        memcpy(data, good_data, sizeof data);
        memcpy(data + damages[i].position + 2, damages[i].high, 2);
        put_file("m", good, data, sizeof data);
        assert_read_fails("m", BC_ERROR_FORMAT, damages[i].message);
    }
}

static void bytes_after_the_tensors_are_told(void **state) {
    (void)state;
    uint8_t data[sizeof good_data + 1] = {0};
    put_file("m", good, data, sizeof data);
    assert_read_fails("m", BC_ERROR_FORMAT, "m: 1 bytes after the last tensor");
}

static void a_lying_length_is_told(void **state) {
    (void)state;
    static const uint64_t lengths[] = {sizeof good + sizeof good_data, (16 << 20) + 1, UINT64_C(1) << 32,
                                       UINT64_MAX, UINT64_MAX - 7};
    char message[128];
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        put_file_of_length("m", lengths[i], good, strlen(good), good_data, sizeof good_data);
        snprintf(message, sizeof message,
                 "m: not a safetensors file, or cut short: its header would have %llu bytes",
                 (unsigned long long)lengths[i]);
        assert_read_fails("m", BC_ERROR_FORMAT, message);
    }
    static const uint64_t short_lengths[] = {0, 1, sizeof good - 2, sizeof good + 3};
    for (size_t i = 0; i < sizeof short_lengths / sizeof *short_lengths; i++) {
        put_file_of_length("m", short_lengths[i], good, strlen(good), good_data, sizeof good_data);
        assert_read_fails("m", BC_ERROR_FORMAT, "m: not a safetensors file: its header is not a JSON object");
    }
}

static void a_header_that_is_no_json_object_is_told(void **state) {
    (void)state;
    static const char message[] = "m: not a safetensors file: its header is not a JSON object";
    enum { DEEP = 100000 };
    static char deep[DEEP + 1];
    assert_header_fails("", message);
    assert_header_fails("P6 hello", message);
    assert_header_fails("[1, 2]", message);
    assert_header_fails("{} {}", message);
    memset(deep, '[', DEEP);
    assert_header_fails(deep, message);
    put_file_of_length("m", sizeof good, good, sizeof good, good_data, sizeof good_data); /* with its NUL */
    assert_read_fails("m", BC_ERROR_FORMAT, message);
    assert_header_fails("{}", "m: is a safetensors file but not a bclass model");
}

/* 16 MiB of "[]," are 5.6 million values, which take 670 MB once they are parsed. */
static void a_header_of_too_many_values_takes_no_memory(void **state) {
    (void)state;
    enum { SIZE = 16 << 20 };
    char *header = malloc(SIZE + 1);
    assert_non_null(header);
    memcpy(header, "{\"a\":[[]", 8);
    for (size_t at = 8; at + 3 <= SIZE; at += 3) /* up to the last two bytes */
        memcpy(header + at, ",[]", 3);
    memcpy(header + SIZE - 2, "]}", 3);
    assert_header_fails(header, "m: not a safetensors file: its header is not a JSON object");
    free(header);
}

static void what_is_no_file_is_told(void **state) {
    (void)state;
    assert_int_equal(mkdir("m", 0777), 0);
    assert_read_fails("m", BC_ERROR_IO, "m: is a folder, not a file");
    assert_read_fails("m/absent", BC_ERROR_IO, "m/absent: No such file or directory");
    assert_int_equal(mkfifo("f", 0666), 0);
    assert_read_fails("f", BC_ERROR_IO, "f: is not a regular file");
    put("e", "");
    assert_read_fails("e", BC_ERROR_FORMAT, "e: empty file");
    put("s", "1234567");
    assert_read_fails("s", BC_ERROR_FORMAT, "s: cut short: no safetensors file is so small");
}

/* The file is made of the first size bytes. Only a clear refusal is allowed, or also success. */
static void assert_told_or_read(const uint8_t *bytes, size_t size, bool may_read) {
    bc_model model;
    bc_error err = {0};
    put_bytes("m", bytes, size);
    bc_status status = bc_model_read(&model, "m", &err);
    bc_model_free(&model);
    if (status == BC_OK && may_read)
        return;
    assert_int_equal(status, BC_ERROR_FORMAT);
    assert_memory_equal(err.message, "m: ", 3);
}

static void a_file_cut_short_anywhere_is_told(void **state) {
    (void)state;
    static uint8_t bytes[FILE_ROOM];
    put_file("m", good, good_data, sizeof good_data);
    size_t size = slurp(bytes, "m");
    for (size_t length = 0; length < size; length++)
        assert_told_or_read(bytes, length, false);
    assert_told_or_read(bytes, size, true);
}

static void a_changed_byte_is_told_or_harmless(void **state) {
    (void)state;
    static const uint8_t changes[] = {0x01, 0x10, 0x80, 0xff};
    static uint8_t bytes[FILE_ROOM];
    put_file("m", good, good_data, sizeof good_data);
    size_t size = slurp(bytes, "m");
    for (size_t i = 0; i < size; i++) {
        for (size_t k = 0; k < sizeof changes; k++) {
            bytes[i] ^= changes[k];
            assert_told_or_read(bytes, size, true);
            bytes[i] ^= changes[k];
        }
    }
}

/* ---- writing what cannot be read ---- */

static void assert_write_fails(const bc_model *model, const char *message) {
    bc_error err = {0};
    put("m", "old");
    assert_int_equal(bc_model_write(model, "m", &err), BC_ERROR_FORMAT);
    assert_string_equal(err.message, message);
    static uint8_t bytes[FILE_ROOM];
    assert_int_equal(slurp(bytes, "m"), 3);
    assert_memory_equal(bytes, "old", 3);
}

static void what_could_not_be_read_is_not_written(void **state) {
    (void)state;
    bc_model model;
    make_small_model(&model);
    model.network.values[1] = NAN;
    assert_write_fails(&model, "m: no usable model: 'dense1.weight' must be finite in all its values");
    model.network.values[1] = 0;
    model.preprocess.deviation[0] = 0;
    assert_write_fails(&model, "m: no usable model: 'deviation' must be greater than 0 and finite");
    model.preprocess.deviation[0] = 1;
    model.preprocess.mean[0] = INFINITY;
    assert_write_fails(&model, "m: no usable model: 'mean' must be finite");
    model.preprocess.mean[0] = 0;
    strcpy(model.data_sha256, "0");
    assert_write_fails(&model, "m: no usable model: 'data_sha256' must be 64 hexadecimal digits or empty");
    model.data_sha256[0] = '\0';
    strcpy(model.scores_sha256, "0");
    assert_write_fails(&model, "m: no usable model: 'scores_sha256' must be 64 hexadecimal digits or empty");
    model.scores_sha256[0] = '\0';
    model.preprocess.width = 3;
    assert_write_fails(
        &model, "m: no usable model: 'network' must be for pictures of the size that 'preprocess' says");
    model.preprocess.width = 2;
    model.positive[0] = '\0';
    assert_write_fails(&model, "m: no usable model: 'positive' must be the name of a class, in UTF-8");
    model.positive[0] = '\xff'; /* would be written as U+FFFD */
    assert_write_fails(&model, "m: no usable model: 'positive' must be the name of a class, in UTF-8");
    bc_model_free(&model);
}

static void a_folder_that_is_not_there_is_told(void **state) {
    (void)state;
    bc_model model;
    bc_error err;
    make_small_model(&model);
    assert_int_equal(bc_model_write(&model, "absent/m", &err), BC_ERROR_IO);
    assert_string_equal(err.message, "absent/m: cannot write: No such file or directory");
    bc_model_free(&model);
}

static void freeing_nothing_is_fine(void **state) {
    (void)state;
    bc_model model = {0};
    bc_model_free(NULL);
    bc_model_free(&model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        in_tree(a_model_reads_back_bit_by_bit),
        in_tree(what_is_not_known_stays_so),
        in_tree(the_same_model_gives_the_same_bytes),
        in_tree(presets_read_back),
        in_tree(a_model_that_normalises_by_picture_says_so_in_a_new_version),
        in_tree(the_layout_is_the_public_one),
        in_tree(a_file_in_another_order_is_read),
        in_tree(tensors_that_lie_are_told),
        in_tree(texts_that_cannot_be_are_told),
        in_tree(preprocessing_and_networks_that_cannot_be_are_told),
        in_tree(a_huge_network_in_a_tiny_file_takes_no_memory),
        in_tree(values_that_cannot_be_are_told),
        in_tree(bytes_after_the_tensors_are_told),
        in_tree(a_lying_length_is_told),
        in_tree(a_header_that_is_no_json_object_is_told),
        in_tree(a_header_of_too_many_values_takes_no_memory),
        in_tree(what_is_no_file_is_told),
        in_tree(a_file_cut_short_anywhere_is_told),
        in_tree(a_changed_byte_is_told_or_harmless),
        in_tree(what_could_not_be_read_is_not_written),
        in_tree(a_folder_that_is_not_there_is_told),
        in_tree(freeing_nothing_is_fine),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
