#!/bin/sh
# What a terminal shows, by way of the script program, which has one: what is redrawn, what is kept, and that
# narrow, dumb and colourless terminals and other outputs get what they can show.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

script --version 2>/dev/null | grep -q util-linux || {
    echo "skipped: it takes the script program of util-linux"
    exit 77
}

small_set set 30 10
escape=$(printf '\033')

# on_terminal COLUMNS COMMAND: lines are what was ever drawn as one
on_terminal() {
    script -qec "stty cols $1; $2" typescript >/dev/null </dev/null || fail "failed: $2: $(cat typescript)"
    sed 1d typescript | grep -av '^Script done' | tr '\r' '\n' >lines
}

train="$bclass train set -o run --force --positive shirt --net mlp --imgsz 8 --epochs 12 --batch-size 4"

an_epoch_is_a_row_and_a_step_is_redrawn() {
    LC_ALL=C.UTF-8 TERM=xterm on_terminal 100 "$train"
    expect_equal "headers" "$(grep -ac 'epoch  val loss   val AUROC  train loss  images/s    time left' lines)" 1
    for epoch in 1 6 12; do
        grep -aEq "(^|[Km]) +$epoch/12 +[0-9]\.[0-9]{4}[* ] +[01]\.[0-9]{4} +[0-9]\.[0-9]{4} +[0-9]+ +[0-9]+ s" lines ||
            fail "no row of epoch $epoch"
    done
    grep -aq "^epoch 1/12  step 1/[0-9]*  loss [0-9.]*  [0-9]* s left" lines || fail "no step was drawn"
    grep -aEq '^val loss [0-9.]+ (▁|▂|▃|▄|▅|▆|▇|█)+ [0-9.]+, least [0-9.]+ in epoch [0-9]+$' lines ||
        fail "no curve of the losses"
    grep -aq "${escape}\[1m" lines || fail "the best epoch does not stand out"
    ! grep -aq 'epoch 1/12  train loss' lines || fail "a line an epoch besides the table"
}

what_is_not_measured_is_na_in_the_table() {
    TERM=xterm on_terminal 100 "$train --val 0"
    grep -aEq "(^|[Km]) +12/12 +NA +NA +[0-9]\.[0-9]{4} +[0-9]+ +[0-9]+ s" lines || fail "no row of epoch 12"
}

colours_and_blocks_are_left_out_where_they_are_not_wanted() {
    NO_COLOR=1 LC_ALL=C TERM=xterm on_terminal 100 "$train"
    ! grep -aq "${escape}\[[0-9]*m" lines || fail "colours in spite of NO_COLOR"
    grep -aq "${escape}\[K" lines || fail "nothing is redrawn"
    grep -aEq '^val loss [0-9.]+ []_.=+*%#-]+ [0-9.]+, least' lines || fail "no curve in ASCII"
    ! LC_ALL=C grep -aq '[^ -~[:cntrl:]]' lines || fail "more than ASCII: $(cat lines)"
}

nothing_wraps_in_a_narrow_window() {
    LC_ALL=C NO_COLOR=1 TERM=xterm on_terminal 30 "$train"
    sed "s/${escape}\[K//g" lines | grep -aE '^(epoch|reading|val loss| +epoch| +[0-9]+/12)' >drawn
    [ "$(rows drawn)" -ge 12 ] || fail "too few lines: $(cat lines)"
    ! grep -aE '.{31}' drawn || fail "a line is too long"
}

a_dumb_terminal_and_a_file_get_a_line_an_epoch() {
    TERM=dumb on_terminal 100 "$train"
    ! grep -aq "$escape" lines || fail "escapes for a dumb terminal"
    expect_equal "lines of epochs" "$(grep -acE '^epoch [0-9]+/12  train loss .*  val AUROC .* images/s  at most' lines)" 12
    # shellcheck disable=SC2086 # the words of the command
    expect 0 $train
    ! grep -aq "$escape" err || fail "escapes in a file"
    expect_equal "lines of epochs in a file" "$(grep -cE '^epoch [0-9]+/12  train loss .* at most' err)" 12
}

predict_and_sweep_tell_how_far_they_are() {
    TERM=xterm on_terminal 100 "$bclass predict run/model.safetensors set >rows.csv"
    grep -aEq "^[0-9]+ pictures  [0-9]+ a second" lines || fail "no progress of predict: $(cat lines)"
    TERM=xterm on_terminal 100 "$bclass predict run/model.safetensors set"
    ! grep -aq 'a second' lines || fail "progress among rows on the same terminal"
    TERM=xterm on_terminal 100 "$bclass sweep run/scores.csv --max f1 --bootstrap 200"
    grep -aq '^reading scores  [0-9]* %  [0-9]* rows' lines || fail "no progress of reading: $(cat lines)"
    grep -aEq '^bootstrap  draw [0-9]+ of 200' lines || fail "no progress of the bootstrap"
    TERM=xterm on_terminal 100 "$bclass sweep run/scores.csv --max f1 --bootstrap 200 --quiet"
    ! grep -aq "$escape" lines || fail "progress in spite of --quiet"
}

an_epoch_is_a_row_and_a_step_is_redrawn
what_is_not_measured_is_na_in_the_table
colours_and_blocks_are_left_out_where_they_are_not_wanted
nothing_wraps_in_a_narrow_window
a_dumb_terminal_and_a_file_get_a_line_an_epoch
predict_and_sweep_tell_how_far_they_are
