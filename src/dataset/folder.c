/* Lists the files below a folder of class folders. */
#include "dataset/listing.h"

#include "base/file.h"
#include "base/walk.h"

#include <stdlib.h>
#include <string.h>

typedef struct bc_scan {
    bc_listing *listing;
    size_t below; /* where the part of a path below the data folder begins */
    bc_class *class;
    bc_split split;
} bc_scan;

static bc_status list_files(bc_scan *scan, bc_walk *walk, bc_error *err) {
    for (;;) {
        bc_listed item = {.sample = {.below = scan->below, .weight = 1, .split = scan->split}};
        bc_status status = bc_walk_next(&item.sample.path, walk, err);
        if (status != BC_OK)
            free(item.sample.path);
        if (status != BC_OK || item.sample.path == NULL)
            return status;
        status = bc_listing_add(scan->listing, scan->class, &item, err);
        if (status != BC_OK)
            return status;
    }
}

/* The data folder and that of the split are excepted: a link back to them ends there, and is no class. */
static bc_status scan_class(bc_scan *scan, const char *parent, const char *name, bc_error *err) {
    const char *const except[] = {scan->listing->name, parent};
    char *path;
    bc_walk *walk = NULL;
    bc_status status = bc_file_join(&path, parent, name, err);
    if (status != BC_OK)
        return status;
    status = bc_listing_class(&scan->class, scan->listing, name, strlen(name), err);
    if (status == BC_OK)
        status = bc_walk_open_except(&walk, path, except, 2, err);
    if (status == BC_OK)
        status = list_files(scan, walk, err);
    bc_walk_free(walk);
    free(path);
    return status;
}

static bc_status scan_classes(bc_scan *scan, const char *parent, const bc_names *classes, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < classes->count; i++)
        status = scan_class(scan, parent, classes->items[i], err);
    return status;
}

static bc_status scan_splits(bc_scan *scan, const char *parent, const bc_names *splits, bc_error *err) {
    bc_status status = BC_OK;
    scan->listing->splits_stated = true;
    for (size_t i = 0; status == BC_OK && i < splits->count; i++) {
        const char *name = splits->items[i];
        bc_names classes = {0};
        char *path;
        status = bc_file_join(&path, parent, name, err);
        if (status == BC_OK)
            status = bc_names_of_folders(&classes, path, err);
        bc_listing_split(&scan->split, name, strlen(name));
        if (status == BC_OK)
            status = scan_classes(scan, path, &classes, err);
        bc_names_free(&classes);
        free(path);
    }
    return status;
}

typedef struct bc_split_names {
    size_t count;      /* of folders that are named like splits */
    bool train;        /* one of them is for training */
    const char *other; /* the first folder that is named otherwise, or NULL */
} bc_split_names;

static bc_split_names look_for_splits(const bc_names *folders) {
    bc_split_names found = {0};
    for (size_t i = 0; i < folders->count; i++) {
        const char *name = folders->items[i];
        bc_split split;
        if (bc_listing_split(&split, name, strlen(name))) {
            found.count++;
            found.train = found.train || split == BC_SPLIT_TRAIN;
        } else if (found.other == NULL) {
            found.other = name;
        }
    }
    return found;
}

bc_status bc_listing_scan(bc_listing *listing, const char *folder, bc_error *err) {
    bc_scan scan = {.listing = listing, .below = bc_listing_below(folder)};
    bc_names folders;
    *listing = (bc_listing){.name = folder};
    bc_status status = bc_names_of_folders(&folders, folder, err);
    if (status != BC_OK)
        goto done;
    const bc_split_names splits = look_for_splits(&folders);
    if (folders.count == 0)
        status = bc_fail(err, BC_ERROR_FORMAT,
                         "%s: no class folders in it; each class needs a folder of its own", folder);
    else if (splits.other == NULL && splits.train)
        status = scan_splits(&scan, folder, &folders, err);
    else if (splits.other == NULL)
        status = bc_fail(err, BC_ERROR_FORMAT, "%s: has a folder '%s' but no folder 'train'", folder,
                         folders.items[0]);
    else if (splits.train && splits.count > 1)
        status = bc_fail(err, BC_ERROR_FORMAT,
                         "%s: holds splits, but the folder '%s' beside them is neither train, val nor test",
                         folder, splits.other);
    else
        status = scan_classes(&scan, folder, &folders, err);
    bc_listing_sort(listing);
done:
    bc_names_free(&folders);
    return status;
}
