/* The names of the ways to fit and to normalise a picture. */
#include <bclass/preprocess.h>

#include <stddef.h>

const char *const bc_fit_names[BC_FIT_COUNT + 1] = {
    [BC_FIT_PAD] = "pad",
    [BC_FIT_STRETCH] = "stretch",
    [BC_FIT_CROP] = "crop",
    NULL,
};

const char *const bc_normalise_names[BC_NORMALISE_COUNT + 1] = {
    [BC_NORMALISE_SET] = "set",
    [BC_NORMALISE_PICTURE] = "picture",
    NULL,
};
