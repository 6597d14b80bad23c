/* safetensors files, written and read. */
#include "safetensors.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/output.h"

#include <stdlib.h>
#include <string.h>

enum { LENGTH_SIZE = 8, VALUE_SIZE = 4, CHUNK = 4096 };

static const char metadata_key[] = "__metadata__";

/* ---- writing ---- */

static void put_tensors(bc_json_builder *builder, const bc_tensor *tensors, size_t count) {
    size_t position = 0;
    for (const bc_tensor *tensor = tensors; tensor < tensors + count; tensor++) {
        bc_json_begin_object(builder, tensor->name);
        bc_json_put_text(builder, "dtype", "F32");
        bc_json_begin_array(builder, "shape");
        for (uint32_t i = 0; i < tensor->rank; i++)
            bc_json_put_integer(builder, NULL, tensor->shape[i]);
        bc_json_end(builder);
        bc_json_begin_array(builder, "data_offsets");
        bc_json_put_integer(builder, NULL, (int64_t)position);
        position += VALUE_SIZE * tensor->count;
        bc_json_put_integer(builder, NULL, (int64_t)position);
        bc_json_end(builder);
        bc_json_end(builder);
    }
}

static bc_status make_header(bc_text *header, const bc_metadata *metadata, size_t metadata_count,
                             const bc_tensor *tensors, size_t tensor_count, bc_error *err) {
    bc_json_builder *builder;
    bc_status status = bc_json_builder_create(&builder, err);
    if (status != BC_OK)
        return status;
    bc_json_begin_object(builder, metadata_key);
    for (size_t i = 0; i < metadata_count; i++)
        bc_json_put_text(builder, metadata[i].key, metadata[i].value);
    bc_json_end(builder);
    put_tensors(builder, tensors, tensor_count);
    status = bc_json_finish(header, builder, false, err);
    bc_json_builder_free(builder);
    while (status == BC_OK && !header->failed && header->length % 8 != 0)
        bc_text_char(header, ' ');
    return status == BC_OK ? bc_text_check(header, err) : status;
}

static bc_status write_header(bc_output *output, const bc_text *header, bc_error *err) {
    uint8_t length[LENGTH_SIZE];
    for (int i = 0; i < LENGTH_SIZE; i++)
        length[i] = (uint8_t)((uint64_t)header->length >> (8 * i));
    bc_status status = bc_output_write(output, length, sizeof length, err);
    return status == BC_OK ? bc_output_write(output, header->data, header->length, err) : status;
}

/* Byte by byte, so that the file is little-endian on every machine. */
static bc_status write_values(bc_output *output, const float *values, size_t count, bc_error *err) {
    uint8_t bytes[VALUE_SIZE * CHUNK];
    for (size_t done = 0; done < count;) {
        size_t some = count - done < CHUNK ? count - done : CHUNK;
        for (size_t i = 0; i < some; i++) {
            uint32_t bits;
            memcpy(&bits, &values[done + i], sizeof bits);
            for (size_t k = 0; k < VALUE_SIZE; k++)
                bytes[VALUE_SIZE * i + k] = (uint8_t)(bits >> (8 * k));
        }
        bc_status status = bc_output_write(output, bytes, VALUE_SIZE * some, err);
        if (status != BC_OK)
            return status;
        done += some;
    }
    return BC_OK;
}

bc_status bc_safetensors_write(const char *path, const bc_metadata *metadata, size_t metadata_count,
                               const bc_tensor *tensors, size_t tensor_count, const float *values,
                               bc_error *err) {
    bc_output *output = NULL;
    bc_text header = {0};
    bc_status status = make_header(&header, metadata, metadata_count, tensors, tensor_count, err);
    if (status != BC_OK)
        goto done;
    if (header.length > BC_SAFETENSORS_HEADER_LIMIT) {
        status = bc_fail(err, BC_ERROR_LIMIT, "%s: not written: a header of %zu bytes is more than %d", path,
                         header.length, BC_SAFETENSORS_HEADER_LIMIT);
        goto done;
    }
    status = bc_output_open(&output, path, err);
    if (status == BC_OK)
        status = write_header(output, &header, err);
    for (size_t i = 0; status == BC_OK && i < tensor_count; i++)
        status = write_values(output, values + tensors[i].offset, tensors[i].count, err);
    if (status == BC_OK)
        status = bc_output_commit(output, err);
done:
    bc_output_free(output);
    bc_text_free(&header);
    return status;
}

