#!/bin/sh
# Data that lacks something: a split, a class of a split, pictures laid out alike. What follows from that is told.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

small_set set 12 6

# learn RUN DATA WORD...
learn() {
    run=$1
    data=$2
    shift 2
    expect 0 "$bclass" train "$data" -o "$run" --positive shirt --net mlp --imgsz 8 --epochs 2 "$@"
}

without_val_nothing_is_measured_on_it() {
    learn noval set --val 0
    grep -q 'without val pictures training does not end early and keeps the last weights' err || fail "not told"
    expect_equal "epochs without val" "$(grep -c '^epoch [12]/2  train loss [0-9.]*  [0-9]* images/s' err)" 2
    learn val set --val 0.3
    ! grep -q 'without val pictures' err || fail "val is said not to be there"
    expect_equal "epochs with val" "$(grep -c '^epoch [12]/2  train loss [0-9.]*  val loss [0-9.]* .  val AUROC [01]' err)" 2
}

# There is nothing that a cutoff could be chosen on.
without_val_and_test_no_sweep_is_proposed() {
    learn bare set/train --val 0 --test 0
    expect_equal "rows of scores.csv" "$(rows bare/scores.csv)" 0
    expect_equal "the last line" "$(tail -n 1 out)" "next: bclass predict bare/model.safetensors PICTURES"
}

a_class_that_is_missing_in_a_split_is_told() {
    cp -R set shirts
    rm -r shirts/test/tshirt
    learn shirts-run shirts
    grep -q "test has no picture of 'tshirt', so it cannot tell how well the classes are told apart" err || fail "not told"
    ! grep -q "has no picture of 'shirt'" err || fail "the class that is there is missed"
    mv shirts/test shirts/val
    learn one-run shirts
    grep -q "val has no picture of 'tshirt'" err || fail "not told of val"
    expect_equal "epochs" "$(grep -c '^epoch [12]/2 .*  val loss [0-9.]* .  val AUROC NA  [0-9]* images/s' err)" 2
}

# noise FOLDER SEED: twelve pictures without anything in common
noise() {
    mkdir -p "$1"
    awk -v folder="$1" -v seed="$2" 'BEGIN {
        srand(seed)
        for (n = 1; n <= 12; n++) {
            file = folder "/" n ".pgm"
            printf "P2\n8 8\n255\n" >file
            for (i = 0; i < 64; i++) print int(256 * rand()) >file
            close(file)
        }
    }'
}

pictures_that_are_laid_out_alike_are_moved_less() {
    learn alike set
    grep -Eq 'they are (not moved|moved by [0-9.]+ % of what is usual)' err || fail "not told"
    noise noise/shirt 1
    noise noise/tshirt 2
    learn noise-run noise
    ! grep -q 'show things in the same places' err || fail "noise is said to show things in the same places"
}

without_val_nothing_is_measured_on_it
without_val_and_test_no_sweep_is_proposed
a_class_that_is_missing_in_a_split_is_told
pictures_that_are_laid_out_alike_are_moved_less
