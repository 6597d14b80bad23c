/* The list of files and classes that folders and manifests are read into. */
#include "dataset/listing.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void bc_listing_free(bc_listing *listing) {
    for (size_t i = 0; i < listing->count; i++) {
        free(listing->items[i].sample.path);
        free(listing->items[i].sample.group);
    }
    for (size_t i = 0; i < listing->class_count; i++) {
        free(listing->classes[i]->name);
        free(listing->classes[i]);
    }
    free(listing->items);
    free(listing->classes);
    *listing = (bc_listing){0};
}

static int compare_name(const char *text, const char *name, size_t length) {
    int order = strncmp(text, name, length);
    return order != 0 ? order : text[length] != '\0';
}

/* Where the class stands, or would be inserted. */
static size_t find_class(const bc_listing *listing, const char *name, size_t length, bool *found) {
    size_t low = 0, high = listing->class_count;
    *found = false;
    while (low < high && !*found) {
        size_t middle = low + (high - low) / 2;
        int order = compare_name(listing->classes[middle]->name, name, length);
        *found = order == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return high;
}

static bc_status make_class(bc_class **class, const char *name, size_t length, bc_error *err) {
    void *block;
    *class = NULL;
    bc_status status = bc_alloc(&block, 1, sizeof **class, err);
    if (status != BC_OK)
        return status;
    bc_class *made = block;
    status = bc_copy_text(&made->name, name, length, err);
    if (status == BC_OK)
        *class = made;
    else
        free(made);
    return status;
}

bc_status bc_listing_class(bc_class **class, bc_listing *listing, const char *name, size_t length,
                           bc_error *err) {
    bool found;
    size_t place = find_class(listing, name, length, &found);
    if (found) {
        *class = listing->classes[place];
        return BC_OK;
    }
    *class = NULL;
    if (listing->class_count == BC_CLASSES_LIMIT)
        return bc_fail(err, BC_ERROR_LIMIT, "%s: more than %d different class names", listing->name,
                       BC_CLASSES_LIMIT);
    void *block = listing->classes;
    bc_status status =
        bc_grow(&block, &listing->class_capacity, listing->class_count + 1, sizeof *listing->classes, err);
    listing->classes = block;
    if (status == BC_OK)
        status = make_class(class, name, length, err);
    if (status != BC_OK)
        return status;
    memmove(listing->classes + place + 1, listing->classes + place,
            (listing->class_count - place) * sizeof *listing->classes);
    listing->classes[place] = *class;
    listing->class_count++;
    return BC_OK;
}

bc_status bc_listing_add(bc_listing *listing, bc_class *class, const bc_listed *item, bc_error *err) {
    bc_status status;
    void *block = listing->items;
    if (listing->count == UINT32_MAX)
        status =
            bc_fail(err, BC_ERROR_LIMIT, "%s: more than %lu files", listing->name, (unsigned long)UINT32_MAX);
    else
        status = bc_grow(&block, &listing->capacity, listing->count + 1, sizeof *listing->items, err);
    listing->items = block;
    if (status != BC_OK) {
        free(item->sample.path);
        free(item->sample.group);
        return status;
    }
    bc_listed *added = &listing->items[listing->count++];
    *added = *item;
    added->class = class;
    class->files++;
    return BC_OK;
}

static int by_path(const void *a, const void *b) {
    const bc_listed *first = a, *second = b;
    int order = strcmp(first->sample.path, second->sample.path);
    return order != 0 ? order : (first->line > second->line) - (first->line < second->line);
}

/* A folder is walked through in this order already. */
static bool is_sorted(const bc_listing *listing) {
    for (size_t i = 1; i < listing->count; i++) {
        if (by_path(&listing->items[i - 1], &listing->items[i]) > 0)
            return false;
    }
    return true;
}

void bc_listing_sort(bc_listing *listing) {
    if (!is_sorted(listing))
        qsort(listing->items, listing->count, sizeof *listing->items, by_path);
}

size_t bc_listing_below(const char *folder) {
    size_t length = strlen(folder);
    if (length == 0 || strcmp(folder, ".") == 0)
        return 0;
    return length + (folder[length - 1] != '/');
}

bool bc_listing_split(bc_split *split, const char *word, size_t length) {
    char lower[16];
    if (length == 0 || length > sizeof lower)
        return false;
    for (size_t i = 0; i < length; i++)
        lower[i] = (char)(word[i] >= 'A' && word[i] <= 'Z' ? word[i] - 'A' + 'a' : word[i]);
    return bc_split_parse(split, lower, length) && *split != BC_SPLIT_OOF;
}
