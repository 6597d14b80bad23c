/*
 * A network as its user describes it: a list of layers with checked shapes, from a preset or from JSON, and
 * the trained numbers that go with it.
 *
 *     {"layers": [{"type": "conv", "filters": 16, "kernel": 3}, {"type": "batch_norm"}, {"type": "relu"},
 *                 {"type": "global_average_pool"}, {"type": "dense", "units": 1}, {"type": "sigmoid"}]}
 *
 * A layer takes the output of the one before it unless "input" names another ("image" is the network's
 * input). The types, and their members with the defaults:
 *
 *   conv: filters, kernel (3), stride (1), padding ((kernel - 1) / 2), bias (true)
 *
 *   dense: units, bias (true); takes a layer of 1 x 1 pixels: flatten or global_average_pool
 *
 *   batch_norm, relu, flatten, global_average_pool
 *
 *   max_pool, average_pool: kernel (2), stride (kernel), padding (0); a padded pixel does not count
 *
 *   dropout: rate (0.5), the share of values that are zeroed
 *
 *   add: with, the name of the layer to add, of the same shape
 *
 *   sigmoid: gamma (0), offset (0); behind dense with 1 unit, which gives the logit z
 *
 *   softmax: gamma (0), offset (0); behind dense with 2 units, of the negative and of the positive class, in
 *   this order; the logit is the second one less the first
 *
 * kernel, stride and padding are a number, or [height, width]; padding may also be "valid", which is 0, or
 * "same", which is (kernel - 1) / 2, so that with a stride of 1 the size stays, and takes an odd kernel. A
 * conv that does not say has (kernel - 1) / 2 rounded down. Any layer may have a "name" other than "image".
 * The last layer is the head, sigmoid or softmax; where it is missing behind dense with 1 unit it is a
 * sigmoid.
 *
 * A head says how the network was trained, so that its scores are probabilities all the same. gamma is that
 * of the focal loss (Lin et al. 2017, eq. 4), whose least mean is at other scores than the class
 * probabilities: predicting, logits are brought back to these (Charoenphakdee et al. 2021, "On Focal Loss for
 * Class-Posterior Probability Estimation"). offset is what is then added to the logit: it undoes a
 * weight of the positives in the loss, and classes that were drawn more often than they are there.
 */
#ifndef BCLASS_NETWORK_H
#define BCLASS_NETWORK_H

#include <bclass/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    BC_LAYER_NAME_SIZE = 32,
    BC_LAYER_LIMIT = 512,     /* layers of a network before its head */
    BC_CHANNEL_LIMIT = 16384, /* channels, filters, units of a layer */
    BC_SIDE_LIMIT = 4096,     /* pixels of a side */
    BC_KERNEL_LIMIT = 64,     /* pixels of a kernel's side */
    BC_GAMMA_LIMIT = 10,      /* of the focal loss */
    BC_OFFSET_LIMIT = 1000,   /* of a logit */
};

typedef enum bc_layer_kind {
    BC_LAYER_CONV,
    BC_LAYER_DENSE,
    BC_LAYER_BATCH_NORM,
    BC_LAYER_RELU,
    BC_LAYER_MAX_POOL,
    BC_LAYER_AVERAGE_POOL,
    BC_LAYER_GLOBAL_AVERAGE_POOL,
    BC_LAYER_DROPOUT,
    BC_LAYER_ADD,
    BC_LAYER_FLATTEN,
    BC_LAYER_SIGMOID,
    BC_LAYER_SOFTMAX,
    BC_LAYER_KIND_COUNT
} bc_layer_kind;

typedef struct bc_shape {
    uint32_t channels, height, width;
} bc_shape;

typedef struct bc_pair {
    uint32_t height, width;
} bc_pair;

enum { BC_INPUT_IMAGE = UINT32_MAX }; /* in place of a layer's index: the network's input */

typedef struct bc_layer {
    bc_layer_kind kind;
    char name[BC_LAYER_NAME_SIZE]; /* unique */
    uint32_t input;                /* index of an earlier layer, or BC_INPUT_IMAGE */
    uint32_t other;                /* add: the second one */
    uint32_t filters;              /* conv: filters; dense: units */
    bc_pair kernel, stride, padding;
    bool bias;
    float rate;           /* dropout: share of zeroed values */
    double gamma, offset; /* head */
    bc_shape output;      /* set by bc_spec_check */
} bc_layer;

