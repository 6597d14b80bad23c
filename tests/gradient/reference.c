/* A plain network in double precision. */
#include "reference.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The activations of one layer for the batch: [image][channel][y][x]. */
typedef struct activations {
    bc_shape shape;
    double *data;
} activations;

static size_t size_of(bc_shape s) {
    return (size_t)s.channels * s.height * s.width;
}

static double *at(const activations *a, size_t image, size_t c, size_t y, size_t x) {
    return a->data + ((image * a->shape.channels + c) * a->shape.height + y) * a->shape.width + x;
}

static const double *tensor(const bc_network *network, const double *values, uint32_t layer,
                            const char *part) {
    const bc_tensor *found = bc_network_tensor(network, layer, part);
    return found != NULL ? values + found->offset : NULL;
}

/* Zero outside the picture. */
static double pixel(const activations *a, size_t image, size_t c, long y, long x) {
    bool inside = y >= 0 && x >= 0 && y < (long)a->shape.height && x < (long)a->shape.width;
    return inside ? *at(a, image, c, (size_t)y, (size_t)x) : 0;
}

static double conv_at(const bc_layer *l, const activations *in, const double *w, size_t image, size_t k,
                      size_t y, size_t x) {
    double sum = 0;
    for (size_t c = 0; c < in->shape.channels; c++) {
        for (size_t i = 0; i < l->kernel.height; i++) {
            for (size_t j = 0; j < l->kernel.width; j++) {
                long sy = (long)(y * l->stride.height + i) - (long)l->padding.height;
                long sx = (long)(x * l->stride.width + j) - (long)l->padding.width;
                sum += pixel(in, image, c, sy, sx) *
                       w[((k * in->shape.channels + c) * l->kernel.height + i) * l->kernel.width + j];
            }
        }
    }
    return sum;
}

static double dense_at(const activations *in, const double *w, size_t image, size_t k) {
    double sum = 0;
    for (size_t c = 0; c < in->shape.channels; c++)
        sum += *at(in, image, c, 0, 0) * w[k * in->shape.channels + c];
    return sum;
}

static double pool_at(const bc_layer *l, const activations *in, size_t image, size_t c, size_t y, size_t x) {
    bool global = l->kind == BC_LAYER_GLOBAL_AVERAGE_POOL;
    size_t kh = global ? in->shape.height : l->kernel.height, kw = global ? in->shape.width : l->kernel.width;
    long top = global ? 0 : (long)(y * l->stride.height) - (long)l->padding.height;
    long left = global ? 0 : (long)(x * l->stride.width) - (long)l->padding.width;
    double sum = 0, most = -INFINITY, seen = 0;
    for (long sy = top; sy < top + (long)kh; sy++) {
        for (long sx = left; sx < left + (long)kw; sx++) {
            if (sy < 0 || sx < 0 || sy >= (long)in->shape.height || sx >= (long)in->shape.width)
                continue;
            double value = pixel(in, image, c, sy, sx);
            sum += value;
            most = value > most ? value : most;
            seen++;
        }
    }
    return l->kind == BC_LAYER_MAX_POOL ? most : sum / seen;
}

/* The engine draws dropout in the order of its memory, blocks of 16 channels; this is the one thing repeated
 * here. */
static double dropout_factor(const bc_layer *l, uint32_t index, bc_shape s, uint64_t key, size_t c, size_t y,
                             size_t x) {
    size_t place = ((c / 16 * s.height + y) * s.width + x) * 16 + c % 16;
    bc_random random = bc_random_keyed(key, BC_RANDOM_DROPOUT, index, 0);
    double drawn = 0;
    for (size_t i = 0; i <= place; i++)
        drawn = bc_random_uniform(&random);
    return drawn < (double)l->rate ? 0 : 1 / (1 - (double)l->rate);
}

/* Mean and variance of a channel over the batch. */
static void statistics(const activations *in, size_t count, size_t c, double *mean, double *variance) {
    double n = (double)(count * in->shape.height * in->shape.width), sum = 0, squares = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t image = 0; image < count; image++) {
            for (size_t y = 0; y < in->shape.height; y++) {
                for (size_t x = 0; x < in->shape.width; x++) {
                    double value = *at(in, image, c, y, x);
                    if (pass == 0)
                        sum += value;
                    else
                        squares += (value - sum / n) * (value - sum / n);
                }
            }
        }
    }
    *mean = sum / n;
    *variance = squares / n;
}

typedef struct setting {
    const bc_network *network;
    const double *values;
    const reference_batch *batch;
    bool training;
    activations *layers;
    activations image;
} setting;

static double norm_at(const setting *s, uint32_t index, const activations *in, double value, size_t c,
                      double mean, double variance) {
    (void)in;
    double weight = tensor(s->network, s->values, index, "weight")[c];
    double bias = tensor(s->network, s->values, index, "bias")[c];
    return (value - mean) / sqrt(variance + 1e-5) * weight + bias;
}

