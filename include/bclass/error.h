/*
 * How a failure is told. A function that can fail returns bc_status, takes its outputs first and a
 * caller-owned bc_error last. Whoever finds the failure fills the error once with bc_fail; everyone above
 * cleans up and returns the status unaltered. The library never prints and never exits.
 */
#ifndef BCLASS_ERROR_H
#define BCLASS_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bc_status {
    BC_OK = 0,
    BC_ERROR_USAGE,       /* a setting or argument that cannot be used */
    BC_ERROR_IO,          /* the operating system refused: missing, no permission, full disk */
    BC_ERROR_FORMAT,      /* a file's content is not what it should be */
    BC_ERROR_MEMORY,      /* no memory, or a size beyond what can be addressed */
    BC_ERROR_LIMIT,       /* a size beyond a limit set to keep memory bounded */
    BC_ERROR_UNMET,       /* a required quality was not met */
    BC_ERROR_INTERRUPTED, /* stopped on request */
} bc_status;

enum { BC_MESSAGE_SIZE = 1024 };

typedef struct bc_error {
    bc_status status;
    char message[BC_MESSAGE_SIZE]; /* one line, no newline, NUL-terminated */
    const char *file;              /* where in the source the failure was found */
    int line;
} bc_error;

/* Fills *err (may be NULL) and returns status. Control characters become '?', so that the message stays one
 * line. */
bc_status bc_error_set(bc_error *err, bc_status status, const char *file, int line, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 5, 6)))
#endif
    ;

/* A macro only because it records where it stands. */
#define bc_fail(err, status, ...) bc_error_set((err), (status), __FILE__, __LINE__, __VA_ARGS__)

#ifdef __cplusplus
}
#endif

#endif
