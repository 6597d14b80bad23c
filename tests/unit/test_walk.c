/* The walk through a folder: its order, what it passes over, and how it ends. Links and loops are also tested
 * through data sets. */
#define _XOPEN_SOURCE 700
#include "temporary_tree.h"
#include "unprivileged.h"

#include "base/walk.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Files of the walk, one a line; a folder that fails gives a line "! message". */
static char *walk_through(const char *folder) {
    bc_walk *walk;
    static char found[4096];
    found[0] = '\0';
    bc_error err = {0};
    char *path;
    assert_int_equal(bc_walk_open(&walk, folder, &err), BC_OK);
    do {
        bc_status status = bc_walk_next(&path, walk, &err);
        const char *line = status == BC_OK ? path : err.message;
        assert_true(strlen(found) + (line != NULL ? strlen(line) : 0) + 4 < sizeof found);
        if (line != NULL)
            strcat(strcat(strcat(found, status == BC_OK ? "" : "! "), line), "\n");
        if (status != BC_OK)
            assert_memory_equal(line, path, strlen(path));
        free(path);
        if (status == BC_OK && path == NULL)
            break;
    } while (true);
    bc_walk_free(walk);
    return found;
}

static void files_come_in_bytewise_order_of_their_whole_paths(void **state) {
    (void)state;
    put("d/b.png", "");
    put("d/a/z.png", "");
    put("d/a/\xc3\xa9.png", "");
    put("d/a-1.png", "");
    put("d/a.png", "");
    put("d/a0.png", "");
    put("d/B/1.png", "");
    /* '-' and '.' are before '/', '0' is behind it */
    const char *ordered = "d/B/1.png\nd/a-1.png\nd/a.png\nd/a/z.png\nd/a/\xc3\xa9.png\nd/a0.png\nd/b.png\n";
    assert_string_equal(walk_through("d"), ordered);
    assert_string_equal(walk_through("d/"), ordered);
}

static void dot_files_and_what_is_no_file_are_passed_over(void **state) {
    (void)state;
    put("d/.hidden/1.png", "");
    put("d/.png", "");
    put("d/1.png", "");
    assert_int_equal(mkfifo("d/fifo", 0600), 0);
    assert_int_equal(symlink("fifo", "d/link-to-fifo"), 0);
    assert_int_equal(symlink("/dev/zero", "d/zero"), 0);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "d/socket"};
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    assert_int_equal(mkdir("d/empty", 0700), 0);
    assert_int_equal(symlink("nowhere", "d/gone.png"), 0);
    assert_int_equal(symlink("round", "d/round"), 0);
    assert_string_equal(walk_through("d"), "d/1.png\nd/gone.png\nd/round\n");
    assert_string_equal(walk_through("d/empty"), "");
}

static void loops_of_links_end(void **state) {
    (void)state;
    put("d/a/1.png", "");
    assert_int_equal(symlink("..", "d/a/up"), 0);
    assert_int_equal(symlink("a", "d/again"), 0);
    assert_string_equal(walk_through("d"), "d/a/1.png\n");
}

static void a_folder_that_fails_is_told_and_the_walk_goes_on(void **state) {
    (void)state;
    char deep[256] = "d/b/"; /* the 64th folder below d is one too many */
    for (int i = 0; i < 63; i++)
        strcat(deep, "x/");
    strcat(deep, "1.png");
    put("d/a.png", "");
    put(deep, "");
    put("d/c.png", "");
    char expected[600];
    *strrchr(deep, '/') = '\0';
    snprintf(expected, sizeof expected, "d/a.png\n! %s: folders are nested more than 64 deep\nd/c.png\n",
             deep);
    assert_string_equal(walk_through("d"), expected);
}

static void what_may_not_be_read_is_told_by_name(void **state) {
    (void)state;
    put("d/a.png", "");
    put("d/closed/1.png", "");
    put("d/readable/1.png", "");
    put("d/readable/2/3.png", "");
    put("d/z.png", "");
    assert_int_equal(chmod("d/a.png", 0), 0);
    assert_int_equal(chmod("d/closed", 0), 0);
    assert_int_equal(chmod("d/readable", 0444), 0);
    const bool was_root = give_up_root();
    const char *found = walk_through("d");
    take_root_back(was_root);
    assert_string_equal(found, "d/a.png\n! d/closed: Permission denied\n"
                               "! d/readable: Permission denied\nd/z.png\n");
}

/* Each test takes milliseconds; one that hangs on a pipe or a loop is ended. */
static int limit_time(void **state) {
    (void)state;
    alarm(60);
    return 0;
}

static void a_folder_that_is_not_there_is_an_error(void **state) {
    (void)state;
    bc_walk *walk;
    bc_error err = {0};
    assert_int_equal(bc_walk_open(&walk, "nosuch", &err), BC_ERROR_IO);
    assert_string_equal(err.message, "nosuch: No such file or directory");
    bc_walk_free(walk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        in_tree(files_come_in_bytewise_order_of_their_whole_paths),
        in_tree(dot_files_and_what_is_no_file_are_passed_over),
        in_tree(loops_of_links_end),
        in_tree(a_folder_that_fails_is_told_and_the_walk_goes_on),
        in_tree(what_may_not_be_read_is_told_by_name),
        in_tree(a_folder_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, limit_time, NULL);
}