static double value_at(const setting *s, uint32_t index, const activations *in, const activations *other,
                       size_t image, size_t c, size_t y, size_t x, double mean, double variance) {
    const bc_layer *l = &s->network->spec.layers[index];
    const double *w = tensor(s->network, s->values, index, "weight");
    const double *b = tensor(s->network, s->values, index, "bias");
    switch (l->kind) {
    case BC_LAYER_CONV:
        return conv_at(l, in, w, image, c, y, x) + (b != NULL ? b[c] : 0);
    case BC_LAYER_DENSE:
        return dense_at(in, w, image, c) + (b != NULL ? b[c] : 0);
    case BC_LAYER_BATCH_NORM:
        return norm_at(s, index, in, *at(in, image, c, y, x), c, mean, variance);
    case BC_LAYER_RELU:
        return fmax(*at(in, image, c, y, x), 0);
    case BC_LAYER_ADD:
        return *at(in, image, c, y, x) + *at(other, image, c, y, x);
    case BC_LAYER_DROPOUT:
        return *at(in, image, c, y, x) *
               (s->training ? dropout_factor(l, index, in->shape, s->batch->keys[image], c, y, x) : 1);
    case BC_LAYER_FLATTEN:
        return in->data[image * size_of(in->shape) + c];
    case BC_LAYER_SIGMOID:
        return 1 / (1 + exp(-*at(in, image, c, y, x)));
    case BC_LAYER_SOFTMAX:
        return exp(*at(in, image, c, y, x)) / (exp(*at(in, image, 0, 0, 0)) + exp(*at(in, image, 1, 0, 0)));
    default:
        return pool_at(l, in, image, c, y, x);
    }
}

static const activations *source(const setting *s, uint32_t input) {
    return input == BC_INPUT_IMAGE ? &s->image : &s->layers[input];
}

static void compute_layer(setting *s, uint32_t index) {
    const bc_layer *l = &s->network->spec.layers[index];
    const activations *in = source(s, l->input);
    const activations *other = l->kind == BC_LAYER_ADD ? source(s, l->other) : NULL;
    activations *out = &s->layers[index];
    out->shape = l->output;
    out->data = calloc(s->batch->count * size_of(l->output), sizeof(double));
    for (size_t c = 0; c < l->output.channels; c++) {
        double mean = 0, variance = 1;
        if (l->kind == BC_LAYER_BATCH_NORM && s->training) {
            statistics(in, s->batch->count, c, &mean, &variance);
        } else if (l->kind == BC_LAYER_BATCH_NORM) {
            mean = tensor(s->network, s->values, index, "running_mean")[c];
            variance = tensor(s->network, s->values, index, "running_var")[c];
        }
        for (size_t image = 0; image < s->batch->count; image++) {
            for (size_t y = 0; y < l->output.height; y++) {
                for (size_t x = 0; x < l->output.width; x++)
                    *at(out, image, c, y, x) = value_at(s, index, in, other, image, c, y, x, mean, variance);
            }
        }
    }
}

/* Charoenphakdee et al. 2021, "On Focal Loss for Class-Posterior Probability Estimation": the class
 * probability at which q minimises the focal loss is h(q) / (h(q) + h(1-q)), h(v) = v / phi(v). */
static double h(double v, double gamma) {
    return v / (pow(1 - v, gamma) - gamma * pow(1 - v, gamma - 1) * v * log(v));
}

static double corrected_logit(const bc_layer *head, double p) {
    if (head->gamma > 0)
        p = h(p, head->gamma) / (h(p, head->gamma) + h(1 - p, head->gamma));
    return log(p / (1 - p)) + head->offset;
}

void reference_logits(double *logits, const bc_network *network, const double *values,
                      const reference_batch *batch, bool training) {
    const size_t count = network->spec.count;
    setting s = {
        network, values, batch, training, calloc(count, sizeof(activations)), {network->spec.input, NULL}};
    size_t bytes = batch->count * size_of(network->spec.input) * sizeof(double);
    s.image.data = malloc(bytes);
    memcpy(s.image.data, batch->images, bytes);
    for (uint32_t i = 0; i < count; i++)
        compute_layer(&s, i);
    const activations *scores = &s.layers[count - 1];
    for (size_t i = 0; i < batch->count; i++) {
        double p = *at(scores, i, scores->shape.channels - 1, 0, 0); /* of the positive class */
        logits[i] = training ? log(p / (1 - p)) : corrected_logit(&network->spec.layers[count - 1], p);
    }
    for (size_t i = 0; i < count; i++)
        free(s.layers[i].data);
    free(s.layers);
    free(s.image.data);
}

/* Lin et al. 2017, eq. 4, for p of a label that is 1 with probability y; with gamma 0 the cross-entropy. */
static double focal_loss(double p, double y, double gamma) {
    return -y * pow(1 - p, gamma) * log(p) - (1 - y) * pow(p, gamma) * log1p(-p);
}

double reference_loss(const bc_network *network, const double *values, const reference_batch *batch) {
    const double gamma = network->spec.layers[network->spec.count - 1].gamma;
    double *logits = malloc(batch->count * sizeof(double)), sum = 0;
    reference_logits(logits, network, values, batch, true);
    for (size_t i = 0; i < batch->count; i++) {
        double p = 1 / (1 + exp(-logits[i]));
        sum += batch->weights[i] * focal_loss(p, batch->labels[i], gamma);
    }
    free(logits);
    return sum / (double)batch->count;
}
