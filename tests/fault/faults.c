/* Put around the program's own calls of the C library and of others (by the linker's --wrap, see
 * CMakeLists.txt), so that a chosen one fails. The environment says which:
 *
 *   BCLASS_FAULT=CALLS:WHAT:N[:on]  the N-th call, from 1, of that kind does not do what it should; with "on"
 * neither does any later one. CALLS and WHAT are named in the tables below. BCLASS_FAULT_COUNT=FILE appends
 * the number of such calls to FILE when the program ends. BCLASS_FAULT_CLOCK=frozen, steps, back or forth a
 * clock that stands still; goes on by a millisecond a call; or jumps by a day at every fifth call.
 */
#define _GNU_SOURCE
#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

typedef enum calls {
    MEMORY,
    READ,  /* of bytes */
    WRITE, /* of bytes, but not standard error */
    OPEN,  /* of files and folders */
    CLOSE, /* after writing or reading */
    SYNC,
    RENAME,
    REMOVE,
    MAKE, /* folders */
    LOOK, /* at what a path names */
    LIST, /* what a folder holds */
    LOCK,
    THREAD,  /* starting one */
    LIBRARY, /* what a library allocates */
    CHANGE,  /* all of the above that change what is on the disk */
    KINDS
} calls;

static const char *const call_names[KINDS] = {"memory", "read",   "write",  "open",    "close",
                                              "sync",   "rename", "remove", "make",    "look",
                                              "list",   "lock",   "thread", "library", "change"};

enum { SHORT = -1, KILL = -2 };

static const struct {
    const char *name;
    int code; /* errno, or what else happens */
} whats[] = {{"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EINTR", EINTR}, {"EACCES", EACCES}, {"EMFILE", EMFILE},
             {"ENOMEM", ENOMEM}, {"EPIPE", EPIPE},   {"EROFS", EROFS}, {"ENOENT", ENOENT}, {"EAGAIN", EAGAIN},
             {"ENOLCK", ENOLCK}, {"short", SHORT},   {"killed", KILL}};

/* Set before main() and only read afterwards; what counts is atomic. */
static struct {
    calls kind;
    int what;
    long number;
    bool on;
    const char *clock, *count_file;
} fault = {.kind = KINDS};
static atomic_long made, clock_calls;
static atomic_int zlib_descriptor = -1;

static void bad_usage(void) {
    fputs("faults.c: BCLASS_FAULT is not CALLS:WHAT:N[:on]\n", stderr);
    _exit(70);
}

static void read_fault(const char *text) {
    char kind[16], what[16], on[4] = "";
    if (sscanf(text, "%15[^:]:%15[^:]:%ld:%3s", kind, what, &fault.number, on) < 3)
        bad_usage();
    for (int i = 0; i < KINDS; i++) {
        if (strcmp(kind, call_names[i]) == 0)
            fault.kind = (calls)i;
    }
    for (size_t i = 0; i < sizeof whats / sizeof whats[0]; i++) {
        if (strcmp(what, whats[i].name) == 0)
            fault.what = whats[i].code;
    }
    fault.on = strcmp(on, "on") == 0;
    if (fault.kind == KINDS || fault.what == 0)
        bad_usage();
}

/* Whether this call is to fail; errno is then set. A call of which the fault makes no sense succeeds. */
static int strikes(calls kind) {
    const bool changes = kind == WRITE || kind == SYNC || kind == RENAME || kind == REMOVE || kind == MAKE;
    if (kind != fault.kind && !(fault.kind == CHANGE && changes))
        return 0;
    const long number = atomic_fetch_add(&made, 1) + 1;
    if (number != fault.number && !(fault.on && number > fault.number))
        return 0;
    if (fault.what == KILL)
        raise(SIGKILL);
    if (fault.what > 0)
        errno = fault.what;
    return fault.what;
}

static bool fails(calls kind) {
    return strikes(kind) > 0;
}

/* ---- memory ---- */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size) {
    return fails(MEMORY) ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size) {
    return fails(MEMORY) ? NULL : __real_calloc(count, size);
}

void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size) {
    return fails(MEMORY) ? NULL : __real_realloc(block, size);
}

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return fails(MEMORY) ? NULL : __real_aligned_alloc(alignment, size);
}

/* ---- libraries ---- */

static void *library_malloc(size_t size) {
    return fails(LIBRARY) ? NULL : __real_malloc(size);
}

static void library_free(void *block) {
    free(block);
}

png_structp __real_png_create_read_struct(png_const_charp version, png_voidp context, png_error_ptr error,
                                          png_error_ptr warning);
