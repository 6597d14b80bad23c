/* Walks through a folder with a stack of its own, so that files can be taken one at a time. */
#define _DEFAULT_SOURCE /* the kinds in dirent */
#include "base/walk.h"

#include "base/file.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What a folder holds. The names of folders end in a slash, so that sorting the names sorts the paths. */
typedef struct bc_folder {
    char *path;
    char **names;
    size_t count, capacity, next;
} bc_folder;

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

struct bc_walk {
    bc_folder folders[BC_WALK_DEPTH_LIMIT]; /* from the one given to the one being read */
    size_t depth;
    bc_folder_set entered;
};

static bc_status io_error(const char *path, bc_error *err) {
    return bc_fail(err, errno == ENOMEM ? BC_ERROR_MEMORY : BC_ERROR_IO, "%s: %s", path, strerror(errno));
}

/* ---- the folders that were entered ---- */

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
static bc_status enter(bool *first, bc_folder_set *set, const char *path, bc_error *err) {
    struct stat found;
    *first = false;
    if (stat(path, &found) != 0)
        return io_error(path, err);
    bc_status status = 2 * (set->count + 1) > set->capacity ? grow_set(set, err) : BC_OK;
    if (status != BC_OK)
        return status;
    bc_folder_id id = {found.st_dev, found.st_ino, true};
    bc_folder_id *slot = find_slot(set, &id);
    *first = !slot->used;
    *slot = id;
    set->count += *first;
    return BC_OK;
}

/* ---- one folder ---- */

static void free_folder(bc_folder *folder) {
    for (size_t i = 0; i < folder->count; i++)
        free(folder->names[i]);
    free(folder->names);
    free(folder->path);
    *folder = (bc_folder){0};
}

static bool is_folder(const char *name) {
    return name[strlen(name) - 1] == '/';
}

/* What the walk does with an entry. */
typedef enum bc_kind { KIND_OTHER, KIND_FILE, KIND_FOLDER } bc_kind;

/* Most systems tell the kind along with the name; only for a link, or where they do not, is it asked for.
 * What cannot be looked at counts as a file. */
static bc_kind kind_of(const struct dirent *entry, DIR *folder) {
    struct stat found;
    switch (entry->d_type) {
    case DT_REG:
        return KIND_FILE;
    case DT_DIR:
        return KIND_FOLDER;
    case DT_LNK:
    case DT_UNKNOWN:
        break;
    default:
        return KIND_OTHER;
    }
    if (fstatat(dirfd(folder), entry->d_name, &found, 0) != 0)
        return KIND_FILE;
    return S_ISDIR(found.st_mode) ? KIND_FOLDER : S_ISREG(found.st_mode) ? KIND_FILE : KIND_OTHER;
}

