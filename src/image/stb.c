/* The kinds without a library of their own, by stb_image. */
#include "decode.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_JPEG
#define STBI_NO_PNG
#define STBI_NO_PIC /* of which a damaged one makes it read at a null pointer */
#define STBI_NO_PNM
#define STBI_NO_PSD
#define STBI_MAX_DIMENSIONS BC_SIDE_LIMIT
#include <stb_image.h>

enum { TGA_HEADER = 18, BMP_HEADER = 26, OS2_HEADER_SIZE = 12 };

static const char *kind_name(bc_image_kind kind) {
    switch (kind) {
    case BC_IMAGE_GIF:
        return "GIF";
    case BC_IMAGE_BMP:
        return "BMP";
    case BC_IMAGE_TGA:
        return "TGA";
    default:
        return "HDR";
    }
}

static unsigned little_endian(const uint8_t *bytes) {
    return bytes[0] | (unsigned)bytes[1] << 8;
}

static uint32_t little_endian_32(const uint8_t *bytes) {
    return little_endian(bytes) | (uint32_t)little_endian(bytes + 2) << 16;
}

static bool is_depth(unsigned bits) {
    return bits == 8 || bits == 15 || bits == 16 || bits == 24 || bits == 32;
}

/* TGA has no signature, and stb_image accepts much: here all fields must agree with each other and with the
 * size of the file. Fields as in the Truevision TGA File Format Specification 2.0. */
static bool is_plausible_tga(const bc_source *source) {
    const uint8_t *header = source->bytes;
    if (source->size < TGA_HEADER)
        return false;
    unsigned map_type = header[1], type = header[2], map_bits = header[7], bits = header[16];
    bool run_length = type >= 9, mapped = (type & 7) == 1;
    bool known_type = (type & 7) >= 1 && (type & 7) <= 3 && (type & ~11u) == 0;
    if (!known_type || map_type > 1 || (mapped && map_type != 1) || (map_type == 1 && !is_depth(map_bits)) ||
        !is_depth(bits) || (header[17] & 0xc0) != 0)
        return false;
    uint64_t map_bytes = map_type == 1 ? (uint64_t)little_endian(header + 5) * ((map_bits + 7) / 8) : 0;
    uint64_t count = (uint64_t)little_endian(header + 12) * little_endian(header + 14);
    uint64_t pixel_bytes = (bits + 7) / 8;
    uint64_t least = run_length ? (count + 127) / 128 * (1 + pixel_bytes) : count * pixel_bytes;
    return source->size >= TGA_HEADER + header[0] + map_bytes + least;
}

/* The variants that stb_image refuses without a reason or takes for something else; NULL for none of them. */
static const char *unsupported_variant(const bc_source *source, bc_image_kind kind) {
    const uint8_t *header = source->bytes;
    if (kind == BC_IMAGE_TGA && header[1] == 1 && little_endian(header + 3) != 0)
        return "a shifted colour map";
    if (kind != BC_IMAGE_BMP || source->size < BMP_HEADER)
        return NULL;
    uint32_t header_size = little_endian_32(header + 14);
    if (header_size == OS2_HEADER_SIZE && little_endian(header + 24) < 16)
        return "an OS/2 palette";
    bool has_method = header_size >= 40 && source->size >= 34;
    uint32_t method = has_method ? little_endian_32(header + 30) : 0;
    return method == 1 || method == 2 ? "run lengths" : NULL;
}

/* Whether some pixel of a BMP has no colour in its palette: stb_image would give it any. With the OS/2
 * header, whose fields lie elsewhere, only pictures without a palette are supported. */
static bool lacks_colours(const bc_source *source, const bc_stored *stored) {
    if (little_endian_32(source->bytes + 14) == OS2_HEADER_SIZE)
        return false;
    unsigned bits = little_endian(source->bytes + 28);
    size_t at = little_endian_32(source->bytes + 10),
           begin = 14 + (size_t)little_endian_32(source->bytes + 14);
    size_t colours = at > begin ? (at - begin) / 4 : 0;
    if ((bits != 1 && bits != 4 && bits != 8) || colours >= 1u << bits)
        return false;
    size_t row_bits = (size_t)stored->width * bits, row_bytes = (row_bits + 31) / 32 * 4;
    unsigned mask = (1u << bits) - 1;
    for (uint32_t y = 0; y < stored->height && at < source->size && source->size - at >= row_bytes; y++) {
        for (size_t bit = 0; bit < row_bits; bit += bits) {
            unsigned byte = source->bytes[at + bit / 8];
            if ((byte >> (8 - bits - bit % 8) & mask) >= colours)
                return true;
        }
        at += row_bytes;
    }
    return false;
}

static bool layout_of(bc_layout *layout, int components) {
    static const bc_layout layouts[] = {BC_LAYOUT_GRAY, BC_LAYOUT_GRAY_ALPHA, BC_LAYOUT_RGB,
                                        BC_LAYOUT_RGB_ALPHA};
    if (components < 1 || components > 4)
        return false;
    *layout = layouts[components - 1];
    return true;
}