png_structp __wrap_png_create_read_struct(png_const_charp version, png_voidp context, png_error_ptr error,
                                          png_error_ptr warning);
png_structp __wrap_png_create_read_struct(png_const_charp version, png_voidp context, png_error_ptr error,
                                          png_error_ptr warning) {
    return fails(LIBRARY) ? NULL : __real_png_create_read_struct(version, context, error, warning);
}

png_infop __real_png_create_info_struct(png_const_structrp png);
png_infop __wrap_png_create_info_struct(png_const_structrp png);
png_infop __wrap_png_create_info_struct(png_const_structrp png) {
    return fails(LIBRARY) ? NULL : __real_png_create_info_struct(png);
}

void *__real_tjInitDecompress(void);
void *__wrap_tjInitDecompress(void);
void *__wrap_tjInitDecompress(void) {
    return fails(LIBRARY) ? NULL : __real_tjInitDecompress();
}

void *__real_tjInitCompress(void);
void *__wrap_tjInitCompress(void);
void *__wrap_tjInitCompress(void) {
    return fails(LIBRARY) ? NULL : __real_tjInitCompress();
}

void *__real_exif_data_new(void);
void *__wrap_exif_data_new(void);
void *__wrap_exif_data_new(void) {
    return fails(LIBRARY) ? NULL : __real_exif_data_new();
}

gzFile __real_gzdopen(int descriptor, const char *mode);
gzFile __wrap_gzdopen(int descriptor, const char *mode);
gzFile __wrap_gzdopen(int descriptor, const char *mode) {
    atomic_store(&zlib_descriptor, descriptor);
    return fails(LIBRARY) ? NULL : __real_gzdopen(descriptor, mode);
}

/* zlib reads for itself, in any of these two. To let it fail, its file is replaced by one that gives EIO when
 * it is read. */
int __real_open64(const char *path, int flags, ...);
int __real_close(int descriptor);

static void break_zlib(void) {
    const int replaced = atomic_load(&zlib_descriptor);
    if (replaced < 0 || strikes(READ) != EIO)
        return;
    const int broken = __real_open64("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    dup2(broken, replaced);
    __real_close(broken);
}

int __real_gzread(gzFile file, void *data, unsigned size);
int __wrap_gzread(gzFile file, void *data, unsigned size);
int __wrap_gzread(gzFile file, void *data, unsigned size) {
    break_zlib();
    return __real_gzread(file, data, size);
}

int __real_gzdirect(gzFile file);
int __wrap_gzdirect(gzFile file);
int __wrap_gzdirect(gzFile file) {
    break_zlib();
    return __real_gzdirect(file);
}

/* ---- bytes ---- */

ssize_t __real_read(int descriptor, void *data, size_t size);
ssize_t __wrap_read(int descriptor, void *data, size_t size);
ssize_t __wrap_read(int descriptor, void *data, size_t size) {
    const int what = strikes(READ);
    if (what > 0)
        return -1;
    return __real_read(descriptor, data, what == SHORT && size > 1 ? 1 + size / 7 : size);
}

ssize_t __real_write(int descriptor, const void *data, size_t size);
ssize_t __wrap_write(int descriptor, const void *data, size_t size);
ssize_t __wrap_write(int descriptor, const void *data, size_t size) {
    const int what = strikes(WRITE);
    if (what > 0)
        return -1;
    return __real_write(descriptor, data, what == SHORT && size > 1 ? 1 + size / 7 : size);
}

int __real_fsync(int descriptor);
int __wrap_fsync(int descriptor);
int __wrap_fsync(int descriptor) {
    return fails(SYNC) ? -1 : __real_fsync(descriptor);
}

/* ---- files and folders ---- */

int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;
    va_end(list);
    return fails(OPEN) ? -1 : __real_open64(path, flags, mode);
}

FILE *__real_fopen64(const char *path, const char *mode);
FILE *__wrap_fopen64(const char *path, const char *mode);
FILE *__wrap_fopen64(const char *path, const char *mode) {
    return fails(OPEN) ? NULL : __real_fopen64(path, mode);
}

int __real_dup(int descriptor);
int __wrap_dup(int descriptor);
int __wrap_dup(int descriptor) {
    return fails(OPEN) ? -1 : __real_dup(descriptor);
}

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
DIR *__wrap_opendir(const char *path) {
    return fails(OPEN) ? NULL : __real_opendir(path);
}

