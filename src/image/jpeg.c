/* JPEG by libjpeg-turbo. */
#include "decode.h"

#include <string.h>
#include <turbojpeg.h>

enum {
    MARKER_TEM = 0x01,
    MARKER_SOF0 = 0xc0,
    MARKER_DHT = 0xc4,
    MARKER_JPG = 0xc8,
    MARKER_DAC = 0xcc,
    MARKER_SOF15 = 0xcf,
    MARKER_RST0 = 0xd0,
    MARKER_SOI = 0xd8,
    MARKER_EOI = 0xd9,
    MARKER_SOS = 0xda,
    MARKER_DQT = 0xdb,
    MARKER_APP1 = 0xe1,
    MARKER_APP14 = 0xee,
    MARKER_NONE = -1
};

typedef struct segment {
    int marker;
    const uint8_t *data; /* after the length */
    size_t size;
} segment;

/* The next marker segment at or after *at; bytes before it are passed over as libjpeg does, which also passes
 * over what a scan holds. MARKER_NONE at the end of the file. */
static segment next_segment(size_t *at, const bc_source *source) {
    const uint8_t *bytes = source->bytes;
    const segment none = {MARKER_NONE, NULL, 0};
    for (;;) {
        const uint8_t *found = *at < source->size ? memchr(bytes + *at, 0xff, source->size - *at) : NULL;
        if (found == NULL)
            return none;
        *at = (size_t)(found - bytes);
        while (*at < source->size && bytes[*at] == 0xff)
            ++*at;
        if (*at == source->size)
            return none;
        int marker = bytes[(*at)++];
        if (marker == MARKER_EOI)
            return (segment){marker, NULL, 0};
        if (marker <= MARKER_TEM || (marker >= MARKER_RST0 && marker <= MARKER_SOI))
            continue;
        size_t left = source->size - *at;
        size_t length = left >= 2 ? (size_t)(bytes[*at] << 8 | bytes[*at + 1]) : 0;
        if (length < 2 || length > left)
            return none;
        segment found_segment = {marker, bytes + *at + 2, length - 2};
        *at += length;
        return found_segment;
    }
}

static bool is_frame(int marker) {
    return marker >= MARKER_SOF0 && marker <= MARKER_SOF15 && marker != MARKER_DHT && marker != MARKER_JPG &&
           marker != MARKER_DAC;
}

static bc_status damaged(const bc_source *source, const char *reason, bc_error *err) {
    return bc_fail(err, BC_ERROR_FORMAT, "%s: damaged JPEG picture: %s", source->name, reason);
}

static bc_status read_frame(bc_stored *stored, const segment *frame, bool adobe, const bc_source *source,
                            bc_error *err) {
    if (frame->marker == MARKER_NONE || frame->size < 6)
        return damaged(source, "it ends before its size is told", err);
    unsigned bits = frame->data[0], components = frame->data[5];
    if (bits != 8)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: JPEG pictures of %u bits are not supported", source->name,
                       bits);
    stored->height = (uint32_t)(frame->data[1] << 8 | frame->data[2]);
    stored->width = (uint32_t)(frame->data[3] << 8 | frame->data[4]);
    if (stored->width == 0 || stored->height == 0)
        return damaged(source, "it has no pixels", err);
    if (components == 1)
        stored->layout = BC_LAYOUT_GRAY;
    else if (components == 3)
        stored->layout = BC_LAYOUT_RGB;
    else if (components == 4)
        stored->layout = adobe ? BC_LAYOUT_CMYK_INVERTED : BC_LAYOUT_CMYK;
    else
        return bc_fail(err, BC_ERROR_FORMAT, "%s: JPEG pictures of %u components are not supported",
                       source->name, components);
    return BC_OK;
}

bc_status bc_jpeg_look(bc_stored *stored, const bc_source *source, bc_error *err) {
    *stored = (bc_stored){.kind = BC_IMAGE_JPEG, .orientation = 1};
    segment frame = {MARKER_NONE, NULL, 0}, exif = {MARKER_NONE, NULL, 0};
    bool adobe = false;
    size_t at = 2;
    for (segment s = next_segment(&at, source);
         s.marker != MARKER_NONE && s.marker != MARKER_EOI && s.marker != MARKER_SOS;
         s = next_segment(&at, source)) {
        if (is_frame(s.marker) && frame.marker == MARKER_NONE)
            frame = s;
        else if (s.marker == MARKER_APP14 && s.size >= 12 && memcmp(s.data, "Adobe", 5) == 0)
            adobe = true;
        else if (s.marker == MARKER_APP1 && s.size > 6 && memcmp(s.data, "Exif\0", 6) == 0 &&
                 exif.marker == MARKER_NONE)
            exif = s;
    }
    bc_status status = read_frame(stored, &frame, adobe, source, err);
    if (status == BC_OK && exif.marker != MARKER_NONE)
        stored->exif = bc_exif_read(exif.data, exif.size);
    if (stored->exif.is_there)
        stored->orientation = stored->exif.orientation;
    return status;
}

