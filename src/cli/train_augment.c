/* bclass train --augment: a level, and what may be added to it. */
#include "train.h"

#include "base/number.h"

#include <stdio.h>
#include <string.h>

typedef struct addition {
    const char *name;
    double usual;
    double *value; /* in the options */
} addition;

enum { ADDITIONS = 2 };

static void list_additions(addition list[ADDITIONS], bc_train_options *options) {
    list[0] = (addition){"cutout", 0.25, &options->cutout}; /* as for 100 classes in DeVries and Taylor */
    list[1] = (addition){"mixup", 0.2, &options->mixup};    /* as for ImageNet in Zhang et al. */
}

static bool is_word(const char *text, size_t length, const char *word) {
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

static bool parse_level(bc_augmentation *level, const char *text, size_t length) {
    for (int i = 0; bc_augmentation_names[i] != NULL; i++) {
        if (is_word(text, length, bc_augmentation_names[i])) {
            *level = (bc_augmentation)i;
            return true;
        }
    }
    return false;
}

/* "mixup" or "mixup=0.3"; each once. */
static bool parse_addition(const addition list[ADDITIONS], const char *text, size_t length) {
    const size_t name = strcspn(text, "=+");
    for (size_t i = 0; i < ADDITIONS; i++) {
        if (!is_word(text, name, list[i].name) || *list[i].value != 0)
            continue;
        *list[i].value = list[i].usual;
        return name == length || (bc_number_parse(text + name + 1, length - name - 1, list[i].value) &&
                                  *list[i].value > 0 && *list[i].value <= 1);
    }
    return false;
}

bc_status bc_train_parse_augment(bc_train_options *options, const char *text, bc_error *err) {
    addition list[ADDITIONS];
    list_additions(list, options);
    options->cutout = options->mixup = 0;
    const char *at = text;
    size_t length = strcspn(at, "+");
    bool fits = parse_level(&options->augmentation, at, length);
    while (fits && at[length] == '+') {
        at += length + 1;
        length = strcspn(at, "+");
        fits = parse_addition(list, at, length);
    }
    if (fits)
        return BC_OK;
    return bc_fail(err, BC_ERROR_USAGE,
                   "--augment takes none, light or strong, and behind it +cutout, +mixup or both, each with "
                   "=X above 0 and up to 1 if wanted, not '%s'",
                   text);
}

void bc_train_print_augment(char text[BC_TRAIN_AUGMENT_SIZE], const bc_train_options *options) {
    addition list[ADDITIONS];
    bc_train_options values = *options;
    list_additions(list, &values);
    size_t used =
        (size_t)snprintf(text, BC_TRAIN_AUGMENT_SIZE, "%s", bc_augmentation_names[options->augmentation]);
    for (size_t i = 0; i < ADDITIONS; i++) {
        char number[BC_NUMBER_SIZE];
        bc_number_print_exact(number, *list[i].value);
        if (*list[i].value > 0)
            used +=
                (size_t)snprintf(text + used, BC_TRAIN_AUGMENT_SIZE - used, "+%s=%s", list[i].name, number);
    }
}
