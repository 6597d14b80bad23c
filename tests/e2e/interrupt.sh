#!/bin/sh
# Ctrl-C: once ends training with a complete run, twice quits at once; neither leaves a half-written file.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

small_set set 150 20

# A shell starts what it puts into the background deaf to SIGINT, so training stays in front and the signals
# come from the background. interrupted RUN [PAUSE]: trains far too long, sends SIGINT once training goes on, and
# again after the pause.
interrupted() {
    rm -f pid progress
    (
        wait_for 60 grep -q . pid
        wait_for 60 grep -Eiq 'epoch +2[ /]' progress
        kill -INT "$(cat pid)"
        [ $# -eq 1 ] || { sleep "$2" && kill -INT "$(cat pid)" 2>/dev/null; }
    ) &
    code=0
    # shellcheck disable=SC2016 # the inner shell is to expand these
    sh -c 'echo $$ >pid && exec "$@"' sh "$bclass" train set -o "$1" --positive shirt --net small --epochs 5000 \
        --patience 5000 >/dev/null 2>progress || code=$?
    wait
}

one_interrupt_keeps_the_best_weights_in_a_complete_run() {
    interrupted once
    expect_equal "exit code" $code 130
    for file in model.safetensors scores.csv history.csv settings.json; do
        [ -s "once/$file" ] || fail "once/$file is not there"
    done
    expect_equal "what else is in once/" "$(leftovers once)" "once/checkpoint.safetensors"
    [ "$(rows once/history.csv)" -lt 5000 ] || fail "training was not cut short"
    expect 0 "$bclass" predict once/model.safetensors set/test
    expect_equal "rows" "$(rows out)" 40
    expect 0 "$bclass" sweep once/scores.csv
}

two_interrupts_leave_no_half_written_file() {
    for pause in 0 0.01 0.03; do
        interrupted twice$pause $pause
        expect_equal "exit code" $code 130
        [ ! -d twice$pause ] || expect_equal "what else is in twice$pause/" \
            "$(leftovers twice$pause)" "twice$pause/checkpoint.safetensors"
        [ ! -f twice$pause/model.safetensors ] || expect 0 "$bclass" predict twice$pause/model.safetensors set/test
    done
}

an_interrupted_search_leaves_no_folder_behind() {
    rm -f pid progress
    (
        wait_for 60 grep -q . pid
        wait_for 60 grep -q '^trial 1/' progress
        kill -INT "$(cat pid)"
    ) &
    code=0
    # shellcheck disable=SC2016 # the inner shell is to expand these
    sh -c 'echo $$ >pid && exec "$@"' sh "$bclass" train set -o searched --positive shirt --net mlp --imgsz 8 --tune \
        --time 60s >/dev/null 2>progress || code=$?
    wait
    expect_equal "exit code" $code 130
    expect_equal "the last line" "$(tail -n 1 progress)" \
        "bclass: interrupted while settings were tried; nothing was written"
    [ ! -e searched ] || fail "an empty folder is left"
}

# The other training is in the background, where it could not be interrupted; it is ended.
two_trainings_do_not_write_to_one_folder() {
    timeout 120 "$bclass" train set -o shared --positive shirt --net small --epochs 5000 >/dev/null 2>progress &
    wait_for 60 grep -q '^epoch 1/' progress
    for words in "" --force --resume; do
        # shellcheck disable=SC2086 # a word or none
        expect_error 2 'shared: another training writes to it' timeout 60 "$bclass" train set -o shared --positive shirt \
            --net small --epochs 5000 $words
    done
    kill -TERM $!
    wait $! || true
    expect 0 "$bclass" train set -o shared --positive shirt --net mlp --epochs 1 --force
}

one_interrupt_keeps_the_best_weights_in_a_complete_run
two_trainings_do_not_write_to_one_folder
an_interrupted_search_leaves_no_folder_behind
two_interrupts_leave_no_half_written_file
