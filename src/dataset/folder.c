/* Lists the files below a folder of class folders. */
#include "dataset/listing.h"

#include "base/file.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_LIMIT = 64 }; /* folders within folders; bounds the recursion */

typedef struct bc_names {
    char **items;
    size_t count, capacity;
} bc_names;

typedef struct bc_folder_id {
    dev_t device;
    ino_t inode;
    bool used;
} bc_folder_id;

/* A hash set with open addressing; capacity is a power of two and never more than half full. */
typedef struct bc_folder_set {
    bc_folder_id *slots;
    size_t count, capacity;
} bc_folder_set;

typedef struct bc_scan {
    bc_listing *listing;
    size_t below; /* where the part of a path below the data folder begins */
    bc_class *class;
    bc_split split;
    bc_folder_set entered; /* in this class: symbolic links may lead to a folder again and again */
} bc_scan;

static bc_status io_error(const char *path, bc_error *err) {
    return bc_fail(err, errno == ENOMEM ? BC_ERROR_MEMORY : BC_ERROR_IO, "%s: %s", path, strerror(errno));
}

static void free_names(bc_names *names) {
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    *names = (bc_names){0};
}

static bc_status add_name(bc_names *names, const char *name, bc_error *err) {
    void *block = names->items;
    bc_status status = bc_grow(&block, &names->capacity, names->count + 1, sizeof *names->items, err);
    names->items = block;
    if (status == BC_OK)
        status = bc_copy_text(&names->items[names->count], name, strlen(name), err);
    names->count += status == BC_OK;
    return status;
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder without dot-files, sorted. They are read to the end before any is looked at, so that
 * no folder stays open while those in it are walked through. */
static bc_status read_names(bc_names *names, const char *path, bc_error *err) {
    *names = (bc_names){0};
    DIR *folder = opendir(path);
    if (folder == NULL)
        return io_error(path, err);
    bc_status status = BC_OK;
    const struct dirent *entry = NULL;
    do {
        errno = 0;
        entry = readdir(folder);
        if (entry != NULL && entry->d_name[0] != '.')
            status = add_name(names, entry->d_name, err);
        else if (entry == NULL && errno != 0)
            status = io_error(path, err);
    } while (status == BC_OK && entry != NULL);
    closedir(folder);
    if (names->count > 0)
        qsort(names->items, names->count, sizeof *names->items, by_bytes);
    return status;
}

/* Keeps only the names of folders. */
static bc_status read_folders(bc_names *names, const char *path, bc_error *err) {
    bc_status status = read_names(names, path, err);
    size_t kept = 0;
    for (size_t i = 0; status == BC_OK && i < names->count; i++) {
        char *joined;
        struct stat found;
        status = bc_file_join(&joined, path, names->items[i], err);
        if (status == BC_OK && stat(joined, &found) == 0 && S_ISDIR(found.st_mode)) {
            char *name = names->items[i];
            names->items[i] = names->items[kept];
            names->items[kept++] = name;
        }
        free(joined);
    }
    while (status == BC_OK && names->count > kept)
        free(names->items[--names->count]);
    return status;
}

/* Returns the slot that holds id, or the free one where it belongs. */
static bc_folder_id *find_slot(const bc_folder_set *set, const bc_folder_id *id) {
    uint64_t hash = ((uint64_t)id->inode * 31 + (uint64_t)id->device) * 0x9e3779b97f4a7c15u;
    size_t at = (size_t)(hash >> 32) & (set->capacity - 1);
    while (set->slots[at].used && (set->slots[at].inode != id->inode || set->slots[at].device != id->device))
        at = (at + 1) & (set->capacity - 1);
    return &set->slots[at];
}

static bc_status grow_set(bc_folder_set *set, bc_error *err) {
    void *block;
    bc_folder_set larger = {.count = set->count, .capacity = set->capacity > 0 ? 2 * set->capacity : 64};
    bc_status status = bc_alloc(&block, larger.capacity, sizeof *larger.slots, err);
    if (status != BC_OK)
        return status;
    larger.slots = block;
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i].used)
            *find_slot(&larger, &set->slots[i]) = set->slots[i];
    }
    free(set->slots);
    *set = larger;
    return BC_OK;
}

/* *first tells whether the folder was not entered before. */
static bc_status enter(bool *first, bc_folder_set *set, const struct stat *found, bc_error *err) {
    bc_status status = 2 * (set->count + 1) > set->capacity ? grow_set(set, err) : BC_OK;
    if (status != BC_OK)
        return status;
    bc_folder_id id = {found->st_dev, found->st_ino, true};
    bc_folder_id *slot = find_slot(set, &id);
    *first = !slot->used;
    *slot = id;
    set->count += *first;
    return BC_OK;
}

