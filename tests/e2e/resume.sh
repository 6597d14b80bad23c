#!/bin/sh
# A run that was killed goes on from its last whole epoch and ends with the bytes of one that was not.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

small_set set 60 20

train() {
    "$bclass" train set --positive shirt --net small --epochs 14 --augment strong "$@"
}

# kill_after SECONDS WORD...: SIGKILL, unless it is done before
kill_after() {
    (
        seconds=$1
        shift
        "$@" >out 2>err </dev/null &
        sleep "$seconds"
        kill -9 $! 2>/dev/null
        wait $! 2>/dev/null
    ) || true
}

# same_result RUN
same_result() {
    for file in model.safetensors scores.csv settings.json; do
        cmp "whole/$file" "$1/$file" || fail "$1/$file is not that of the run that was not killed"
    done
    # history.csv but for the times
    for run in whole "$1"; do
        cut -d, -f1-8,11 "$run/history.csv" >"$run.history"
    done
    cmp whole.history "$1.history" || fail "$1/history.csv is not that of the run that was not killed"
    expect_equal "what else is in $1/" "$(leftovers "$1")" ""
}

killed_at_any_moment_it_ends_with_the_same_bytes() {
    for pause in 0.02 0.3 0.6 0.9; do
        kill_after $pause "$bclass" train set --positive shirt --net small --epochs 14 --augment strong -o killed
        expect 0 train -o killed --resume --threads 1
        same_result killed
        rm -rf killed
    done
}

killed_again_and_again_it_ends_with_the_same_bytes() {
    for pause in 0.5 0.3 0.6; do
        kill_after $pause "$bclass" train set --positive shirt --net small --epochs 14 --augment strong -o again --resume
    done
    expect 0 train -o again --resume
    same_result again
}

# unfinished RUN: with a checkpoint
unfinished() {
    "$bclass" train set --positive shirt --net small --epochs 14 --augment strong -o "$1" >out 2>err </dev/null &
    until [ -f "$1/checkpoint.safetensors" ]; do
        sleep 0.02
    done
    kill -9 $!
    wait $! 2>/dev/null || true
}

what_is_unfinished_is_neither_overwritten_nor_mixed_up() {
    unfinished part
    expect_error 2 'part holds a run that was not finished; --resume .*--force' train -o part -q
    expect_error 2 "other settings or data \('lr' differs\)" train -o part -q --resume --lr 0.02
    cp -R set other
    rm "$(find other/train/shirt -name '*.png' | sort | head -n 1)"
    expect_error 2 'other settings or data' "$bclass" train other --positive shirt --net small --epochs 14 --augment strong \
        -o part -q --resume
    expect_error 2 'give one of them' train -o part --resume --force
    head -c 1000 part/checkpoint.safetensors >short
    cp part/checkpoint.safetensors good
    cp short part/checkpoint.safetensors
    expect_error 1 'checkpoint.safetensors: ' train -o part -q --resume
    cp whole/model.safetensors part/checkpoint.safetensors
    expect_error 1 'no usable checkpoint.*--force starts anew' train -o part -q --resume
    cp good part/checkpoint.safetensors
    cp short part/.checkpoint.safetensors.12345.part # as a process leaves it that is killed while it writes
    expect 0 train -o part -q --resume
    same_result part
    unfinished part2
    expect 0 train -o part2 -q --force
    same_result part2
}

what_is_complete_is_left_alone() {
    sum=$(cksum whole/model.safetensors)
    expect 0 train -o whole --resume
    grep -q 'whole is complete; there is nothing to resume' err || fail "it does not say that it is complete"
    expect_equal "the model" "$(cksum whole/model.safetensors)" "$sum"
}

expect 0 train -o whole
killed_at_any_moment_it_ends_with_the_same_bytes
killed_again_and_again_it_ends_with_the_same_bytes
what_is_unfinished_is_neither_overwritten_nor_mixed_up
what_is_complete_is_left_alone
