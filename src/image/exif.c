/* The orientation tag of an EXIF block. */
#include "decode.h"

#include <libexif/exif-data.h>
#include <limits.h>

static unsigned tag_value(const ExifEntry *entry, ExifByteOrder order) {
    if (entry == NULL || entry->components < 1)
        return 0;
    if (entry->format == EXIF_FORMAT_SHORT && entry->size >= 2)
        return exif_get_short(entry->data, order);
    if (entry->format == EXIF_FORMAT_LONG && entry->size >= 4)
        return exif_get_long(entry->data, order);
    return 0;
}

unsigned bc_exif_orientation(const uint8_t *exif, size_t size) {
    ExifData *data = size <= UINT_MAX ? exif_data_new() : NULL;
    if (data == NULL)
        return 1;
    exif_data_load_data(data, exif, (unsigned)size);
    ExifEntry *entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
    unsigned orientation = tag_value(entry, exif_data_get_byte_order(data));
    exif_data_unref(data);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
}
