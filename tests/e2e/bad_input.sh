#!/bin/sh
# Bad input: one clear line on standard error, the right exit code, no partial file.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

small_set set 12 6
expect 0 "$bclass" train set -o run --positive shirt --net mlp --epochs 1
model=run/model.safetensors

wrong_usage() {
    expect_error 2 "did you mean .--epochs" "$bclass" train set -o new --positive shirt --epoch 3
    expect_error 2 "epochs" "$bclass" train set -o new --positive shirt --epochs none
    expect_error 2 . "$bclass" train
    expect_error 2 . "$bclass" train set
}

# Its files would be a class of the data the next time.
a_run_is_not_put_inside_its_data() {
    mkdir -p below/deep
    ln -s ../set below/link
    for run in set set/new set/train/deep/new ./below/../set/new below/link/new; do
        expect_error 2 "$run is inside the data, set, " "$bclass" train set -o $run --positive shirt --net mlp --epochs 1 --force
    done
    expect_error 2 'is inside the data' "$bclass" train below/link -o set/new --positive shirt --net mlp --epochs 1
    expect_equal "what is in set/" "$(ls set)" "$(printf 'test\ntrain')"
    expect 0 "$bclass" train set -o set-run --positive shirt --net mlp --epochs 1 # is only named alike
}

what_val_must_have_is_told_before_pictures_are_read() {
    for words in --tune '--favour recall=0.9'; do
        # shellcheck disable=SC2086 # words
        expect_error 2 "${words%% *} takes pictures of both classes in val" "$bclass" train set -o new --positive shirt --val 0 \
            --net nosuch -q $words # which would be told before they are read, too, but later
    done
    [ ! -e new ] || fail "a run folder was left"
}