/* ---- opening ---- */

/* Finds where the header ends and the data begins. */
static bc_status find_data(bc_safetensors *file, size_t size, bc_error *err) {
    uint64_t told = 0;
    if (size < LENGTH_SIZE)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: %s", file->path,
                       size == 0 ? "empty file" : "cut short: no safetensors file is so small");
    for (int i = 0; i < LENGTH_SIZE; i++)
        told |= (uint64_t)file->bytes[i] << (8 * i);
    if (told > BC_SAFETENSORS_HEADER_LIMIT || told > size - LENGTH_SIZE)
        return bc_fail(err, BC_ERROR_FORMAT,
                       "%s: not a safetensors file, or cut short: its header would have %llu bytes",
                       file->path, (unsigned long long)told);
    file->data = file->bytes + LENGTH_SIZE + told;
    file->data_size = size - LENGTH_SIZE - (size_t)told;
    return BC_OK;
}

static bool all_texts(const bc_json *object) {
    for (const bc_json *member = bc_json_first(object); member != NULL; member = bc_json_next(member)) {
        if (bc_json_text(member) == NULL)
            return false;
    }
    return bc_json_is_object(object);
}

static bc_status parse_header(bc_safetensors *file, bc_error *err) {
    const char *header = (const char *)file->bytes + LENGTH_SIZE;
    size_t length = (size_t)(file->data - file->bytes) - LENGTH_SIZE;
    bc_status status = bc_json_parse_object(&file->header, header, length, file->path,
                                            "not a safetensors file: its header is not a JSON object", err);
    if (status != BC_OK)
        return status;
    file->metadata = bc_json_member(file->header, metadata_key);
    if (file->metadata != NULL && !all_texts(file->metadata))
        return bc_fail(err, BC_ERROR_FORMAT, "%s: not a safetensors file: '%s' is not an object of strings",
                       file->path, metadata_key);
    return BC_OK;
}

bc_status bc_safetensors_open(bc_safetensors *file, const char *path, uint64_t data_limit, bc_error *err) {
    const uint64_t limit = LENGTH_SIZE + (uint64_t)BC_SAFETENSORS_HEADER_LIMIT + data_limit;
    size_t size;
    *file = (bc_safetensors){.path = path};
    bc_status status = bc_file_read(&file->bytes, &size, path, limit, err);
    if (status == BC_OK)
        status = find_data(file, size, err);
    return status == BC_OK ? parse_header(file, err) : status;
}

void bc_safetensors_free(bc_safetensors *file) {
    if (file == NULL)
        return;
    bc_json_free(file->header);
    free(file->bytes);
    *file = (bc_safetensors){0};
}

bool bc_safetensors_has(const bc_safetensors *file, const char *key) {
    return bc_json_member(file->metadata, key) != NULL;
}

const char *bc_safetensors_text(const bc_safetensors *file, const char *key) {
    const char *found = NULL;
    for (const bc_json *member = bc_json_first(file->metadata); member != NULL;
         member = bc_json_next(member)) {
        if (strcmp(bc_json_key(member), key) != 0)
            continue;
        if (found != NULL)
            return NULL;
        found = bc_json_text(member);
    }
    return found;
}

/* ---- loading ---- */

/* Where a tensor lies in the data. A tensor has at least one value, so size 0 means not found yet. */
typedef struct place {
    size_t first, size;
} place;

static bc_status wrong(const bc_safetensors *file, const char *name, const char *why, bc_error *err) {
    return bc_fail(err, BC_ERROR_FORMAT, "%s: tensor '%.60s' %s", file->path, name, why);
}

static bool same_shape(const bc_json *shape, const bc_tensor *tensor) {
    int64_t side;
    const bc_json *item = bc_json_first(shape);
    if (!bc_json_is_array(shape) || bc_json_count(shape) != tensor->rank)
        return false;
    for (uint32_t i = 0; i < tensor->rank; i++, item = bc_json_next(item)) {
        if (!bc_json_integer(item, &side) || side != tensor->shape[i])
            return false;
    }
    return true;
}

