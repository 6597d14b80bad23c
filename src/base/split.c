/* The names of the splits. */
#include <bclass/split.h>

#include "base/text.h"

static const char *const names[BC_SPLIT_COUNT] = {"", "train", "val", "test", "oof"};

const char *bc_split_name(bc_split split) {
    return names[split];
}

bool bc_split_parse(bc_split *split, const char *word, size_t length) {
    if (bc_text_equals("valid", word, length) || bc_text_equals("validation", word, length)) {
        *split = BC_SPLIT_VAL;
        return true;
    }
    for (int i = 0; i < BC_SPLIT_COUNT; i++) {
        if (bc_text_equals(names[i], word, length)) {
            *split = (bc_split)i;
            return true;
        }
    }
    return false;
}