static bc_status add_entry(bc_folder *folder, const char *name, bc_kind kind, bc_error *err) {
    void *names = folder->names, *copy;
    const size_t length = strlen(name);
    if (kind == KIND_OTHER)
        return BC_OK;
    bc_status status = bc_grow(&names, &folder->capacity, folder->count + 1, sizeof *folder->names, err);
    folder->names = names;
    if (status == BC_OK)
        status = bc_alloc(&copy, length + 2, 1, err);
    if (status != BC_OK)
        return status;
    char *added = folder->names[folder->count++] = copy;
    memcpy(added, name, length);
    if (kind == KIND_FOLDER)
        added[length] = '/';
    return BC_OK;
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Read to the end before any entry is walked into, so that no folder stays open meanwhile. *folder is freed
 * by the caller in any case. */
static bc_status read_folder(bc_folder *folder, const char *path, bc_error *err) {
    *folder = (bc_folder){0};
    bc_status status = bc_copy_text(&folder->path, path, strlen(path), err);
    if (status != BC_OK)
        return status;
    DIR *open_folder = opendir(path);
    struct stat itself;
    if (open_folder == NULL)
        return io_error(path, err);
    if (fstatat(dirfd(open_folder), ".", &itself, 0) != 0) /* it may be read but not entered */
        status = io_error(path, err);
    for (bool more = true; status == BC_OK && more;) {
        errno = 0;
        const struct dirent *entry = readdir(open_folder);
        more = entry != NULL;
        if (more && entry->d_name[0] != '.')
            status = add_entry(folder, entry->d_name, kind_of(entry, open_folder), err);
        else if (!more && errno != 0)
            status = io_error(path, err);
    }
    closedir(open_folder);
    if (folder->count > 0)
        qsort(folder->names, folder->count, sizeof *folder->names, by_bytes);
    return status;
}

/* ---- the walk ---- */

/* Puts the folder on the stack, unless it was entered before. */
static bc_status push(bc_walk *walk, const char *path, bc_error *err) {
    bool first;
    bc_status status = enter(&first, &walk->entered, path, err);
    if (status != BC_OK || !first)
        return status;
    if (walk->depth == BC_WALK_DEPTH_LIMIT)
        return bc_fail(err, BC_ERROR_LIMIT, "%s: folders are nested more than %d deep", path,
                       BC_WALK_DEPTH_LIMIT);
    bc_folder *folder = &walk->folders[walk->depth];
    status = read_folder(folder, path, err);
    if (status == BC_OK)
        walk->depth++;
    else
        free_folder(folder);
    return status;
}

bc_status bc_walk_open_except(bc_walk **walk, const char *folder, const char *const *except, size_t count,
                              bc_error *err) {
    void *block;
    bool first;
    bc_status status = bc_alloc(&block, 1, sizeof **walk, err);
    *walk = block;
    for (size_t i = 0; status == BC_OK && i < count; i++)
        status = enter(&first, &(*walk)->entered, except[i], err);
    return status == BC_OK ? push(*walk, folder, err) : status;
}

bc_status bc_walk_open(bc_walk **walk, const char *folder, bc_error *err) {
    return bc_walk_open_except(walk, folder, NULL, 0, err);
}

bc_status bc_walk_next(char **path, bc_walk *walk, bc_error *err) {
    *path = NULL;
    while (walk->depth > 0) {
        bc_folder *folder = &walk->folders[walk->depth - 1];
        if (folder->next == folder->count) {
            free_folder(folder);
            walk->depth--;
            continue;
        }
        const char *name = folder->names[folder->next++];
        char *joined = NULL;
        bc_status status = bc_file_join(&joined, folder->path, name, err);
        if (status == BC_OK && !is_folder(name)) {
            *path = joined;
            return BC_OK;
        }
        if (status == BC_OK) {
            joined[strlen(joined) - 1] = '\0';
            status = push(walk, joined, err);
        }
        if (status != BC_OK) {
            *path = joined;
            return status;
        }
        free(joined);
    }
    return BC_OK;
}

void bc_walk_free(bc_walk *walk) {
    if (walk == NULL)
        return;
    while (walk->depth > 0)
        free_folder(&walk->folders[--walk->depth]);
    free(walk->entered.slots);
    free(walk);
}

/* ---- names of folders ---- */

void bc_names_free(bc_names *names) {
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    *names = (bc_names){0};
}

bc_status bc_names_of_folders(bc_names *names, const char *path, bc_error *err) {
    bc_folder folder;
    *names = (bc_names){0};
    bc_status status = read_folder(&folder, path, err);
    for (size_t i = 0; status == BC_OK && i < folder.count; i++) {
        const char *name = folder.names[i];
        if (!is_folder(name))
            continue;
        void *block = names->items;
        status = bc_grow(&block, &names->capacity, names->count + 1, sizeof *names->items, err);
        names->items = block;
        if (status == BC_OK)
            status = bc_copy_text(&names->items[names->count], name, strlen(name) - 1, err);
        names->count += status == BC_OK;
    }
    if (names->count > 0)
        qsort(names->items, names->count, sizeof *names->items, by_bytes);
    free_folder(&folder);
    return status;
}
