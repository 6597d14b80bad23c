/*
 * What permissions forbid, tested as root too (as continuous integration does): as the user nobody for a
 * while. Whoever includes it defines _XOPEN_SOURCE 700 first.
 */
#ifndef BC_UNPRIVILEGED_H
#define BC_UNPRIVILEGED_H

#include "cmocka_includes.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

/* Gives up root's rights, and keeps the way back; true when there were any. The working folder becomes open
 * to all. */
static bool give_up_root(void) {
    const uid_t nobody = 65534;
    if (geteuid() != 0)
        return false;
    assert_int_equal(chmod(".", 0755), 0);
    assert_int_equal(setreuid(nobody, (uid_t)-1), 0); /* access() asks for the real user */
    assert_int_equal(seteuid(nobody), 0);
    return true;
}

static void take_root_back(bool was_root) {
    if (!was_root)
        return;
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(setreuid(0, (uid_t)-1), 0);
}

#endif
