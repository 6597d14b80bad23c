/* Reading files whole, looking at them, and making folders. */
#include "base/file.h"

#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bc_status io_error(const char *path, bc_error *err) {
    return bc_fail(err, errno == ENOMEM ? BC_ERROR_MEMORY : BC_ERROR_IO, "%s: %s", path, strerror(errno));
}

static bc_file_info describe(const struct stat *found) {
    bc_file_info info = {BC_FILE_OTHER, 0};
    if (S_ISREG(found->st_mode))
        info = (bc_file_info){BC_FILE_REGULAR, (uint64_t)found->st_size};
    else if (S_ISDIR(found->st_mode))
        info.kind = BC_FILE_FOLDER;
    return info;
}

bc_status bc_file_look(bc_file_info *info, const char *path, bc_error *err) {
    struct stat found;
    *info = (bc_file_info){BC_FILE_ABSENT, 0};
    if (stat(path, &found) != 0)
        return errno == ENOENT ? BC_OK : io_error(path, err);
    *info = describe(&found);
    return BC_OK;
}

static bool is_one_node(const char *path, const char *other) {
    struct stat found, too;
    return stat(path, &found) == 0 && stat(other, &too) == 0 && found.st_dev == too.st_dev &&
           found.st_ino == too.st_ino;
}

/* Whether the folders that two paths lie in are one. */
static bool is_one_folder(const char *path, const char *other) {
    char folders[2][PATH_MAX];
    const char *paths[] = {path, other};
    for (size_t i = 0; i < 2; i++) {
        const size_t length = (size_t)(bc_file_name(paths[i]) - paths[i]);
        if (length + 2 > PATH_MAX)
            return false;
        memcpy(folders[i], paths[i], length);
        memcpy(folders[i] + length, ".", 2);
    }
    return is_one_node(folders[0], folders[1]);
}

bool bc_file_is_same(const char *path, const char *other) {
    struct stat found;
    if (strcmp(path, other) == 0 || is_one_node(path, other))
        return true;
    return strcmp(bc_file_name(path), bc_file_name(other)) == 0 && stat(path, &found) != 0 &&
           stat(other, &found) != 0 && is_one_folder(path, other);
}

/* Reads to the end of file; the size told by fstat is only a guess, and 0 for what the system makes up. */
static bc_status read_all(int fd, uint8_t **buffer, size_t *capacity, size_t *size, size_t guess,
                          uint64_t limit, const char *path, bc_error *err) {
    *size = 0;
    size_t room = guess;
    for (;;) {
        void *block = *buffer;
        bc_status status = bc_grow(&block, capacity, room + 2, 1, err);
        *buffer = block;
        if (status != BC_OK)
            return status;
        ssize_t got = read(fd, *buffer + *size, *capacity - 1 - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return io_error(path, err);
        *size += (size_t)got;
        if (*size > limit)
            return bc_fail(err, BC_ERROR_LIMIT, "%s: larger than %llu bytes", path,
                           (unsigned long long)limit);
        (*buffer)[*size] = 0;
        if (got == 0 || *size == guess) /* the file ends there, as was told: no need to try for more */
            return BC_OK;
        room = *size;
    }
}

/* O_NONBLOCK: opening a FIFO must not wait for its other end. */
static bc_status open_regular(int *fd, uint64_t *size, const char *path, bc_error *err) {
    struct stat found;
    bc_status status = BC_OK;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0)
        return io_error(path, err);
    if (fstat(*fd, &found) != 0)
        status = io_error(path, err);
    else if (!S_ISREG(found.st_mode))
        status = bc_fail(err, BC_ERROR_IO, "%s: %s", path,
                         S_ISDIR(found.st_mode) ? "is a folder, not a file" : "is not a regular file");
    else
        *size = (uint64_t)found.st_size;
    if (status != BC_OK)
        close(*fd);
    return status;
}

