/*
 * A fresh folder for each test, made the working folder, so that paths and messages are short and exact.
 */
#ifndef BC_TEMPORARY_TREE_H
#define BC_TEMPORARY_TREE_H

#include "cmocka_includes.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* For cmocka's setup; *state holds the folder's name. */
static int enter_tree(void **state) {
    char *folder = strdup("tree-test-XXXXXX");
    *state = folder;
    return folder == NULL || mkdtemp(folder) == NULL || chdir(folder) != 0;
}

/* A macro only because cmocka names the test by its words. */
#define in_tree(test) cmocka_unit_test_setup_teardown(test, enter_tree, leave_tree)

static void remove_tree(const char *path) {
    struct stat found;
    if (lstat(path, &found) == 0 && S_ISDIR(found.st_mode)) {
        chmod(path, 0700);
        DIR *folder = opendir(path);
        for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
            char inside[PATH_MAX];
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                continue;
            snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
            remove_tree(inside);
        }
        if (folder != NULL)
            closedir(folder);
    }
    remove(path);
}

/* For cmocka's teardown. */
static int leave_tree(void **state) {
    if (chdir("..") != 0)
        return 1;
    remove_tree(*state);
    free(*state);
    return 0;
}

/* The folders on the way to path. */
static void make_folders(const char *path) {
    char part[PATH_MAX];
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        mkdir(part, 0777);
    }
}

static void put_bytes(const char *path, const void *data, size_t size) {
    make_folders(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void put(const char *path, const char *text) {
    put_bytes(path, text, strlen(text));
}

#endif
