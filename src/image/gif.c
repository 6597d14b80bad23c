/* How many pictures a GIF holds; stb_image decodes the first. */
#include "decode.h"

enum {
    HEADER = 13, /* signature and logical screen descriptor */
    DESCRIPTOR = 9,
    BEGINS_EXTENSION = 0x21,
    BEGINS_PICTURE = 0x2c
};

/* The bytes of the table of colours that these flags announce. */
static size_t colours(uint8_t flags) {
    return (flags & 0x80) != 0 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

/* To behind the sub-blocks that begin at *at. */
static void skip_blocks(size_t *at, const bc_source *source) {
    while (*at < source->size && source->bytes[*at] != 0)
        *at += (size_t)source->bytes[*at] + 1;
    ++*at;
}

/* Blocks as in the GIF89a specification, sections 18 to 27. */
bool bc_gif_is_animated(const bc_source *source) {
    const uint8_t *bytes = source->bytes;
    if (source->size < HEADER)
        return false;
    size_t pictures = 0, at = HEADER + colours(bytes[10]);
    while (at < source->size && pictures < 2) {
        const uint8_t begins = bytes[at++];
        if (begins == BEGINS_EXTENSION) {
            at++; /* its label */
        } else if (begins == BEGINS_PICTURE && at < source->size && source->size - at > DESCRIPTOR) {
            pictures++;
            at += DESCRIPTOR + colours(bytes[at + DESCRIPTOR - 1]) + 1; /* and the size of the first codes */
        } else {
            break;
        }
        skip_blocks(&at, source);
    }
    return pictures > 1;
}