bc_status bc_file_read_into(uint8_t **buffer, size_t *capacity, size_t *size, const char *path,
                            uint64_t limit, bc_error *err) {
    int fd;
    uint64_t there;
    *size = 0;
    bc_status status = open_regular(&fd, &there, path, err);
    if (status != BC_OK)
        return status;
    if (there > limit)
        status = bc_fail(err, BC_ERROR_LIMIT, "%s: %llu bytes, more than the limit of %llu", path,
                         (unsigned long long)there, (unsigned long long)limit);
    else
        status = read_all(fd, buffer, capacity, size, (size_t)there, limit, path, err);
    close(fd);
    return status;
}

bc_status bc_file_read_start(uint8_t *buffer, size_t *size, size_t room, const char *path, bc_error *err) {
    int fd;
    uint64_t there;
    *size = 0;
    bc_status status = open_regular(&fd, &there, path, err);
    if (status != BC_OK)
        return status;
    for (bool more = true; more && *size < room;) {
        ssize_t got = read(fd, buffer + *size, room - *size);
        if (got < 0 && errno != EINTR) {
            status = io_error(path, err);
            break;
        }
        *size += got > 0 ? (size_t)got : 0;
        more = got != 0;
    }
    close(fd);
    return status;
}

bc_status bc_file_read(uint8_t **data, size_t *size, const char *path, uint64_t limit, bc_error *err) {
    size_t capacity = 0;
    *data = NULL;
    bc_status status = bc_file_read_into(data, &capacity, size, path, limit, err);
    if (status != BC_OK) {
        free(*data);
        *data = NULL;
    }
    return status;
}

static bc_status make_one_folder(const char *path, bc_error *err) {
    if (mkdir(path, 0777) == 0)
        return BC_OK;
    int why = errno;
    struct stat found;
    if (stat(path, &found) == 0 && S_ISDIR(found.st_mode))
        return BC_OK;
    errno = why;
    return io_error(path, err);
}

bc_status bc_file_make_folder(const char *path, bc_error *err) {
    char *upper;
    bc_status status = bc_copy_text(&upper, path, strlen(path), err);
    for (char *slash = upper; status == BC_OK && (slash = strchr(slash + 1, '/')) != NULL; *slash = '/') {
        *slash = '\0';
        status = make_one_folder(upper, err);
    }
    free(upper);
    return status == BC_OK ? make_one_folder(path, err) : status;
}

bc_status bc_file_lock_folder(int *lock, bool *busy, const char *path, bc_error *err) {
    *busy = false;
    *lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0)
        return bc_fail(err, BC_ERROR_IO, "%s: cannot open: %s", path, strerror(errno));
    if (flock(*lock, LOCK_EX | LOCK_NB) == 0)
        return BC_OK;
    *busy = errno == EWOULDBLOCK;
    close(*lock);
    *lock = -1;
    return BC_OK;
}

void bc_file_unlock(int lock) {
    if (lock >= 0)
        close(lock);
}

bc_status bc_file_join(char **joined, const char *folder, const char *name, bc_error *err) {
    size_t length = strlen(folder), name_length = strlen(name);
    if (length == 0 || name[0] == '/' || strcmp(folder, ".") == 0)
        return bc_copy_text(joined, name, name_length, err);
    bool slash = folder[length - 1] != '/';
    void *block;
    bc_status status = bc_alloc(&block, length + name_length + 2, 1, err);
    *joined = block;
    if (status != BC_OK)
        return status;
    memcpy(*joined, folder, length);
    if (slash)
        (*joined)[length++] = '/';
    memcpy(*joined + length, name, name_length + 1);
    return BC_OK;
}

const char *bc_file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

const char *bc_file_reason(const char *message, const char *path) {
    size_t same = 0; /* bytes of the path, in which a message has no control characters */
    while (path[same] != '\0' && message[same] == bc_text_printable(path[same]))
        same++;
    if (same == BC_MESSAGE_SIZE - 1)
        return "cannot be read; the path is too long to say more";
    bool named = path[same] == '\0' && strncmp(message + same, ": ", 2) == 0;
    return named ? message + same + 2 : message;
}