static bc_status enter_path(bc_folder_set *set, const char *path, bc_error *err) {
    struct stat found;
    bool first;
    return stat(path, &found) == 0 ? enter(&first, set, &found, err) : io_error(path, err);
}

static bc_status scan_folder(bc_scan *scan, const char *path, int depth, bc_error *err);

/* Takes over path. A file that cannot be looked at, such as a link to nowhere, is listed all the same: it is
 * then told with the pictures that cannot be read. What is neither file nor folder is never opened. */
static bc_status scan_entry(bc_scan *scan, char *path, int depth, bc_error *err) {
    struct stat found;
    bool there = stat(path, &found) == 0;
    if (there && S_ISDIR(found.st_mode)) {
        bool first = false;
        bc_status status = enter(&first, &scan->entered, &found, err);
        if (status == BC_OK && first)
            status = scan_folder(scan, path, depth + 1, err);
        free(path);
        return status;
    }
    if (there && !S_ISREG(found.st_mode)) {
        free(path);
        return BC_OK;
    }
    bc_listed item = {.sample = {.path = path,
                                 .below = scan->below,
                                 .bytes = there ? (uint64_t)found.st_size : 0,
                                 .weight = 1,
                                 .split = scan->split}};
    return bc_listing_add(scan->listing, scan->class, &item, err);
}

static bc_status scan_folder(bc_scan *scan, const char *path, int depth, bc_error *err) {
    if (depth > DEPTH_LIMIT)
        return bc_fail(err, BC_ERROR_LIMIT, "%s: folders are nested more than %d deep", path, DEPTH_LIMIT);
    bc_names names;
    bc_status status = read_names(&names, path, err);
    for (size_t i = 0; status == BC_OK && i < names.count; i++) {
        char *joined;
        status = bc_file_join(&joined, path, names.items[i], err);
        if (status == BC_OK)
            status = scan_entry(scan, joined, depth, err);
    }
    free_names(&names);
    return status;
}

/* The data folder and the class's own are counted as entered, so that a link back to them ends there. */
static bc_status scan_class(bc_scan *scan, const char *parent, const char *name, bc_error *err) {
    char *path;
    bc_status status = bc_file_join(&path, parent, name, err);
    if (status != BC_OK)
        return status;
    status = bc_listing_class(&scan->class, scan->listing, name, strlen(name), err);
    if (status == BC_OK)
        status = enter_path(&scan->entered, scan->listing->name, err);
    if (status == BC_OK)
        status = enter_path(&scan->entered, parent, err);
    if (status == BC_OK)
        status = enter_path(&scan->entered, path, err);
    if (status == BC_OK)
        status = scan_folder(scan, path, 1, err);
    free(scan->entered.slots);
    scan->entered = (bc_folder_set){0};
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
            status = read_folders(&classes, path, err);
        bc_listing_split(&scan->split, name, strlen(name));
        if (status == BC_OK)
            status = scan_classes(scan, path, &classes, err);
        free_names(&classes);
        free(path);
    }
    return status;
}

/* How many of the folders are named like splits, and whether one of them is for training. */
static size_t count_splits(bool *has_train, const bc_names *folders) {
    size_t splits = 0;
    *has_train = false;
    for (size_t i = 0; i < folders->count; i++) {
        bc_split split;
        if (!bc_listing_split(&split, folders->items[i], strlen(folders->items[i])))
            continue;
        splits++;
        *has_train = *has_train || split == BC_SPLIT_TRAIN;
    }
    return splits;
}

bc_status bc_listing_scan(bc_listing *listing, const char *folder, bc_error *err) {
    bc_scan scan = {.listing = listing, .below = bc_listing_below(folder)};
    bc_names folders;
    bool has_train = false;
    *listing = (bc_listing){.name = folder};
    bc_status status = read_folders(&folders, folder, err);
    if (status != BC_OK)
        goto done;
    bool all_splits = count_splits(&has_train, &folders) == folders.count;
    if (folders.count == 0)
        status = bc_fail(err, BC_ERROR_FORMAT,
                         "%s: no class folders in it; each class needs a folder of its own", folder);
    else if (all_splits && has_train)
        status = scan_splits(&scan, folder, &folders, err);
    else if (all_splits)
        status = bc_fail(err, BC_ERROR_FORMAT, "%s: has a folder '%s' but no folder 'train'", folder,
                         folders.items[0]);
    else
        status = scan_classes(&scan, folder, &folders, err);
    bc_listing_sort(listing);
done:
    free_names(&folders);
    return status;
}
