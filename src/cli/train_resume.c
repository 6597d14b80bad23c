/* bclass train --resume: what is there to go on from, and whether it is what is asked for. */
#include "command.h"
#include "option_words.h"
#include "print.h"
#include "train_recorded.h"

#include <string.h>
#include <sys/stat.h>

const char *const bc_train_free_to_change[] = {"out",   "force",  "resume",     "verify", "threads",
                                               "quiet", "strict", "allow-leak", "time",   NULL};

bool bc_train_can_resume(const bc_train_session *session) {
    bc_run_state state;
    bc_error unheeded = {0};
    return bc_run_look(&state, session->settings->out, &unheeded) == BC_OK && state == BC_RUN_UNFINISHED;
}

/* Whether both name one file or folder. */
static bool is_same_place(const char *a, const char *b) {
    struct stat first, second;
    return strcmp(a, b) == 0 || (stat(a, &first) == 0 && stat(b, &second) == 0 &&
                                 first.st_dev == second.st_dev && first.st_ino == second.st_ino);
}

/* Of flags only those that are set to what the row says are seen, so both are looked through. */
static const bc_option *find_difference(const bc_train_settings *a, const bc_train_settings *b) {
    const bc_option *row = bc_option_words_first(bc_train_table, a, b, bc_train_free_to_change);
    return row != NULL ? row : bc_option_words_first(bc_train_table, b, a, bc_train_free_to_change);
}

static bc_status compare(const bc_train_settings *set, const char *data, const bc_train_recorded *made,
                         bc_error *err) {
    const bc_option *other = find_difference(set, &made->settings);
    if (other != NULL)
        return bc_fail(err, BC_ERROR_USAGE,
                       "%s is complete, but was made with another --%s; take another folder, or --force to "
                       "replace it",
                       set->out, other->name);
    if (!is_same_place(data, made->data))
        return bc_fail(err, BC_ERROR_USAGE,
                       "%s is complete, but was made of %s; take another folder, or --force to replace it",
                       set->out, made->data);
    if (bc_json_member(made->root, "interrupted") != NULL)
        return bc_fail(err, BC_ERROR_USAGE,
                       "%s was interrupted and has no checkpoint to go on from; --force starts anew",
                       set->out);
    return BC_OK;
}

bc_status bc_train_check_complete(const bc_train_settings *set, const char *data, bc_error *err) {
    bc_train_recorded made;
    bc_status status = bc_train_recorded_read(&made, set->out, BC_WORDS_GIVEN, err);
    if (status == BC_OK)
        status = compare(set, data, &made, err);
    bc_train_recorded_free(&made);
    if (status == BC_OK && !set->quiet) /* no error, so that a script may resume until it is done */
        bc_remark("%s is complete; there is nothing to resume", set->out);
    return status;
}
