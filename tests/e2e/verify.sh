#!/bin/sh
# train --verify: whatever ended a run, it can be repeated, and what cannot is told before any time is spent.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

small_set set 24 8
mkdir tmp
TMPDIR=$(pwd)/tmp
export TMPDIR

train() {
    "$bclass" train set --positive shirt -q --net mlp --imgsz 8 --epochs 4 "$@"
}

# With that little time it is up after the first step, of several in the only epoch there is time for.
a_run_that_the_clock_ended_is_repeated() {
    expect 0 "$bclass" train set --positive shirt --net mlp --imgsz 8 --epochs 4 --batch-size 8 -o short --tune --time 0.001s
    grep -q 'then the time was up' out || fail "the time was not up: $(head -n 1 out)"
    grep -q '"stopped_after_steps":.*[0-9]' short/settings.json || fail "settings.json does not tell where it stopped"
    expect 0 "$bclass" train --verify short -q --threads 1
    for what in '"none"' 0 -1 1.5; do
        rm -rf odd
        cp -R short odd
        sed "s/\"stopped_after_steps\":\(.*\)1,/\"stopped_after_steps\":\1$what,/" short/settings.json >odd/settings.json
        expect_error 1 "odd/settings.json: 'stopped_after_steps' is no count" "$bclass" train --verify odd -q
    done
}

whole_numbers_are_written_whole() {
    expect 0 train -o plain --seed 1000000000000000
    grep -q '"1000000000000000"' plain/settings.json || fail "the seed is written otherwise"
    ! grep -q '1e+15' plain/settings.json || fail "the seed is written as 1e+15"
    expect 0 "$bclass" train --verify plain -q
}

# altered ARGUMENTS: the run plain with other ones
altered() {
    rm -rf altered
    cp -R plain altered
    echo "{\"arguments\": [$1], \"data\": {\"path\": \"set\"}}" >altered/settings.json
}

what_no_run_writes_is_refused() {
    for words in '"--lr", "fast"' '"--nosuch", "1"' '"--out", "x"' '"--force"' '"--tune"' '"--verify", "plain"' \
        '"--threads", "2"' '"--favour", "luck"' '"--positive", "nosuch"' '"--positive", "shirt", "--val", "0.1", "--folds", "3"'; do
        altered "$words"
        expect_error 1 'altered/settings.json: ' "$bclass" train --verify altered -q
    done
    echo '{"arguments": []}' >altered/settings.json
    expect_error 1 'altered/settings.json: does not say where its data lies' "$bclass" train --verify altered
    [ ! -e x ] || fail "it wrote where settings.json says"
}

what_is_missing_is_told_before_anything_is_trained() {
    for file in model.safetensors scores.csv; do
        rm -rf part
        cp -R plain part
        rm part/$file
        expect_error 1 "part/$file: No such file" "$bclass" train --verify part
    done
    cp -R plain unfinished
    : >unfinished/checkpoint.safetensors
    expect_error 2 'unfinished is not finished.*--resume finishes it' "$bclass" train --verify unfinished
}

what_may_make_other_bits_is_told() {
    rm -rf foreign
    cp -R plain foreign
    sed 's/"program":.*"bclass [^"]*"/"program": "bclass 0.0.1"/; s/"instructions":.*"[a-z0-9]*"/"instructions": "abacus"/' \
        plain/settings.json >foreign/settings.json
    expect 0 "$bclass" train --verify foreign
    grep -q 'trained with abacus instructions, and this CPU has .*; the bits may differ' err || fail "the instructions are not told"
    grep -q 'trained by bclass 0.0.1, and this is bclass .*; the bits may differ' err || fail "the program is not told"
    expect 0 "$bclass" train --verify plain
    ! grep -q 'may differ' err || fail "nothing differs, and it is told"
}

it_takes_the_folder_of_a_run() {
    expect_error 2 'plain/model.safetensors is a file; --verify takes the folder of a run' "$bclass" train \
        --verify plain/model.safetensors
}

# Before any time is spent: by its settings this training would take hours.
other_pictures_are_told_before_anything_is_trained() {
    cp -R plain patient
    sed 's/"--epochs", "4"/"--epochs", "100000"/' plain/settings.json >patient/settings.json
    mv set/train/shirt aside
    cp -R aside set/train/shirt
    rm "$(find set/train/shirt -name '*.png' | sort | head -n 1)"
    expect_error 1 'set: the pictures, or how they are split, are not those that the run was made of' timeout 60 \
        "$bclass" train --verify patient -q
    rm -r set/train/shirt
    mv aside set/train/shirt
}

an_interrupt_leaves_nothing_behind() {
    altered '"--positive", "shirt", "--net", "mlp", "--epochs", "100000", "--patience", "100000"'
    rm -f pid
    (
        wait_for 300 grep -q 'epoch 2/' progress
        kill -INT "$(cat pid)"
    ) &
    code=0
    # shellcheck disable=SC2016 # the inner shell is to expand these
    sh -c 'echo $$ >pid && exec "$@"' sh "$bclass" train --verify altered 2>progress >out || code=$?
    wait
    expect_equal "exit code" $code 130
    expect_equal "the last line" "$(tail -n 1 progress)" \
        "bclass: interrupted; whether the run comes out the same is not known"
}

a_run_that_the_clock_ended_is_repeated
whole_numbers_are_written_whole
what_no_run_writes_is_refused
what_is_missing_is_told_before_anything_is_trained
what_may_make_other_bits_is_told
it_takes_the_folder_of_a_run
other_pictures_are_told_before_anything_is_trained
an_interrupt_leaves_nothing_behind
expect_equal "what is left behind" "$(ls tmp)" ""