/* The sum of the steps in the first 8-bit table of a DQT segment that has this number; 0 when it has none. */
static unsigned table_sum(const segment *tables, unsigned number) {
    enum { STEPS = 64 };
    for (size_t at = 0; at < tables->size;) {
        const unsigned head = tables->data[at++], bytes = head >> 4 > 0 ? 2 : 1;
        unsigned sum = 0;
        if (tables->size - at < STEPS * bytes)
            return 0;
        for (size_t i = 0; i < STEPS; i++)
            sum += bytes == 2 ? (unsigned)(tables->data[at + 2 * i] << 8 | tables->data[at + 2 * i + 1])
                              : tables->data[at + i];
        if ((head & 15) == number)
            return sum;
        at += STEPS * bytes;
    }
    return 0;
}

/* What the steps of table K.1 of ITU-T T.81 add up to at a quality, scaled as jpeg_set_quality does. */
static unsigned sum_at(int quality) {
    static const uint8_t steps[64] = {16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
                                      14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
                                      18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
                                      49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};
    const unsigned percent = (unsigned)(quality < 50 ? 5000 / quality : 200 - 2 * quality);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof steps; i++) {
        const unsigned step = (steps[i] * percent + 50) / 100;
        sum += step < 1 ? 1 : step > 255 ? 255 : step;
    }
    return sum;
}

int bc_jpeg_quality(const bc_source *source) {
    unsigned sum = 0;
    size_t at = 2;
    for (segment s = next_segment(&at, source);
         sum == 0 && s.marker != MARKER_NONE && s.marker != MARKER_EOI && s.marker != MARKER_SOS;
         s = next_segment(&at, source))
        sum = s.marker == MARKER_DQT ? table_sum(&s, 0) : 0;
    if (sum == 0)
        return 0;
    int quality = 1; /* the sum falls while the quality rises */
    while (quality < 100 && 2 * sum <= sum_at(quality) + sum_at(quality + 1))
        quality++;
    return quality;
}

bc_status bc_jpeg_open(void **jpeg, bc_error *err) {
    *jpeg = tjInitDecompress();
    return *jpeg != NULL ? BC_OK : bc_fail(err, BC_ERROR_MEMORY, "out of memory (JPEG decompressor)");
}

void bc_jpeg_close(void *jpeg) {
    if (jpeg != NULL)
        tjDestroy(jpeg);
}

/* Only halvings: those have vector code, and what remains is the resizer's work. */
void bc_jpeg_reduce(bc_stored *stored, const bc_decode_options *options) {
    if (options->wanted_width == 0 || options->wanted_height == 0)
        return;
    bool swap = bc_orientation_swaps(stored->orientation);
    uint64_t width, height;
    bc_fit_size(&width, &height, stored->width, stored->height,
                swap ? options->wanted_height : options->wanted_width,
                swap ? options->wanted_width : options->wanted_height, options->fit);
    for (uint32_t divisor = 8; divisor > 1; divisor /= 2) {
        uint32_t reduced_width = (stored->width + divisor - 1) / divisor;
        uint32_t reduced_height = (stored->height + divisor - 1) / divisor;
        if (reduced_width >= width && reduced_height >= height) {
            stored->width = reduced_width;
            stored->height = reduced_height;
            return;
        }
    }
}

/* Warnings after which all pixels are as they were stored. Any other one means that some were made up. */
static bool is_harmless(const char *warning) {
    static const char *const harmless[] = {
        "extraneous bytes before marker",
        "unknown JFIF revision number",
        "Unknown Adobe color transform",
        "Invalid SOS parameters for sequential",
    };
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
        if (strstr(warning, harmless[i]) != NULL)
            return true;
    return false;
}

/* Only the first warning is kept, so a harmless one may hide that the end is missing. */
static bool has_end(const bc_source *source) {
    size_t at = 2;
    segment s = next_segment(&at, source);
    while (s.marker != MARKER_EOI && s.marker != MARKER_NONE)
        s = next_segment(&at, source);
    return s.marker == MARKER_EOI;
}

bc_status bc_jpeg_decode(uint8_t *pixels, void *jpeg, const bc_source *source, const bc_stored *stored,
                         bc_error *err) {
    int format = stored->layout == BC_LAYOUT_GRAY  ? TJPF_GRAY
                 : stored->layout == BC_LAYOUT_RGB ? TJPF_RGB
                                                   : TJPF_CMYK;
    if (tjDecompress2(jpeg, source->bytes, (unsigned long)source->size, pixels, (int)stored->width, 0,
                      (int)stored->height, format, TJFLAG_LIMITSCANS) == 0)
        return BC_OK;
    const char *reason = tjGetErrorStr2(jpeg);
    if (tjGetErrorCode(jpeg) == TJERR_WARNING && is_harmless(reason) && has_end(source))
        return BC_OK;
    return damaged(source, reason, err);
}
