/* What training does when nothing else is asked for, and what the words of its options stand for. */
#include "loop.h"

#include <math.h>

const char *const bc_augmentation_names[] = {"none", "light", "strong", NULL};

/* Where places mean something, moving things takes away what tells the classes apart: from 1, for pictures
 * that show things anywhere, to 0 (tests/bench/quality.md). */
double bc_train_freedom(double alignment) {
    const double all_below = 0.4, none_from = 0.5;
    return fmin(1, fmax(0, (none_from - alignment) / (none_from - all_below)));
}

bc_augment bc_augment_of(const bc_train_options *options) {
    const double freedom = bc_train_freedom(options->alignment);
    bc_augment augment = {.cutout = options->cutout};
    if (options->augmentation == BC_AUGMENT_NONE)
        return augment;
    augment.hflip = options->hflip;
    augment.shift = freedom / 8;
    if (options->augmentation == BC_AUGMENT_STRONG) {
        augment.rotation = 10 * freedom;
        augment.scale = 0.1 * freedom;
        augment.brightness = options->brightness;
        augment.contrast = options->contrast;
    }
    return augment;
}

bool bc_train_mirrors(const bc_train_options *options) {
    return bc_augment_of(options).hflip;
}

static size_t clamp(size_t value, size_t least, size_t most) {
    return value < least ? least : value > most ? most : value;
}

static bool has_many_pictures(const bc_dataset *dataset) {
    enum { MANY = 6000 };
    return bc_dataset_count(dataset, BC_SPLIT_TRAIN, 0) + bc_dataset_count(dataset, BC_SPLIT_TRAIN, 1) >=
           MANY;
}

const char *bc_train_default_net(const bc_dataset *dataset) {
    return has_many_pictures(dataset) ? "wide" : "resnet";
}

/* Few pictures do not show how light can differ. */
void bc_train_choose_light(bc_train_options *options, const bc_dataset *dataset) {
    const bool many = has_many_pictures(dataset);
    options->brightness = many ? 0.1 : 0.3;
    options->contrast = many ? 0.15 : 0.5;
}

void bc_train_defaults(bc_train_options *options, const bc_dataset *dataset) {
    const size_t positives = bc_dataset_count(dataset, BC_SPLIT_TRAIN, 1);
    const size_t negatives = bc_dataset_count(dataset, BC_SPLIT_TRAIN, 0);
    const size_t more = positives > negatives ? positives : negatives;
    const size_t all = options->sampling == BC_SAMPLING_BALANCED ? 2 * more : positives + negatives;
    if (options->epochs == 0)
        options->epochs = clamp((size_t)(2000 / sqrt((double)all + 1)), 12, 60);
    if (options->batch_size == 0)
        options->batch_size = all >= 4000 ? 128 : all >= 1000 ? 64 : 32;
    if (options->learning_rate == 0)
        options->learning_rate = options->optimiser == BC_SGD ? 0.1 : 0.01;
    if (options->pos_weight == 0)
        options->pos_weight = positives > 0 && negatives > 0 ? (double)negatives / (double)positives : 1;
}

/* A positive that counts w times as much makes the odds that are learned w times what they are; likewise one
 * that is drawn so many times as often as a negative. */
void bc_train_set_head(bc_network *network, const bc_train_options *options, const bc_dataset *dataset) {
    const size_t positives = bc_dataset_count(dataset, BC_SPLIT_TRAIN, 1);
    const size_t negatives = bc_dataset_count(dataset, BC_SPLIT_TRAIN, 0);
    bc_layer *head = bc_spec_head(&network->spec);
    head->gamma = options->gamma;
    head->offset = 0 - log(options->pos_weight); /* not -0 for 1 */
    if (options->sampling == BC_SAMPLING_BALANCED && positives > 0 && negatives > 0)
        head->offset += log((double)positives / (double)negatives);
}
