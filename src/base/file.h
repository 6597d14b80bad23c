/*
 * Files and folders: reading whole, looking, making.
 */
#ifndef BC_BASE_FILE_H
#define BC_BASE_FILE_H

#include <bclass/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum bc_file_kind { BC_FILE_ABSENT, BC_FILE_REGULAR, BC_FILE_FOLDER, BC_FILE_OTHER } bc_file_kind;

typedef struct bc_file_info {
    bc_file_kind kind;
    uint64_t size; /* bytes, of a regular file */
} bc_file_info;

/* Looks at what path names, links followed. Only a path that is not there gives BC_FILE_ABSENT with BC_OK. */
bc_status bc_file_look(bc_file_info *info, const char *path, bc_error *err);

/* Whether two paths name one file, links followed; of files that are not there, whether they would. What
 * cannot be looked at is no other's file. */
bool bc_file_is_same(const char *path, const char *other);

/* Reads a regular file of at most limit bytes. *data is malloc'd; a NUL follows the size bytes. A FIFO or a
 * device is refused without waiting on it. */
bc_status bc_file_read(uint8_t **data, size_t *size, const char *path, uint64_t limit, bc_error *err);

/* The same into a buffer that is kept and grown from call to call. */
bc_status bc_file_read_into(uint8_t **buffer, size_t *capacity, size_t *size, const char *path,
                            uint64_t limit, bc_error *err);

/* The first bytes of a regular file, at most room of them. */
bc_status bc_file_read_start(uint8_t *buffer, size_t *size, size_t room, const char *path, bc_error *err);

/* Makes a folder, and those above it; one that is there already is fine. */
bc_status bc_file_make_folder(const char *path, bc_error *err);

/* Locks a folder that is there for this process, until the lock, at least 0, is closed or the process ends in
 * whatever way. *lock = -1 where the file system knows no locks. *busy: another process has it. */
bc_status bc_file_lock_folder(int *lock, bool *busy, const char *path, bc_error *err);
void bc_file_unlock(int lock); /* takes -1 */

/* *joined = folder/name, malloc'd; name alone when folder is "" or "." or name is absolute. */
bc_status bc_file_join(char **joined, const char *folder, const char *name, bc_error *err);

/* The part of path after its last slash. */
const char *bc_file_name(const char *path);

/* What the message of an error says after the path that it begins with; all of it when it does not.
 * Where a long path has filled the message, so that nothing comes after it, the answer says that. */
const char *bc_file_reason(const char *message, const char *path);

#endif
