/* Lines from plain or compressed text; zlib reads both alike, plain text in large pieces without a copy. */
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

enum {
    READ_SIZE = 1 << 18,
    ZIP_SIZE = 1 << 16 /* zlib's buffer; plain text of twice as much or more is read past it */
};

struct bc_input {
    gzFile file;
    int fd; /* the file's own */
    char *name;
    char *data; /* [start, end) is read and not yet given */
    size_t capacity, start, end;
    uint64_t lines;
    bool at_end;
    bc_error failure; /* of reading, which stays */
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
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path[0] == '\0' ? "''" : path;
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
    (*input)->fd = fd;
    gzbuffer((*input)->file, ZIP_SIZE);
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

uint64_t bc_input_left(const bc_input *input) {
    struct stat found;
    const off_t at = lseek(input->fd, 0, SEEK_CUR);
    if (!gzdirect(input->file) || at < 0 || fstat(input->fd, &found) != 0 || found.st_size < at)
        return 0;
    return (uint64_t)(found.st_size - at) + (input->end - input->start);
}

bool bc_input_failed(const bc_input *input) {
    return input->failure.status != BC_OK;
}

static void note_failure(bc_input *input) {
    int code;
    const char *why = gzerror(input->file, &code);
    if (code == Z_ERRNO) {
        bc_fail(&input->failure, BC_ERROR_IO, "%s: %s", input->name, strerror(errno));
        return;
    }
    const char *reason = strstr(why, ": "); /* behind zlib's own name of the file */
    bc_fail(&input->failure, BC_ERROR_FORMAT, "%s: damaged gzip data after line %llu (%s)", input->name,
            (unsigned long long)input->lines, reason != NULL ? reason + 2 : why);
}

/* *got = how many of size bytes could be read, less only at the end. */
static bc_status read_bytes(size_t *got, char *data, size_t size, bc_input *input, bc_error *err) {
    *got = 0;
    if (input->failure.status == BC_OK) {
        int count = gzread(input->file, data, (unsigned)size), code = Z_OK;
        if (count >= 0)
            (void)gzerror(input->file, &code);
        if (count < 0 || code == Z_BUF_ERROR) /* the second: a gzip file that ends too early */
            note_failure(input);
        else
            *got = (size_t)count;
    }
    if (input->failure.status != BC_OK && err != NULL)
        *err = input->failure;
    return input->failure.status;
}

static bc_status make_room(bc_input *input, size_t size, bc_error *err) {
    void *block = input->data;
    bc_status status = bc_grow(&block, &input->capacity, size, 1, err);
    input->data = block;
    return status;
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
    size_t got = 0;
    bc_status status = make_room(input, input->end + READ_SIZE + 1, err);
    if (status == BC_OK)
        status = read_bytes(&got, input->data + input->end, READ_SIZE, input, err);
    input->end += got;
    input->at_end = status == BC_OK && got == 0;
    return status;
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

/* ---- blocks ---- */

typedef uint8_t bytes __attribute__((vector_size(16)));

static size_t add_bytes(bytes counts) {
    size_t sum = 0;
    for (size_t i = 0; i < sizeof counts; i++)
        sum += counts[i];
    return sum;
}

/* Counts the line ends of a block and looks for NUL bytes, on vectors. What lies behind the block's end is
 * set to be neither. */
static void look_through(bc_block *block) {
    enum { STEP = sizeof(bytes), MOST = 255 }; /* a byte counts to 255 */
    memset(block->data + block->length, ' ', BC_BLOCK_SLACK);
    bytes nul = {0};
    block->lines = 0;
    for (size_t at = 0; at < block->length;) {
        bytes ends = {0};
        for (int i = 0; i < MOST && at < block->length; i++, at += STEP) {
            bytes text;
            memcpy(&text, block->data + at, STEP);
            ends -= (bytes)(text == '\n'); /* true is -1 */
            nul |= (bytes)(text == 0);
        }
        block->lines += add_bytes(ends);
    }
    block->has_nul = add_bytes(nul) > 0;
}

/* Sets the block's length to what its last line end stands at; what follows goes back to the input. */
static bc_status cut_block(bc_block *block, size_t there, bc_input *input, bc_error *err) {
    size_t length = there;
    while (length > 0 && block->data[length - 1] != '\n')
        length--;
    size_t rest = there - length;
    if (input->at_end && rest > 0 && there < BC_BLOCK_SIZE) {
        block->data[there] = '\n';
        block->length = there + 1;
        return BC_OK;
    }
    block->length = length;
    return bc_input_unread(input, block->data + length, rest, 0, err);
}

bc_status bc_input_block(bc_block *block, bc_input *input, bc_error *err) {
    size_t kept = input->end - input->start, got = 0;
    kept = kept < BC_BLOCK_SIZE ? kept : BC_BLOCK_SIZE;
    block->length = 0;
    if (kept > 0)
        memcpy(block->data, input->data + input->start, kept);
    input->start += kept;
    bc_status status = BC_OK;
    if (kept < BC_BLOCK_SIZE && !input->at_end) {
        status = read_bytes(&got, block->data + kept, BC_BLOCK_SIZE - kept, input, err);
        input->at_end = status == BC_OK && got < BC_BLOCK_SIZE - kept;
    }
    if (status == BC_OK)
        status = cut_block(block, kept + got, input, err);
    look_through(block);
    input->lines += block->lines;
    return status;
}

bc_status bc_input_unread(bc_input *input, const char *text, size_t length, size_t lines, bc_error *err) {
    if (length == 0)
        return BC_OK;
    if (input->start < length) { /* make room in front */
        size_t there = input->end - input->start, needed;
        if (!bc_size_add(&needed, length, there + 1))
            return bc_fail(err, BC_ERROR_MEMORY, "out of memory");
        bc_status status = make_room(input, needed, err);
        if (status != BC_OK)
            return status;
        memmove(input->data + length, input->data + input->start, there);
        input->start = length;
        input->end = length + there;
    }
    input->start -= length;
    memcpy(input->data + input->start, text, length);
    input->lines -= lines;
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