/* A failed close has closed the file all the same, as Linux does it. */
int __wrap_close(int descriptor);
int __wrap_close(int descriptor) {
    const bool failed = fails(CLOSE);
    const int why = errno, code = __real_close(descriptor);
    errno = failed ? why : errno;
    return failed ? -1 : code;
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to) {
    return fails(RENAME) ? -1 : __real_rename(from, to);
}

int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __wrap_unlink(const char *path) {
    return fails(REMOVE) ? -1 : __real_unlink(path);
}

int __real_rmdir(const char *path);
int __wrap_rmdir(const char *path);
int __wrap_rmdir(const char *path) {
    return fails(REMOVE) ? -1 : __real_rmdir(path);
}

int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode) {
    return fails(MAKE) ? -1 : __real_mkdir(path, mode);
}

char *__real_mkdtemp(char *path);
char *__wrap_mkdtemp(char *path);
char *__wrap_mkdtemp(char *path) {
    return fails(MAKE) ? NULL : __real_mkdtemp(path);
}

int __real_stat64(const char *path, struct stat *found);
int __wrap_stat64(const char *path, struct stat *found);
int __wrap_stat64(const char *path, struct stat *found) {
    return fails(LOOK) ? -1 : __real_stat64(path, found);
}

int __real_fstat64(int descriptor, struct stat *found);
int __wrap_fstat64(int descriptor, struct stat *found);
int __wrap_fstat64(int descriptor, struct stat *found) {
    return fails(LOOK) ? -1 : __real_fstat64(descriptor, found);
}

int __real_fstatat64(int folder, const char *path, struct stat *found, int flags);
int __wrap_fstatat64(int folder, const char *path, struct stat *found, int flags);
int __wrap_fstatat64(int folder, const char *path, struct stat *found, int flags) {
    return fails(LOOK) ? -1 : __real_fstatat64(folder, path, found, flags);
}

int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode);
int __wrap_access(const char *path, int mode) {
    return fails(LOOK) ? -1 : __real_access(path, mode);
}

char *__real_realpath(const char *path, char *resolved);
char *__wrap_realpath(const char *path, char *resolved);
char *__wrap_realpath(const char *path, char *resolved) {
    return fails(LOOK) ? NULL : __real_realpath(path, resolved);
}

off_t __real_lseek64(int descriptor, off_t offset, int whence);
off_t __wrap_lseek64(int descriptor, off_t offset, int whence);
off_t __wrap_lseek64(int descriptor, off_t offset, int whence) {
    return fails(LOOK) ? -1 : __real_lseek64(descriptor, offset, whence);
}

struct dirent *__real_readdir64(DIR *folder);
struct dirent *__wrap_readdir64(DIR *folder);
struct dirent *__wrap_readdir64(DIR *folder) {
    return fails(LIST) ? NULL : __real_readdir64(folder);
}

int __real_flock(int descriptor, int operation);
int __wrap_flock(int descriptor, int operation);
int __wrap_flock(int descriptor, int operation) {
    return fails(LOCK) ? -1 : __real_flock(descriptor, operation);
}

/* ---- threads and time ---- */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                          void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                          void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                          void *argument) {
    return fails(THREAD) ? errno : __real_pthread_create(thread, attributes, start, argument);
}

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now) {
    enum { DAY = 86400, JUMP_AT = 5 };
    const int code = __real_clock_gettime(clock, now);
    const long call = atomic_fetch_add(&clock_calls, 1);
    if (fault.clock == NULL)
        return code;
    if (strcmp(fault.clock, "frozen") == 0)
        *now = (struct timespec){10 * DAY, 0};
    else if (strcmp(fault.clock, "steps") == 0)
        *now = (struct timespec){10 * DAY + call / 1000, call % 1000 * 1000000};
    else if (call % JUMP_AT == 0)
        now->tv_sec += strcmp(fault.clock, "back") == 0 ? -DAY : DAY;
    return code;
}

/* ---- before main() and at the end ---- */

__attribute__((constructor)) static void prepare(void) {
    const char *text = getenv("BCLASS_FAULT");
    fault.clock = getenv("BCLASS_FAULT_CLOCK");
    fault.count_file = getenv("BCLASS_FAULT_COUNT");
    if (text != NULL)
        read_fault(text);
    cJSON_InitHooks(&(cJSON_Hooks){library_malloc, library_free});
}

__attribute__((destructor)) static void tell_count(void) {
    char text[24];
    if (fault.count_file == NULL)
        return;
    const int descriptor = __real_open64(fault.count_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    const int length = snprintf(text, sizeof text, "%ld\n", atomic_load(&made));
    (void)!__real_write(descriptor, text, (size_t)length);
    __real_close(descriptor);
}