static bc_status find_place(place *where, const bc_safetensors *file, const bc_json *entry,
                            const bc_tensor *tensor, bc_error *err) {
    const char *type = bc_json_text(bc_json_member(entry, "dtype"));
    const bc_json *offsets = bc_json_member(entry, "data_offsets");
    int64_t first, last;
    if (where->size != 0)
        return wrong(file, tensor->name, "is there twice", err);
    if (!bc_json_is_object(entry) || bc_json_count(entry) != 3)
        return wrong(file, tensor->name, "must have dtype, shape and data_offsets", err);
    if (type == NULL || strcmp(type, "F32") != 0)
        return wrong(file, tensor->name, "is not of type F32", err);
    if (!same_shape(bc_json_member(entry, "shape"), tensor))
        return wrong(file, tensor->name, "has another shape than the network says", err);
    if (!bc_json_is_array(offsets) || bc_json_count(offsets) != 2 ||
        !bc_json_integer(bc_json_first(offsets), &first) ||
        !bc_json_integer(bc_json_next(bc_json_first(offsets)), &last) || first < 0 || last < first ||
        (uint64_t)last > file->data_size)
        return wrong(file, tensor->name, "does not lie within the file", err);
    *where = (place){(size_t)first, (size_t)(last - first)};
    if (where->size % VALUE_SIZE != 0 || where->size / VALUE_SIZE != tensor->count)
        return wrong(file, tensor->name, "has another size than its shape says", err);
    return BC_OK;
}

static bc_status find_places(place *places, const bc_safetensors *file, const bc_tensor *tensors,
                             size_t count, bc_error *err) {
    for (const bc_json *entry = bc_json_first(file->header); entry != NULL; entry = bc_json_next(entry)) {
        size_t i = 0;
        if (entry == file->metadata)
            continue;
        while (i < count && strcmp(tensors[i].name, bc_json_key(entry)) != 0)
            i++;
        if (i == count)
            return wrong(file, bc_json_key(entry), "is none of the network's", err);
        bc_status status = find_place(&places[i], file, entry, &tensors[i], err);
        if (status != BC_OK)
            return status;
    }
    for (size_t i = 0; i < count; i++) {
        if (places[i].size == 0)
            return wrong(file, tensors[i].name, "is missing", err);
    }
    return BC_OK;
}

static int by_place(const void *left, const void *right) {
    const place *a = left, *b = right;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    return (a->size > b->size) - (a->size < b->size);
}

static bc_status check_cover(place *places, const bc_safetensors *file, size_t count, bc_error *err) {
    size_t position = 0;
    qsort(places, count, sizeof *places, by_place);
    for (size_t i = 0; i < count; i++) {
        if (places[i].first != position)
            return bc_fail(err, BC_ERROR_FORMAT, "%s: its tensors %s at byte %zu of the data", file->path,
                           places[i].first < position ? "overlap" : "leave a gap", position);
        position += places[i].size;
    }
    return position == file->data_size ? BC_OK
                                       : bc_fail(err, BC_ERROR_FORMAT, "%s: %zu bytes after the last tensor",
                                                 file->path, file->data_size - position);
}

static void copy_values(float *values, const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++, bytes += VALUE_SIZE) {
        uint32_t bits = 0;
        for (int k = 0; k < VALUE_SIZE; k++)
            bits |= (uint32_t)bytes[k] << (8 * k);
        memcpy(&values[i], &bits, sizeof bits);
    }
}

bc_status bc_safetensors_load(float *values, const bc_safetensors *file, const bc_tensor *tensors,
                              size_t tensor_count, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, tensor_count, sizeof(place), err);
    place *places = block;
    if (status == BC_OK)
        status = find_places(places, file, tensors, tensor_count, err);
    for (size_t i = 0; status == BC_OK && i < tensor_count; i++)
        copy_values(values + tensors[i].offset, file->data + places[i].first, tensors[i].count);
    if (status == BC_OK)
        status = check_cover(places, file, tensor_count, err); /* sorts them */
    free(places);
    return status;
}
