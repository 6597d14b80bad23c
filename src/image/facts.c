/* Looks at a picture's file without decoding it. */
#include "image/facts.h"

#include "decode.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_animated(const bc_stored *stored, const bc_source *source) {
    switch (stored->kind) {
    case BC_IMAGE_GIF:
        return bc_gif_is_animated(source);
    case BC_IMAGE_PNG:
        return bc_png_is_animated(source);
    default:
        return false;
    }
}

bc_status bc_image_describe(bc_image_facts *facts, const uint8_t *bytes, size_t size, const char *name,
                            bc_error *err) {
    const bc_source source = {bytes, size, name};
    bc_stored stored;
    *facts = (bc_image_facts){.orientation = 1};
    bc_status status = bc_image_look(&facts->info, bytes, size, name, err);
    if (status == BC_OK)
        status = bc_source_look(&stored, &source, err);
    if (status != BC_OK)
        return status;
    facts->orientation = stored.orientation;
    facts->jpeg_quality = stored.kind == BC_IMAGE_JPEG ? bc_jpeg_quality(&source) : 0;
    facts->is_cmyk = stored.layout == BC_LAYOUT_CMYK || stored.layout == BC_LAYOUT_CMYK_INVERTED;
    facts->has_alpha = stored.layout == BC_LAYOUT_GRAY_ALPHA || stored.layout == BC_LAYOUT_RGB_ALPHA;
    facts->is_animated = is_animated(&stored, &source);
    facts->has_exif = stored.exif.is_there;
    snprintf(facts->camera, sizeof facts->camera, "%s", stored.exif.camera);
    return BC_OK;
}

static const struct kind_names {
    const char *name;
    const char *extensions; /* each after a blank, in lower case */
} kinds[] = {
    [BC_IMAGE_UNKNOWN] = {"unknown", ""},      [BC_IMAGE_JPEG] = {"JPEG", " jpg jpeg jpe jfif"},
    [BC_IMAGE_PNG] = {"PNG", " png apng"},     [BC_IMAGE_GIF] = {"GIF", " gif"},
    [BC_IMAGE_BMP] = {"BMP", " bmp dib rle"},  [BC_IMAGE_PNM] = {"PNM", " pnm pbm pgm ppm"},
    [BC_IMAGE_PSD] = {"PSD", " psd"},          [BC_IMAGE_TGA] = {"TGA", " tga targa icb vda vst"},
    [BC_IMAGE_HDR] = {"HDR", " hdr rgbe pic"},
};

const char *bc_image_kind_name(bc_image_kind kind) {
    return kinds[kind].name;
}

/* Kinds that are not decoded here. */
static const char other_extensions[] =
    " webp tif tiff heic heif avif jxl jp2 svg pdf ico txt csv json html zip";

static bool has_word(const char *words, const char *word) {
    const size_t length = strlen(word);
    for (const char *at = words; *at != 0; at += strcspn(at, " ")) {
        at++;
        if (strcspn(at, " ") == length && strncasecmp(at, word, length) == 0)
            return true;
    }
    return false;
}

bool bc_image_is_misnamed(bc_image_kind kind, const char *path) {
    const char *extension = strrchr(bc_file_name(path), '.');
    if (extension == NULL || has_word(kinds[kind].extensions, extension + 1))
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (has_word(kinds[i].extensions, extension + 1))
            return true;
    return has_word(other_extensions, extension + 1);
}