typedef struct bc_spec {
    bc_shape input;
    bc_layer *layers;
    size_t count, capacity;
    bool head_is_implied; /* the description has none, which means sigmoid */
} bc_spec;

/* Names of the presets, NULL-terminated: "mlp", "small", "resnet", "wide" (a resnet of twice the
 * channels, which pools by average but for the first time and the last). */
extern const char *const bc_preset_names[];

/* *spec = the preset for pictures of this shape; an unknown name is BC_ERROR_USAGE. Freed by the caller in
 * any case, as with the next two. */
bc_status bc_spec_preset(bc_spec *spec, const char *name, bc_shape input, bc_error *err);

/* *spec = the network described by text, checked against pictures of this shape. name stands in messages,
 * which also name the layer that is wrong. */
bc_status bc_spec_parse(bc_spec *spec, const char *text, size_t length, const char *name, bc_shape input,
                        bc_error *err);

/* The same of a file. */
bc_status bc_spec_read_file(bc_spec *spec, const char *path, bc_shape input, bc_error *err);

/* Works out every layer's output shape, and adds the head where it is implied; an error names the first layer
 * that does not fit. */
bc_status bc_spec_check(bc_spec *spec, const char *name, bc_error *err);

/* Of a checked network: BC_LAYER_SIGMOID or BC_LAYER_SOFTMAX in place of an implied head. BC_ERROR_USAGE when
 * the network states another one itself. */
bc_status bc_spec_choose_head(bc_spec *spec, bc_layer_kind head, const char *name, bc_error *err);

/* The last layer of a checked network. */
bc_layer *bc_spec_head(const bc_spec *spec);

void bc_spec_free(bc_spec *spec);

/* The word in JSON. */
const char *bc_layer_kind_name(bc_layer_kind kind);

/* ---- parameters ---- */

enum { BC_TENSOR_NAME_SIZE = BC_LAYER_NAME_SIZE + 16, BC_PARAMETER_LIMIT = 1 << 28 };

/* One named array inside bc_network.values. */
typedef struct bc_tensor {
    char name[BC_TENSOR_NAME_SIZE]; /* "conv1.weight" */
    uint32_t layer;
    uint32_t rank;
    uint32_t shape[4]; /* conv weight: filters, channels, height, width; dense weight: units, inputs */
    size_t offset, count;
    bool decays; /* weight decay applies: weights of conv and dense layers only */
    float rate;  /* factor of its learning rate. 1; before a softmax 1/2, for the logit is the difference of
                    two  outputs that move apart, and would else move twice as fast as that of a sigmoid */
} bc_tensor;

typedef struct bc_network {
    bc_spec spec;
    bc_tensor *tensors;
    size_t tensor_count;
    float
        *values; /* all tensors, one after the other: first those that are learned, then running statistics */
    size_t count;   /* floats in values */
    size_t learned; /* the first so many are learned */
} bc_network;

/* Takes over the layers of spec (checked), which is then empty. Weights are zero until initialised or loaded.
 * BC_ERROR_LIMIT, before memory is taken, for more than `most` numbers, or more than BC_PARAMETER_LIMIT. */
bc_status bc_network_create(bc_network *network, bc_spec *spec, size_t most, bc_error *err);
void bc_network_free(bc_network *network);

/* He initialisation (He et al. 2015, eq. 10, uniform) from the seed; norms to 1 and 0; the layer before the
 * head small. Before a softmax, the weights of the positive class are half of what those before a sigmoid
 * would be, and those of the negative class the same with the other sign: so both heads start with the same
 * logits, and their training gives the same logits ever after, to the bit but for numbers next to nothing. */
void bc_network_initialise(bc_network *network, uint64_t seed);

/* The tensor of a layer with this last part of its name ("weight"), or NULL. */
const bc_tensor *bc_network_tensor(const bc_network *network, uint32_t layer, const char *part);

#ifdef __cplusplus
}
#endif

#endif
