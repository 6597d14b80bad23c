/* A network as JSON: what is understood is written and understood in the same way, and can be run. */
#include "fuzz.h"

#include "base/json.h"
#include "net/spec_json.h"
#include "run_network.h"

#include <string.h>

static bool is_same_pair(bc_pair a, bc_pair b) {
    return a.height == b.height && a.width == b.width;
}

/* What does not concern a layer may differ. */
static bool is_same_layer(const bc_layer *a, const bc_layer *b) {
    const bool slides =
        a->kind == BC_LAYER_CONV || a->kind == BC_LAYER_MAX_POOL || a->kind == BC_LAYER_AVERAGE_POOL;
    if (a->kind != b->kind || strcmp(a->name, b->name) != 0 || a->input != b->input)
        return false;
    if (a->kind == BC_LAYER_ADD && a->other != b->other)
        return false;
    if (slides && !(is_same_pair(a->kernel, b->kernel) && is_same_pair(a->stride, b->stride) &&
                    is_same_pair(a->padding, b->padding)))
        return false;
    return a->filters == b->filters && a->bias == b->bias && a->rate == b->rate && a->gamma == b->gamma &&
           a->offset == b->offset && memcmp(&a->output, &b->output, sizeof a->output) == 0;
}

static void require_same(const bc_spec *a, const bc_spec *b) {
    fuzz_require(a->count == b->count, "a network that is read again has its layers");
    for (size_t i = 0; i < a->count; i++)
        fuzz_require(is_same_layer(&a->layers[i], &b->layers[i]), "a layer that is read again is the same");
}

static void write_and_parse(const bc_spec *spec) {
    bc_error err = {0};
    bc_json_builder *builder;
    bc_text text = {0};
    bc_spec again;
    fuzz_require(bc_json_builder_create(&builder, &err) == BC_OK, "there is memory for JSON");
    bc_spec_write(builder, spec);
    fuzz_require(bc_json_finish(&text, builder, false, &err) == BC_OK, "a network can be written");
    fuzz_require(bc_spec_parse(&again, text.data, text.length, "again", spec->input, &err) == BC_OK,
                 "a network that was written can be read");
    require_same(spec, &again);
    bc_spec_free(&again);
    bc_text_free(&text);
    bc_json_builder_free(builder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const bc_shape inputs[] = {{1, 1, 1}, {3, 8, 10}, {1, 28, 28}, {3, 4096, 4096}};
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        bc_error err = {0};
        bc_spec spec;
        bc_network network = {0};
        bc_status status = bc_spec_parse(&spec, (const char *)data, size, "network", inputs[i], &err);
        if (status == BC_OK) {
            write_and_parse(&spec);
            status = bc_network_create(&network, &spec, FUZZ_PARAMETERS, &err);
        }
        if (status == BC_OK)
            fuzz_run(&network);
        else
            fuzz_require_told(status, &err);
        bc_network_free(&network);
        bc_spec_free(&spec);
    }
    return 0;
}
