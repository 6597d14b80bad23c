/* A stream of paths; standard input is read through a buffer of its own, so that poll() tells the truth. */
#include "paths.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/walk.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_SIZE = 2 * BC_PATH_LIMIT };

struct bc_paths {
    const char *const *items;
    size_t count, next;
    char separator;
    bc_walk *walk;     /* through the folder that is being read, or NULL */
    bool in_input;     /* "-" is being read */
    bool at_end;       /* of standard input */
    size_t start, end; /* of what is read and not yet given */
    char buffer[BUFFER_SIZE];
};

void bc_path_free(bc_path *path) {
    free(path->path);
    free(path->error);
    *path = (bc_path){0};
}

bc_status bc_paths_open(bc_paths **paths, const char *const *items, size_t count, char separator,
                        bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, 1, sizeof **paths, err);
    *paths = block;
    if (status != BC_OK)
        return status;
    (*paths)->items = items;
    (*paths)->count = count;
    (*paths)->separator = separator;
    return BC_OK;
}

void bc_paths_free(bc_paths *paths) {
    if (paths == NULL)
        return;
    bc_walk_free(paths->walk);
    free(paths);
}

/* ---- standard input ---- */

/* Whether reading will not wait. */
static bool is_ready(int timeout) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, timeout) > 0;
}

/* Reads what is there; waits for something when told to. *some is false when nothing was there. */
static bc_status fill(bool *some, bc_paths *paths, bool wait, bc_error *err) {
    memmove(paths->buffer, paths->buffer + paths->start, paths->end - paths->start);
    paths->end -= paths->start;
    paths->start = 0;
    *some = false;
    while (is_ready(wait ? -1 : 0) || wait) {
        ssize_t got = read(STDIN_FILENO, paths->buffer + paths->end, BUFFER_SIZE - paths->end);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            return bc_fail(err, BC_ERROR_IO, "standard input: %s", strerror(errno));
        paths->end += (size_t)got;
        paths->at_end = got == 0;
        *some = true;
        break;
    }
    return BC_OK;
}

static bc_status check_input(const bc_paths *paths, size_t length, bc_error *err) {
    const char *begin = paths->buffer + paths->start;
    if (paths->separator != '\0' && memchr(begin, '\0', length) != NULL)
        return bc_fail(err, BC_ERROR_FORMAT,
                       "standard input: a NUL byte in a path; --null reads paths that end in NUL");
    if (length > BC_PATH_LIMIT)
        return bc_fail(err, BC_ERROR_LIMIT, "standard input: a path of more than %d bytes", BC_PATH_LIMIT);
    return BC_OK;
}

/* *path is NULL when none is there yet, or at the end. */
static bc_status take_input(char **path, bc_paths *paths, bool wait, bc_error *err) {
    bc_status status = BC_OK;
    bool some = true;
    *path = NULL;
    while (status == BC_OK && some && *path == NULL) {
        char *begin = paths->buffer + paths->start;
        size_t there = paths->end - paths->start;
        const char *found = memchr(begin, paths->separator, there);
        size_t length = found != NULL ? (size_t)(found - begin) : there;
        status = check_input(paths, length, err);
        if (status != BC_OK)
            break;
        if (found == NULL && !paths->at_end) {
            status = fill(&some, paths, wait, err);
            continue;
        }
        paths->start += length + (found != NULL);
        if (paths->separator == '\n' && length > 0 && begin[length - 1] == '\r')
            length--;
        if (length > 0)
            status = bc_copy_text(path, begin, length, err);
        some = found != NULL;
    }
    return status;
}

/* ---- the stream ---- */

/* An error that belongs to one path, and so does not end the stream. */
static bc_status set_error(bc_path *path, const bc_error *found, bc_error *err) {
    const char *reason = bc_file_reason(found->message, path->path);
    return bc_copy_text(&path->error, reason, strlen(reason), err);
}

static bc_status take_file(bc_path *path, bc_paths *paths, bc_error *err) {
    bc_error found = {0};
    bc_status status = bc_walk_next(&path->path, paths->walk, &found);
    if (status != BC_OK && path->path == NULL)
        return bc_fail(err, status, "%s", found.message);
    if (status != BC_OK)
        return set_error(path, &found, err);
    if (path->path == NULL) {
        bc_walk_free(paths->walk);
        paths->walk = NULL;
    }
    return BC_OK;
}

/* Begins with the next word of the command line, which is a path itself unless it is "-" or a folder. */
static bc_status take_item(bc_path *path, bc_paths *paths, bc_error *err) {
    const char *item = paths->items[paths->next++];
    bc_file_info info;
    bc_error found = {0};
    if (strcmp(item, "-") == 0) {
        paths->in_input = true;
        return BC_OK;
    }
    bc_status status = bc_file_look(&info, item, NULL);
    bool folder = status == BC_OK && info.kind == BC_FILE_FOLDER;
    if (folder && bc_walk_open(&paths->walk, item, &found) == BC_OK)
        return BC_OK;
    bc_walk_free(paths->walk);
    paths->walk = NULL;
    status = bc_copy_text(&path->path, item, strlen(item), err);
    return status == BC_OK && folder ? set_error(path, &found, err) : status;
}

/* path->path stays NULL at the end, and when the next one is not there without waiting. */
static bc_status take_one(bc_path *path, bc_paths *paths, bool wait, bc_error *err) {
    bc_status status = BC_OK;
    *path = (bc_path){0};
    while (status == BC_OK && path->path == NULL) {
        if (paths->walk != NULL) {
            status = take_file(path, paths, err);
        } else if (paths->in_input) {
            status = take_input(&path->path, paths, wait, err);
            if (path->path == NULL && !paths->at_end)
                break;
            paths->in_input = path->path != NULL;
        } else if (paths->next < paths->count) {
            status = take_item(path, paths, err);
        } else {
            break;
        }
    }
    return status;
}

bc_status bc_paths_take(bc_path *list, size_t *count, size_t room, bc_paths *paths, bc_error *err) {
    bc_status status = BC_OK;
    for (*count = 0; *count < room; ++*count) {
        bc_path *path = &list[*count];
        status = take_one(path, paths, *count == 0, err);
        if (status != BC_OK)
            bc_path_free(path);
        if (path->path == NULL)
            break;
    }
    return status;
}