bc_status bc_stb_look(bc_stored *stored, const bc_source *source, bc_image_kind kind, bc_error *err) {
    *stored = (bc_stored){.kind = kind, .orientation = 1};
    int width, height, components;
    if (kind == BC_IMAGE_TGA && !is_plausible_tga(source))
        return bc_fail(err, BC_ERROR_FORMAT, "%s: not a picture of a known kind", source->name);
    const char *variant = unsupported_variant(source, kind);
    if (variant != NULL)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: %s pictures with %s are not supported", source->name,
                       kind_name(kind), variant);
    if (source->size > INT_MAX)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: too large a file for a %s picture", source->name,
                       kind_name(kind));
    if (!stbi_info_from_memory(source->bytes, (int)source->size, &width, &height, &components) ||
        width <= 0 || height == 0 || height == INT_MIN || (height < 0 && kind != BC_IMAGE_BMP) ||
        !layout_of(&stored->layout, components))
        return bc_fail(err, BC_ERROR_FORMAT, "%s: damaged %s picture, or of an unsupported variant (%s)",
                       source->name, kind_name(kind), stbi_failure_reason());
    stored->width = (uint32_t)width;
    stored->height = (uint32_t)abs(height); /* negative in a BMP that is stored from the top */
    if (kind == BC_IMAGE_TGA && (source->bytes[17] & 0x10) != 0)
        stored->orientation = 2; /* stored from the right, which stb_image leaves as it is */
    return BC_OK;
}

/* Reads like a file, in order to notice when more is asked for than there is: stb_image then makes bytes up.
 */
typedef struct stream {
    const uint8_t *bytes;
    size_t left;
    bool ran_out;
    bool endless; /* goes on after the end, with bytes of which an endless loop of stb_image's HDR reader ends
                   */
} stream;

static int stream_read(void *user, char *dst, int size) {
    stream *from = user;
    const size_t ahead = sizeof((stbi__context *)NULL)->buffer_start; /* this much is not needed at once */
    size_t wanted = (size_t)size, given = wanted < from->left ? wanted : from->left;
    from->ran_out = from->ran_out || (given < wanted && (given == 0 || wanted != ahead));
    memcpy(dst, from->bytes, given);
    from->bytes += given;
    from->left -= given;
    if (!from->endless || !from->ran_out)
        return (int)given;
    memset(dst + given, 0xff, wanted - given);
    return size;
}

static void stream_skip(void *user, int count) {
    stream *from = user;
    size_t skipped = count > 0 ? (size_t)count : 0;
    skipped = skipped < from->left ? skipped : from->left;
    from->bytes += skipped;
    from->left -= skipped;
}

static int stream_at_end(void *user) {
    const stream *from = user;
    return from->left == 0;
}

/* In a TGA the fourth byte means something only when the header counts bits of it as alpha. */
static void take_pixels(uint8_t *pixels, const uint8_t *decoded, const bc_source *source,
                        const bc_stored *stored) {
    size_t count = (size_t)stored->width * stored->height;
    memcpy(pixels, decoded, count * bc_layout_bytes(stored->layout));
    if (stored->kind == BC_IMAGE_TGA && stored->layout == BC_LAYOUT_RGB_ALPHA &&
        (source->bytes[17] & 15) == 0)
        for (size_t i = 0; i < count; i++)
            pixels[4 * i + 3] = 255;
}

bc_status bc_stb_decode(uint8_t *pixels, const bc_source *source, const bc_stored *stored, bc_error *err) {
    stream from = {source->bytes, source->size, false, stored->kind == BC_IMAGE_HDR};
    const stbi_io_callbacks callbacks = {stream_read, stream_skip, stream_at_end};
    int width, height, components;
    uint8_t *decoded = stbi_load_from_callbacks(&callbacks, &from, &width, &height, &components, 0);
    bc_status status = BC_OK;
    bc_layout layout;
    if (decoded == NULL)
        status =
            strcmp(stbi_failure_reason(), "outofmem") == 0
                ? bc_fail(err, BC_ERROR_MEMORY, "%s: out of memory", source->name)
                : bc_fail(err, BC_ERROR_FORMAT, "%s: damaged %s picture, or of an unsupported variant (%s)",
                          source->name, kind_name(stored->kind), stbi_failure_reason());
    else if (from.ran_out)
        status = bc_fail(err, BC_ERROR_FORMAT, "%s: damaged %s picture: it ends early", source->name,
                         kind_name(stored->kind));
    else if ((uint32_t)width != stored->width || (uint32_t)height != stored->height ||
             !layout_of(&layout, components) || layout != stored->layout)
        status = bc_fail(err, BC_ERROR_FORMAT, "%s: damaged %s picture: its header is contradictory",
                         source->name, kind_name(stored->kind));
    else if (stored->kind == BC_IMAGE_BMP && lacks_colours(source, stored))
        status =
            bc_fail(err, BC_ERROR_FORMAT, "%s: damaged BMP picture: its palette lacks colours", source->name);
    else
        take_pixels(pixels, decoded, source, stored);
    stbi_image_free(decoded);
    return status;
}
