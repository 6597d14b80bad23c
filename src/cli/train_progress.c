/* What `bclass train` tells while it reads and trains: on a terminal a table that grows by a row an epoch,
 * with a line below it that is redrawn; elsewhere a line an epoch, each of which explains itself. */
#include "print.h"
#include "sparkline.h"
#include "terminal.h"
#include "train.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Which network it is, where there are several. */
static void print_turn(char words[32], const bc_train_session *session) {
    words[0] = '\0';
    if (session->turn.fold > 0)
        snprintf(words, 32, "fold %u/%zu  ", session->turn.fold, session->dataset.folds);
    else if (session->turn.count > 1)
        snprintf(words, 32, "final  ");
}

/* When so many epochs of the present training are done. What was done before it was resumed took no time. */
static void print_left(char words[BC_PROGRESS_DURATION_SIZE], const bc_train_session *session,
                       double epochs) {
    const double seconds = bc_clock_since(session->train_start);
    const double each = (double)session->options.epochs;
    const double done = (double)session->turn.done * each + epochs;
    bc_progress_duration(words, seconds * ((double)session->turn.count * each - done) /
                                    (done - (double)session->resumed));
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

/* ---- the line that is redrawn ---- */

/* Images a second since the first step of the epoch, which is too early to tell at that step itself. */
static void print_rate(char words[32], bc_train_session *session, size_t step) {
    const double seconds = bc_clock_since(session->epoch_start);
    words[0] = '\0';
    if (step == 1)
        session->epoch_start = bc_clock_seconds();
    else if (seconds > 0)
        snprintf(words, 32, "  %.0f images/s", (double)((step - 1) * session->options.batch_size) / seconds);
}

static void on_search_step(bc_train_session *session, size_t epoch, size_t step, size_t steps, double loss,
                           const char *rate) {
    char left[BC_PROGRESS_DURATION_SIZE];
    bc_progress_duration(left, fmax(0, session->start + session->time - bc_clock_seconds()));
    bc_progress_line(&session->progress, "trial %zu  epoch %zu  step %zu/%zu  loss %.4f  %s left for all%s",
                     session->trials + 1, epoch, step, steps, loss, left, rate);
}

static void on_step(void *context, size_t epoch, size_t step, size_t steps, double loss) {
    bc_train_session *session = context;
    char turn[32], rate[32], area[32] = "", left[BC_PROGRESS_DURATION_SIZE];
    print_rate(rate, session, step);
    if (session->is_searching) {
        on_search_step(session, epoch, step, steps, loss, rate);
        return;
    }
    print_turn(turn, session);
    print_left(left, session, (double)(epoch - 1) + (double)step / (double)steps);
    if (epoch > 1 && !isnan(session->val_auroc))
        snprintf(area, sizeof area, "  val AUROC %.4f", session->val_auroc);
    bc_progress_line(&session->progress, "%sepoch %zu/%zu  step %zu/%zu  loss %.4f  %s left%s%s", turn, epoch,
                     session->options.epochs, step, steps, loss, left, area, rate);
}

void bc_train_on_decoded(void *context, size_t done, size_t total) {
    bc_train_session *session = context;
    bc_progress_line(&session->progress, "reading pictures  %zu/%zu", done, total);
}

/* ---- an epoch that is done ---- */

/* Shows a row of the table, as much of it as there is room for; look: how, to a terminal with colours. */
static void keep_row(bc_train_session *session, const char *row, const char *look) {
    const bool plain = !session->progress.colours || look[0] == '\0';
    bc_progress_keep(&session->progress, "%s%.*s%s", plain ? "" : look,
                     (int)bc_progress_fit(row, bc_terminal_columns(STDERR_FILENO)), row,
                     plain ? "" : "\033[0m");
}

static void print_cell(char cell[16], double value, const char *mark) {
    if (isnan(value))
        snprintf(cell, 16, "NA");
    else
        snprintf(cell, 16, "%.4f%s", value, mark);
}

static void add_row(bc_train_session *session, const bc_epoch *epoch, const char *left) {
    static const char dim[] = "\033[2m", bold[] = "\033[1m";
    const bool many = session->turn.count > 1;
    char turn[32], number[48], loss[16], area[16], row[256];
    if (!session->has_header) {
        snprintf(row, sizeof row, "%s%9s  %9s  %9s  %10s  %8s  %11s", many ? "network     " : "", "epoch",
                 "val loss ", "val AUROC", "train loss", "images/s", "time left");
        keep_row(session, row, dim);
        session->has_header = true;
    }
    print_turn(turn, session);
    snprintf(number, sizeof number, "%zu/%zu", epoch->number, session->options.epochs);
    print_cell(loss, epoch->val_loss, epoch->is_best ? "*" : " ");
    print_cell(area, epoch->val_auroc, "");
    snprintf(row, sizeof row, "%-*s%9s  %9s  %9s  %10.4f  %8.*f  %11s", many ? 12 : 0, turn, number, loss,
             area, epoch->train_loss, epoch->images_per_second < 10 ? 1 : 0, epoch->images_per_second, left);
    keep_row(session, row, epoch->is_best ? bold : "");
}

static void keep_line(bc_train_session *session, const bc_epoch *epoch, const char *left) {
    char turn[32], area[16], val[64] = "";
    print_turn(turn, session);
    print_cell(area, epoch->val_auroc, "");
    if (!isnan(epoch->val_loss)) /* there is a val split */
        snprintf(val, sizeof val, "  val loss %.4f%s  val AUROC %s", epoch->val_loss,
                 epoch->is_best ? " *" : "  ", area);
    bc_progress_keep(&session->progress, "%sepoch %zu/%zu  train loss %.4f%s  %.*f images/s  at most %s left",
                     turn, epoch->number, session->options.epochs, epoch->train_loss, val,
                     epoch->images_per_second < 10 ? 1 : 0, epoch->images_per_second, left);
}

static void on_epoch(void *context, const bc_epoch *epoch) {
    bc_train_session *session = context;
    char left[BC_PROGRESS_DURATION_SIZE];
    session->val_auroc = epoch->val_auroc;
    print_left(left, session, (double)epoch->number);
    if (session->progress.redraws)
        add_row(session, epoch, left);
    else
        keep_line(session, epoch, left);
}

/* ---- the end ---- */

static void draw_losses(bc_train_session *session, const double *losses, size_t count) {
    enum { WORDS = 24, MORE_WORDS = 50, LEAST_ROOM = 8 };
    const unsigned columns = bc_terminal_columns(STDERR_FILENO);
    const bool more = columns >= MORE_WORDS + 2 * LEAST_ROOM;
    const unsigned words = more ? MORE_WORDS : WORDS;
    size_t least = 0;
    bc_text text = {0};
    if (columns < words + LEAST_ROOM)
        return;
    for (size_t i = 1; i < count; i++)
        least = losses[i] < losses[least] ? i : least;
    bc_text_format(&text, "val loss %.4f ", losses[0]);
    bc_sparkline(&text, losses, count, columns - words, bc_terminal_has_utf8());
    bc_text_format(&text, " %.4f", losses[count - 1]);
    if (more)
        bc_text_format(&text, ", least %.4f in epoch %zu", losses[least],
                       session->history.epochs[least].number);
    if (!text.failed)
        bc_progress_keep(&session->progress, "%s", text.data);
    bc_text_free(&text);
}

/* What memory there is not enough for is not shown: nothing depends on it. */
void bc_train_show_losses(bc_train_session *session) {
    const bc_history *history = &session->history;
    bc_error unheeded = {0};
    void *losses = NULL;
    size_t count = 0;
    if (!session->progress.redraws || history->has_folds ||
        bc_alloc(&losses, history->count, sizeof(double), &unheeded) != BC_OK)
        return;
    while (count < history->count && isfinite(history->epochs[count].val_loss)) {
        ((double *)losses)[count] = history->epochs[count].val_loss;
        count++;
    }
    if (count >= 2)
        draw_losses(session, losses, count);
    free(losses);
}

void bc_train_watch(bc_train_session *session) {
    session->options.on_resume = on_resume;
    session->options.on_begin = on_begin;
    session->options.on_step = on_step;
    session->options.on_epoch = on_epoch;
    session->options.context = session;
}