the_positive_class_must_be_known() {
    expect 2 "$bclass" train set -o new --epochs 1
    for word in shirt tshirt --positive; do
        tail -n 1 err | grep -q -- "$word" || fail "the error does not name $word"
    done
    expect_error 2 "nosuch" "$bclass" train set -o new --positive nosuch --epochs 1
    mkdir -p three/a three/b three/c
    cp set/train/shirt/*.png three/a/ && cp set/train/tshirt/*.png three/b/ && cp set/test/shirt/*.png three/c/
    expect_error 2 --positive "$bclass" train three -o new --epochs 1
    [ ! -e new ] || fail "a run folder was left"
}

folders_that_cannot_be_trained_on() {
    mkdir -p one/shirt empty hollow/shirt hollow/tshirt junk/shirt junk/tshirt
    cp set/train/shirt/*.png one/shirt/
    cp set/train/shirt/*.png junk/shirt/
    echo "no picture" >junk/tshirt/1.png
    expect_error 1 nosuch "$bclass" train nosuch -o new --positive shirt --net mlp --epochs 1
    expect_error 1 empty "$bclass" train empty -o new --positive shirt --net mlp --epochs 1
    expect_error 1 class "$bclass" train one -o new --positive shirt --net mlp --epochs 1
    expect_error 1 . "$bclass" train hollow -o new --positive shirt --net mlp --epochs 1
    expect 1 "$bclass" train junk -o new --positive shirt --net mlp --epochs 1
    [ ! -e new/model.safetensors ] || fail "a model was written"
}

unreadable_pictures_are_skipped_unless_strict() {
    cp -R set spoiled
    echo "no picture" >spoiled/train/shirt/broken.png
    head -c 100 set/train/tshirt/00001.png >spoiled/test/tshirt/short.png
    expect 0 "$bclass" train spoiled -o skipping --positive shirt --net mlp --epochs 1
    for name in broken.png short.png; do
        grep -q $name err || fail "$name is not told"
        grep -q $name skipping/skipped.csv || fail "$name is not listed"
        ! grep -q $name skipping/scores.csv || fail "$name has a score"
    done
    expect 1 "$bclass" train spoiled -o new --positive shirt --net mlp --epochs 1 --strict
    [ ! -e new/model.safetensors ] || fail "a model was written"
}

odd_files_are_passed_over_or_skipped() {
    cp -R set strange
    odd_files strange/test/shirt
    expect 0 "$bclass" train strange -o strange-run --positive shirt --net mlp --epochs 1
    expect_equal "skipped files" "$(rows strange-run/skipped.csv)" $unreadable
    expect_equal scores "$(rows strange-run/scores.csv)" "$(rows run/scores.csv)"
}

a_damaged_model_is_refused() {
    size=$(wc -c <$model)
    for length in 0 4 8 100 $((size / 2)) $((size - 1)); do
        head -c $length $model >damaged.safetensors
        expect_error 1 damaged.safetensors "$bclass" predict damaged.safetensors set/test
    done
    { printf '\377\377\377\377\377\377\377\177' && tail -c +9 $model; } >damaged.safetensors
    expect_error 1 damaged.safetensors "$bclass" predict damaged.safetensors set/test
    expect_error 1 nosuch "$bclass" predict nosuch.safetensors set/test
    expect_error 1 README "$bclass" predict README set/test
}

# Divided by so little, what is not the mean itself has no finite logit.
pictures_without_a_finite_logit_are_told() {
    old=$(head -c 20000 $model | LC_ALL=C grep -ao 'deviation[^0-9]*[0-9.e-]*' | sed 's/[^[]*.//')
    new=$(awk -v length_of="${#old}" 'BEGIN { number = "1."; while (length(number) < length_of - 4) number = number "0"; print number "e-40" }')
    LC_ALL=C sed "s/\[$old\]/[$new]/" $model >infinite.safetensors
    expect 1 "$bclass" predict infinite.safetensors set/test
    expect_equal "rows" "$(rows out)" 0
    expect_equal "pictures" "$(grep -c '^bclass: set/test/.*png: the network gives no finite number for it$' err)" 12
}

instructions_that_are_not_there_are_refused() {
    expect_error 2 'BCLASS_LEVEL=nosuch: no such instruction set' env BCLASS_LEVEL=nosuch "$bclass" predict $model set/test
    expect_error 2 'BCLASS_LEVEL=nosuch: no such instruction set' env BCLASS_LEVEL=nosuch "$bclass" train set -q -o new \
        --positive shirt --net mlp
    [ ! -e new ] || fail "a run folder was left"
}

a_cutoff_of_another_model_is_refused() {
    expect 0 "$bclass" train set -o another --positive shirt --net mlp --epochs 1 --seed 5
    expect 0 "$bclass" sweep another/scores.csv --min-recall 0.5 --save another/cutoff.json
    expect_error 2 cutoff.json "$bclass" predict $model set/test --cutoff another/cutoff.json
    echo "{" >broken.json
    expect_error 1 broken.json "$bclass" predict $model set/test --cutoff broken.json
    expect_error 1 nosuch.json "$bclass" predict $model set/test --cutoff nosuch.json
}

a_full_disk_is_told() {
    if [ -w /dev/full ]; then
        for words in "predict $model set/test" "train --help"; do
            code=0
            # shellcheck disable=SC2086 # the words are to be split
            "$bclass" $words >/dev/full 2>err || code=$?
            expect_equal "exit code of $words" $code 1
            expect_equal "lines on standard error of $words" "$(wc -l <err | tr -d ' ')" 1
        done
    fi
    # A limit on the size of files acts like a disk that fills up.
    code=0
    (
        trap '' XFSZ
        ulimit -f 8
        exec "$bclass" train set -o full --positive shirt --net mlp --epochs 1
    ) >out 2>err || code=$?
    expect_equal "exit code of train" $code 1
    grep -q 'a checkpoint could not be written, so this run cannot be resumed: full/checkpoint.safetensors: ' err || fail "not told: $(cat err)"
    [ ! -e full/model.safetensors ] || fail "a model was written"
    [ ! -d full ] || expect_equal "what was left in full/" "$(leftovers full)" ""
}

files_that_cannot_be_written() {
    echo "a file" >blocked
    expect 1 "$bclass" train set -o blocked/run --positive shirt --net mlp --epochs 1
    if [ "$(id -u)" -ne 0 ]; then
        mkdir locked && chmod 000 locked
        expect_error 1 locked "$bclass" train locked -o new --positive shirt --net mlp --epochs 1
        chmod 700 locked
    fi
}

echo "no model" >README
wrong_usage
a_run_is_not_put_inside_its_data
what_val_must_have_is_told_before_pictures_are_read
the_positive_class_must_be_known
folders_that_cannot_be_trained_on
unreadable_pictures_are_skipped_unless_strict
odd_files_are_passed_over_or_skipped
a_damaged_model_is_refused
pictures_without_a_finite_logit_are_told
instructions_that_are_not_there_are_refused
a_cutoff_of_another_model_is_refused
a_full_disk_is_told
files_that_cannot_be_written
