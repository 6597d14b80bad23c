/* Files written whole or not at all. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "base/output.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_SIZE = 1 << 16 };

struct bc_output {
    char *path;   /* as it is named in messages */
    char *target; /* the file that is replaced: path, or what it links to */
    char *
        temporary; /* NULL when there is no renaming to do: for standard output and devices, once committed */
    int fd;
    size_t used;
    sigset_t signals_before;
    char buffer[BUFFER_SIZE];
};

static bc_status io_error(const char *path, bc_error *err) {
    return bc_fail(err, BC_ERROR_IO, "%s: cannot write: %s", path, strerror(errno));
}

static bc_status create(bc_output **output, const char *path, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, 1, sizeof **output, err);
    *output = block;
    if (status != BC_OK)
        return status;
    (*output)->fd = -1;
    return bc_copy_text(&(*output)->path, path, strlen(path), err);
}

static void hold_interrupts(sigset_t *before) {
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &held, before);
}

/* Beside the target, hidden, and different for each process, so that concurrent writers do not meet. */
static bc_status name_temporary(char **temporary, const char *path, bc_error *err) {
    bc_text text = {0};
    const char *name = bc_file_name(path);
    bc_text_append(&text, path, (size_t)(name - path));
    bc_text_format(&text, ".%.200s.%ld.part", name, (long)getpid()); /* a name has 255 bytes at most */
    bc_status status = bc_text_check(&text, err);
    if (status != BC_OK)
        bc_text_free(&text);
    *temporary = text.data;
    return status;
}

/* Renaming would put a file in the place of a device or a FIFO. */
static bool is_written_through(const char *path) {
    struct stat found;
    return stat(path, &found) == 0 && !S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode);
}

static bc_status open_through(bc_output *output, bc_error *err) {
    output->fd = open(output->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return output->fd >= 0 ? BC_OK : io_error(output->path, err);
}

static bc_status open_temporary(bc_output *output, bc_error *err) {
    char *temporary;
    output->target = realpath(output->path, NULL);
    if (output->target == NULL) { /* as a rule: nothing is there yet */
        bc_status status = bc_copy_text(&output->target, output->path, strlen(output->path), err);
        if (status != BC_OK)
            return status;
    }
    bc_status status = name_temporary(&temporary, output->target, err);
    if (status != BC_OK)
        return status;
    hold_interrupts(&output->signals_before);
    output->fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (output->fd >= 0) {
        output->temporary = temporary;
        return BC_OK;
    }
    status = io_error(output->path, err);
    pthread_sigmask(SIG_SETMASK, &output->signals_before, NULL);
    free(temporary);
    return status;
}

bc_status bc_output_open(bc_output **output, const char *path, bc_error *err) {
    bc_status status = create(output, path, err);
    if (status == BC_OK)
        status = is_written_through(path) ? open_through(*output, err) : open_temporary(*output, err);
    if (status != BC_OK) {
        bc_output_free(*output);
        *output = NULL;
    }
    return status;
}

bc_status bc_output_standard(bc_output **output, bc_error *err) {
    bc_status status = create(output, "standard output", err);
    if (status == BC_OK) {
        (*output)->fd = STDOUT_FILENO;
        return BC_OK;
    }
    bc_output_free(*output);
    *output = NULL;
    return status;
}

static bc_status write_all(bc_output *output, const char *data, size_t size, bc_error *err) {
    while (size > 0) {
        ssize_t wrote = write(output->fd, data, size);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return io_error(output->path, err);
        data += wrote;
        size -= (size_t)wrote;
    }
    return BC_OK;
}

bc_status bc_output_flush(bc_output *output, bc_error *err) {
    size_t used = output->used;
    output->used = 0;
    return write_all(output, output->buffer, used, err);
}

bc_status bc_output_write(bc_output *output, const void *data, size_t size, bc_error *err) {
    if (size > BUFFER_SIZE - output->used) {
        bc_status status = bc_output_flush(output, err);
        if (status != BC_OK)
            return status;
    }
    if (size > BUFFER_SIZE)
        return write_all(output, data, size, err);
    if (size > 0)
        memcpy(output->buffer + output->used, data, size);
    output->used += size;
    return BC_OK;
}

/* Makes the renaming itself durable. A file system that cannot sync a folder is let be. */
static void sync_folder(const char *path) {
    char *folder = NULL;
    const char *name = bc_file_name(path);
    size_t length = (size_t)(name - path);
    if (bc_copy_text(&folder, length > 0 ? path : ".", length > 0 ? length : 1, NULL) != BC_OK)
        return;
    int fd = open(folder, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(folder);
}

bc_status bc_output_commit(bc_output *output, bc_error *err) {
    bc_status status = bc_output_flush(output, err);
    if (status != BC_OK || output->temporary == NULL)
        return status;
    if (fsync(output->fd) != 0)
        return io_error(output->path, err);
    int closed = close(output->fd);
    output->fd = -1;
    if (closed != 0 || rename(output->temporary, output->target) != 0)
        return io_error(output->path, err);
    free(output->temporary);
    output->temporary = NULL;
    sync_folder(output->target);
    pthread_sigmask(SIG_SETMASK, &output->signals_before, NULL);
    return BC_OK;
}

void bc_output_free(bc_output *output) {
    if (output == NULL)
        return;
    if (output->fd >= 0 && output->fd != STDOUT_FILENO)
        close(output->fd);
    if (output->temporary != NULL) {
        unlink(output->temporary);
        pthread_sigmask(SIG_SETMASK, &output->signals_before, NULL);
    }
    free(output->temporary);
    free(output->target);
    free(output->path);
    free(output);
}

bc_status bc_output_file(const char *path, const void *data, size_t size, bc_error *err) {
    bc_output *output;
    bc_status status = bc_output_open(&output, path, err);
    if (status != BC_OK)
        return status;
    status = bc_output_write(output, data, size, err);
    if (status == BC_OK)
        status = bc_output_commit(output, err);
    bc_output_free(output);
    return status;
}
