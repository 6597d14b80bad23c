/* Which kind of picture these bytes are. */
#include "decode.h"

#include <string.h>

static bool has(const bc_source *source, size_t offset, const char *signature, size_t length) {
    return source->size >= offset + length && memcmp(source->bytes + offset, signature, length) == 0;
}

typedef struct known_signature {
    const char *signature;
    size_t length;
    bc_image_kind kind;
} known_signature;

static bc_image_kind supported_kind(const bc_source *source) {
    static const known_signature known[] = {
        {"\xff\xd8\xff", 3, BC_IMAGE_JPEG},
        {"\x89PNG\r\n\x1a\n", 8, BC_IMAGE_PNG},
        {"GIF87a", 6, BC_IMAGE_GIF},
        {"GIF89a", 6, BC_IMAGE_GIF},
        {"BM", 2, BC_IMAGE_BMP},
        {"8BPS", 4, BC_IMAGE_PSD},
        {"#?RADIANCE\n", 11, BC_IMAGE_HDR},
        {"#?RGBE\n", 7, BC_IMAGE_HDR},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (has(source, 0, known[i].signature, known[i].length))
            return known[i].kind;
    return BC_IMAGE_UNKNOWN;
}

static bool is_space(uint8_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_pnm(const bc_source *source) {
    return source->size >= 3 && source->bytes[0] == 'P' && source->bytes[1] >= '1' &&
           source->bytes[1] <= '6' && (is_space(source->bytes[2]) || source->bytes[2] == '#');
}

/* A text that starts with one of these, after a byte order mark and white space; letter case is ignored. */
static bool begins_text(const bc_source *source, const char *start) {
    size_t at = has(source, 0, "\xef\xbb\xbf", 3) ? 3 : 0;
    while (at < source->size && is_space(source->bytes[at]))
        at++;
    size_t length = strlen(start);
    if (source->size - at < length)
        return false;
    for (size_t i = 0; i < length; i++) {
        uint8_t c = source->bytes[at + i];
        if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != start[i])
            return false;
    }
    return true;
}

static bool contains_early(const bc_source *source, const char *word) {
    size_t length = strlen(word), end = source->size < 4096 ? source->size : 4096;
    for (size_t i = 0; i + length <= end; i++)
        if (memcmp(source->bytes + i, word, length) == 0)
            return true;
    return false;
}

/* The plural name of a kind that cannot be read, NULL for none of them. */
static const char *unsupported_binary(const bc_source *source) {
    static const struct {
        size_t offset, length;
        const char *signature, *name;
    } known[] = {
        {8, 4, "WEBP", "WebP pictures"},
        {0, 4, "II*\0", "TIFF pictures"},
        {0, 4, "MM\0*", "TIFF pictures"},
        {0, 4, "II+\0", "TIFF pictures"},
        {0, 4, "MM\0+", "TIFF pictures"},
        {4, 8, "ftypavif", "AVIF pictures"},
        {4, 8, "ftypavis", "AVIF pictures"},
        {4, 7, "ftyphei", "HEIC pictures"},
        {4, 7, "ftyphev", "HEIC pictures"},
        {4, 8, "ftypmif1", "HEIC and AVIF pictures"},
        {4, 8, "ftypmsf1", "HEIC and AVIF pictures"},
        {4, 4, "ftyp", "MP4 films"},
        {0, 2, "\xff\x0a", "JPEG XL pictures"},
        {4, 8, "JXL \r\n\x87\n", "JPEG XL pictures"},
        {4, 8, "jP  \r\n\x87\n", "JPEG 2000 pictures"},
        {0, 4, "\xff\x4f\xff\x51", "JPEG 2000 pictures"},
        {0, 5, "%PDF-", "PDF documents"},
        {0, 4, "\x76\x2f\x31\x01", "OpenEXR pictures"},
        {0, 4, "\x53\x80\xf6\x34", "Softimage PIC pictures"},
        {0, 3, "P7\n", "PAM pictures"},
        {0, 4, "qoif", "QOI pictures"},
        {0, 8, "farbfeld", "farbfeld pictures"},
        {0, 4, "DDS ", "DDS pictures"},
        {0, 4, "\0\0\1\0", "ICO pictures"},
        {128, 4, "DICM", "DICOM pictures"},
        {0, 4, "PK\3\4", "ZIP archives"},
        {0, 2, "\x1f\x8b", "gzip files"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (has(source, known[i].offset, known[i].signature, known[i].length))
            return known[i].name;
    return NULL;
}

static const char *unsupported_text(const bc_source *source) {
    if (begins_text(source, "<svg") || (begins_text(source, "<?xml") && contains_early(source, "<svg")))
        return "SVG drawings";
    if (begins_text(source, "<!doctype html") || begins_text(source, "<html"))
        return "HTML pages";
    if (begins_text(source, "version https://git-lfs"))
        return "Git LFS pointers";
    return NULL;
}

bc_status bc_source_sniff(bc_image_kind *kind, const bc_source *source, bc_error *err) {
    if (source->size == 0)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: empty file", source->name);
    *kind = is_pnm(source) ? BC_IMAGE_PNM : supported_kind(source);
    if (*kind != BC_IMAGE_UNKNOWN)
        return BC_OK;
    const char *unsupported = unsupported_binary(source);
    if (unsupported == NULL)
        unsupported = unsupported_text(source);
    if (unsupported != NULL)
        return bc_fail(err, BC_ERROR_FORMAT,
                       "%s: %s are not supported (JPEG, PNG, GIF, BMP, TGA, PNM and PSD are)", source->name,
                       unsupported);
    *kind = BC_IMAGE_TGA;
    return BC_OK;
}
