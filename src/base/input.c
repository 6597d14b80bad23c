/* Lines from plain or compressed text; zlib reads both alike. */
#include "base/input.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { READ_SIZE = 1 << 18 };

struct bc_input {
    gzFile file;
    char *name;
    char *data; /* [start, end) is read and not yet given */
    size_t capacity, start, end;
    uint64_t lines;
    bool at_end;
};

static bc_status open_descriptor(int *fd, const char *path, const char *name, bc_error *err) {
    if (strcmp(path, "-") == 0)
        *fd = dup(STDIN_FILENO);
    else
        *fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat found;
    if (*fd >= 0 && fstat(*fd, &found) == 0 && S_ISDIR(found.st_mode)) {
        close(*fd);
        *fd = -1;
        errno = EISDIR;
    }
    return *fd >= 0 ? BC_OK : bc_fail(err, BC_ERROR_IO, "%s: %s", name, strerror(errno));
}

bc_status bc_input_open(bc_input **input, const char *path, bc_error *err) {
    void *block;
    int fd = -1;
    bc_status status = bc_alloc(&block, 1, sizeof **input, err);
    *input = block;
    if (status != BC_OK)
        return status;
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    status = bc_copy_text(&(*input)->name, name, strlen(name), err);
    if (status == BC_OK)
        status = open_descriptor(&fd, path, name, err);
    if (status != BC_OK)
        goto done;
    (*input)->file = gzdopen(fd, "rb");
    if ((*input)->file == NULL) {
        close(fd);
        status = bc_fail(err, BC_ERROR_MEMORY, "%s: out of memory", name);
        goto done;
    }
    gzbuffer((*input)->file, READ_SIZE);
done:
    if (status != BC_OK) {
        bc_input_free(*input);
        *input = NULL;
    }
    return status;
}

const char *bc_input_name(const bc_input *input) {
    return input->name;
}

uint64_t bc_input_lines(const bc_input *input) {
    return input->lines;
}

static bc_status read_failure(bc_input *input, bc_error *err) {
    int code;
    const char *why = gzerror(input->file, &code);
    if (code == Z_ERRNO)
        return bc_fail(err, BC_ERROR_IO, "%s: %s", input->name, strerror(errno));
    const char *reason = strstr(why, ": "); /* behind zlib's own name of the file */
    return bc_fail(err, BC_ERROR_FORMAT, "%s: damaged gzip data after line %llu (%s)", input->name,
                   (unsigned long long)input->lines, reason != NULL ? reason + 2 : why);
}

/* Reads more behind what is there, after moving that to the front. */
static bc_status fill(bc_input *input, bc_error *err) {
    if (input->start > 0) {
        memmove(input->data, input->data + input->start, input->end - input->start);
        input->end -= input->start;
        input->start = 0;
    }
    if (input->end > BC_LINE_LIMIT)
        return bc_fail(err, BC_ERROR_LIMIT, "%s:%llu: a line of more than %d bytes", input->name,
                       (unsigned long long)input->lines + 1, BC_LINE_LIMIT);
    void *block = input->data;
    bc_status status = bc_grow(&block, &input->capacity, input->end + READ_SIZE + 1, 1, err);
    input->data = block;
    if (status != BC_OK)
        return status;
    int got = gzread(input->file, input->data + input->end, READ_SIZE);
    int code = Z_OK;
    if (got >= 0)
        (void)gzerror(input->file, &code);
    if (got < 0 || code == Z_BUF_ERROR) /* the second: a gzip file that ends too early */
        return read_failure(input, err);
    input->end += (size_t)got;
    input->at_end = got == 0;
    return BC_OK;
}

static void skip_byte_order_mark(bc_input *input) {
    if (input->end - input->start >= 3 && memcmp(input->data + input->start, "\xef\xbb\xbf", 3) == 0)
        input->start += 3;
}

bc_status bc_input_line(char **line, size_t *length, bc_input *input, bc_error *err) {
    size_t searched = 0;
    char *newline = NULL;
    *line = NULL;
    *length = 0;
    bool first = input->lines == 0 && input->end == 0;
    while (newline == NULL) {
        if (first && input->end >= 3) {
            skip_byte_order_mark(input);
            first = false;
        }
        size_t there = input->end - input->start;
        if (there > searched)
            newline = memchr(input->data + input->start + searched, '\n', there - searched);
        searched = there;
        if (newline != NULL || input->at_end)
            break;
        bc_status status = fill(input, err);
        if (status != BC_OK)
            return status;
        if (first)
            searched = 0;
    }
    if (newline == NULL && input->start == input->end)
        return BC_OK;
    char *begin = input->data + input->start;
    char *end = newline != NULL ? newline : input->data + input->end;
    input->start = (size_t)(end - input->data) + (newline != NULL);
    if (end > begin && end[-1] == '\r')
        end--;
    *end = '\0';
    *line = begin;
    *length = (size_t)(end - begin);
    input->lines++;
    if (memchr(begin, '\0', *length) != NULL)
        return bc_fail(err, BC_ERROR_FORMAT, "%s:%llu: a NUL byte, this is not text", input->name,
                       (unsigned long long)input->lines);
    return BC_OK;
}

void bc_input_free(bc_input *input) {
    if (input == NULL)
        return;
    if (input->file != NULL)
        gzclose(input->file);
    free(input->name);
    free(input->data);
    free(input);
}
