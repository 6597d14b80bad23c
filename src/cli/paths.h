/*
 * The pictures that a command line asks for, as one stream of paths: those given, the files below folders
 * given, and for "-" those that come in on standard input. It is never read further than asked for.
 */
#ifndef BC_CLI_PATHS_H
#define BC_CLI_PATHS_H

#include <bclass/error.h>

#include <stddef.h>

enum { BC_PATH_LIMIT = 1 << 16 }; /* bytes in a path on standard input; a longer one is an error */

typedef struct bc_paths bc_paths;

/* A path of the stream. */
typedef struct bc_path {
    char *path;  /* owned */
    char *error; /* why no picture can be there, owned; NULL as a rule */
} bc_path;

void bc_path_free(bc_path *path);

/* items is used as long as the stream. separator ends the paths on standard input: '\n', or '\0'. With '\n' a
 * line's end may also be CR LF, and empty lines are passed over. */
bc_status bc_paths_open(bc_paths **paths, const char *const *items, size_t count, char separator,
                        bc_error *err);

/* Fills list with *count paths: waits for the first, then takes at most room of those that are there without
 * waiting. *count 0 at the end. The caller frees them. A folder that cannot be read is a path with an error.
 * Errors, after which the stream is of no more use: BC_ERROR_IO when standard input cannot be read,
 * BC_ERROR_FORMAT when a line holds a NUL byte, BC_ERROR_LIMIT when a path is too long; the paths before it
 * are in the list. */
bc_status bc_paths_take(bc_path *list, size_t *count, size_t room, bc_paths *paths, bc_error *err);

void bc_paths_free(bc_paths *paths);

#endif
