/* The tags of an EXIF block that matter here. */
#include "decode.h"

#include <libexif/exif-data.h>
#include <limits.h>
#include <string.h>

/* libexif has made a short of a tag that is one by the standard, whatever it was written as. */
static unsigned tag_value(const ExifEntry *entry, ExifByteOrder order) {
    if (entry == NULL || entry->components < 1 || entry->format != EXIF_FORMAT_SHORT || entry->size < 2)
        return 0;
    return exif_get_short(entry->data, order);
}

/* Appends the text of a tag after a blank, what cannot be printed as '?'. */
static void append_words(char words[BC_CAMERA_SIZE], const ExifEntry *entry) {
    size_t length = strlen(words);
    if (entry == NULL || entry->format != EXIF_FORMAT_ASCII)
        return;
    if (length > 0 && length < BC_CAMERA_SIZE - 1)
        words[length++] = ' ';
    for (size_t i = 0; i < entry->size && entry->data[i] != 0 && length < BC_CAMERA_SIZE - 1; i++)
        words[length++] = entry->data[i] > ' ' && entry->data[i] < 0x7f ? (char)entry->data[i]
                          : entry->data[i] == ' '                       ? ' '
                                                                        : '?';
    while (length > 0 && words[length - 1] == ' ')
        length--;
    words[length] = 0;
}

bc_exif bc_exif_read(const uint8_t *block, size_t size) {
    bc_exif found = {.is_there = true, .orientation = 1};
    ExifData *data = size <= UINT_MAX ? exif_data_new() : NULL;
    if (data == NULL)
        return found;
    exif_data_load_data(data, block, (unsigned)size);
    ExifContent *content = data->ifd[EXIF_IFD_0];
    unsigned orientation =
        tag_value(exif_content_get_entry(content, EXIF_TAG_ORIENTATION), exif_data_get_byte_order(data));
    append_words(found.camera, exif_content_get_entry(content, EXIF_TAG_MAKE));
    append_words(found.camera, exif_content_get_entry(content, EXIF_TAG_MODEL));
    exif_data_unref(data);
    if (orientation >= 1 && orientation <= 8)
        found.orientation = orientation;
    return found;
}
