/* The names of the ways to fit a picture. */
#include <bclass/preprocess.h>

#include <stddef.h>

const char *const bc_fit_names[BC_FIT_COUNT + 1] = {
    [BC_FIT_PAD] = "pad",
    [BC_FIT_STRETCH] = "stretch",
    [BC_FIT_CROP] = "crop",
    NULL,
};
