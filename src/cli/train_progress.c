/* What `bclass train` tells while it reads and trains. */
#include "print.h"
#include "train.h"

#include <math.h>
#include <stdio.h>

/* Which network it is, where there are several. */
static void print_turn(char words[32], const bc_train_session *session) {
    words[0] = '\0';
    if (session->turn.fold > 0)
        snprintf(words, 32, "fold %u/%zu  ", session->turn.fold, session->dataset.folds);
    else if (session->turn.count > 1)
        snprintf(words, 32, "final  ");
}

/* When so many epochs of the present training are done. What was done before it was resumed took no time. */
static double seconds_left(const bc_train_session *session, double epochs) {
    const double seconds = bc_clock_seconds() - session->train_start;
    const double each = (double)session->options.epochs;
    const double done = (double)session->turn.done * each + epochs;
    return seconds * ((double)session->turn.count * each - done) / (done - (double)session->resumed);
}

static void on_resume(void *context, size_t epochs) {
    bc_train_session *session = context;
    char turn[32];
    print_turn(turn, session);
    session->resumed += epochs;
    if (!session->settings->quiet && epochs == 0)
        bc_remark("%sgoing on with %s, which has no whole epoch yet", turn, session->checkpoint);
    else if (!session->settings->quiet)
        bc_remark("%sgoing on after epoch %zu of %s", turn, epochs, session->checkpoint);
}

/* The first of the run's trainings takes the folder. */
static bc_status on_begin(void *context, bool is_saved, bc_error *err) {
    const bc_train_session *session = context;
    if (session->settings->resume || session->turn.done > 0)
        return BC_OK;
    return bc_run_begin(session->settings->out, session->turn.fold, is_saved, err);
}

static void on_step(void *context, size_t epoch, size_t step, size_t steps, double loss) {
    bc_train_session *session = context;
    const double epochs = (double)(epoch - 1) + (double)step / (double)steps;
    char turn[32];
    print_turn(turn, session);
    bc_progress_line(&session->progress, "%sepoch %zu/%zu  step %zu/%zu  loss %.4f  %.0f s left", turn, epoch,
                     session->options.epochs, step, steps, loss, seconds_left(session, epochs));
}

static void on_epoch(void *context, const bc_epoch *epoch) {
    bc_train_session *session = context;
    char turn[32], val_loss[64] = "";
    print_turn(turn, session);
    if (!isnan(epoch->val_loss)) /* there is a val split */
        snprintf(val_loss, sizeof val_loss, "  val loss %.4f%s", epoch->val_loss,
                 epoch->is_best ? " *" : "  ");
    bc_progress_keep(&session->progress,
                     "%sepoch %zu/%zu  train loss %.4f%s  %.*f images/s  at most %.0f s left", turn,
                     epoch->number, session->options.epochs, epoch->train_loss, val_loss,
                     epoch->images_per_second < 10 ? 1 : 0, epoch->images_per_second,
                     seconds_left(session, (double)epoch->number));
}

void bc_train_on_decoded(void *context, size_t done, size_t total) {
    bc_train_session *session = context;
    bc_progress_line(&session->progress, "reading pictures  %zu/%zu", done, total);
}

void bc_train_watch(bc_train_session *session) {
    session->options.on_resume = on_resume;
    session->options.on_begin = on_begin;
    session->options.on_step = on_step;
    session->options.on_epoch = on_epoch;
    session->options.context = session;
}
