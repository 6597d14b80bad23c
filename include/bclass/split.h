/*
 * What part an item plays: learned from, chosen on, or reported on.
 */
#ifndef BCLASS_SPLIT_H
#define BCLASS_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bc_split {
    BC_SPLIT_NONE,  /* not stated */
    BC_SPLIT_TRAIN, /* learned from */
    BC_SPLIT_VAL,   /* early stopping, calibration, choosing a cutoff */
    BC_SPLIT_TEST,  /* reporting only */
    BC_SPLIT_OOF,   /* scored by a network that never saw the item */
    BC_SPLIT_COUNT
} bc_split;

/* "", "train", "val", "test", "oof" */
const char *bc_split_name(bc_split split);

/* Also takes "valid", "validation" and the empty word (NONE); false for any other. */
bool bc_split_parse(bc_split *split, const char *word, size_t length);

#ifdef __cplusplus
}
#endif

#endif
