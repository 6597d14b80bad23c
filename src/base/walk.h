/*
 * The files below a folder, one at a time, in bytewise order of their paths. Dot-files are passed over and
 * symbolic links followed; no folder is entered twice, so loops of links end.
 */
#ifndef BC_BASE_WALK_H
#define BC_BASE_WALK_H

#include <bclass/error.h>

#include <stddef.h>

enum { BC_WALK_DEPTH_LIMIT = 64 }; /* folders within folders */

typedef struct bc_walk bc_walk;

/* Freed by the caller in any case. */
bc_status bc_walk_open(bc_walk **walk, const char *folder, bc_error *err);

/* The same, but so many folders count as entered already: a link to one of them is passed over, and where
 * folder itself is one there are no files. */
bc_status bc_walk_open_except(bc_walk **walk, const char *folder, const char *const *except, size_t count,
                              bc_error *err);

/* The next regular file: *path (folder/..., freed by the caller), NULL at the end. What cannot be looked at,
 * such as a link to nowhere, is given as a file, to be told when it is read; pipes, sockets and devices are
 * passed over. Memory: the names in the folders on the way to the file. An error comes from a folder, such as
 * one that may not be read, or not be entered: *path is then that folder's, and the next call goes on behind
 * it. */
bc_status bc_walk_next(char **path, bc_walk *walk, bc_error *err);

void bc_walk_free(bc_walk *walk);

typedef struct bc_names {
    char **items;
    size_t count, capacity;
} bc_names;

/* The names of the folders in a folder, sorted. *names is zero-initialised here and freed by the caller in
 * any case. */
bc_status bc_names_of_folders(bc_names *names, const char *folder, bc_error *err);
void bc_names_free(bc_names *names);

#endif
