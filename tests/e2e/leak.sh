#!/bin/sh
# Copies of one picture in train and val: kept on one side where splits are drawn, refused where they are stated.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

small_set set 24 6
for class in shirt tshirt; do
    mkdir -p "plain/$class"
    cp "set/train/$class"/* "plain/$class"
done

# learn RUN DATA WORD...: a run that is made in no time
learn() {
    run=$1
    data=$2
    shift 2
    "$bclass" train "$data" -o "$run" --positive shirt --net mlp --imgsz 28 --epochs 2 --calibrate none --force "$@"
}

first_of() {
    find "$1" -name '*.png' | sort | head -n 1
}

# split_of RUN NAME: train, or what scores.csv says
split_of() {
    awk -F, -v name="$2" 'index($1, name) { print $5 "," $6; found = 1 } END { if (!found) print "train," }' "$1/scores.csv"
}

sets_without_copies_keep_their_splits() {
    expect 0 learn alone plain
    ! grep -Eq 'copies|copy' err || fail "copies are told of where there are none: $(cat err)"
    grep -q 'splits drawn by the seed' err || fail "the splits are not announced"
}

# Three copies of each of six pictures: some are parted by any draw of the splits.
drawn_splits_keep_copies_together() {
    cp -R plain doubled
    for class in shirt tshirt; do
        for file in $(find "plain/$class" -name '*.png' | sort | head -n 6); do
            for copy in 1 2; do
                cp "$file" "doubled/$class/$(basename "$file" .png)-$copy.png"
            done
        done
    done
    expect 0 learn drawn doubled
    grep -q '24 pictures are copies of others, or nearly, and stay together with them: the splits were drawn anew for that$' err ||
        fail "it is not told that the splits were drawn anew: $(cat err)"
    for file in doubled/*/*-1.png; do
        name=${file%-1.png}
        expect_equal "split of ${name}-1.png" "$(split_of drawn "$name-1.png")" "$(split_of drawn "$name.png")"
        expect_equal "split of ${name}-2.png" "$(split_of drawn "$name-2.png")" "$(split_of drawn "$name.png")"
    done
    expect 0 "$bclass" train --verify drawn -q
    expect 0 learn again doubled -q --threads 1
    cmp drawn/scores.csv again/scores.csv || fail "drawn anew, the splits do not follow from the seed"
}

so_do_folds() {
    expect 0 learn folds doubled --folds 3
    grep -q 'stay together with them: the folds were drawn anew for that$' err || fail "folds: $(cat err)"
    for file in doubled/*/*-1.png; do
        name=${file%-1.png}
        expect_equal "fold of ${name}-1.png" "$(split_of folds "$name-1.png")" "$(split_of folds "$name.png")"
        expect_equal "fold of ${name}-2.png" "$(split_of folds "$name-2.png")" "$(split_of folds "$name.png")"
    done
    expect_error 1 "in 1 group, copies of a picture being one, only, too few for 2 folds$" \
        learn few-run "$(one_picture_a_class)" --folds 2 -q
}

one_picture_a_class() {
    for class in shirt tshirt; do
        mkdir -p "few/$class"
        for copy in 1 2 3; do
            cp "$(first_of "plain/$class")" "few/$class/$copy.png"
        done
    done
    echo few
}

copies_in_two_stated_splits_are_refused() {
    cp -R set leaky
    for class in shirt tshirt; do
        cp "$(first_of "set/train/$class")" "leaky/test/$class/copied.png"
    done
    expect_error 1 '^bclass: leaky: 4 pictures have an exact copy in another split, as test/shirt/copied.png \(test\) and train/shirt/.*\.png \(train\); .bclass check. lists them, and --allow-leak trains all the same$' \
        learn refused leaky -q
    [ ! -e refused/model.safetensors ] || fail "there is a model nevertheless"
}

with_allow_leak_they_are_told() {
    expect 0 learn allowed leaky --allow-leak
    grep -q '^bclass: 4 pictures have an exact copy in another split, which will look better known than it is: ' err ||
        fail "the leak is not told: $(cat err)"
    expect 0 "$bclass" train --verify allowed -q
    expect 0 "$bclass" train leaky -o allowed --positive shirt --net mlp --imgsz 28 --epochs 2 --calibrate none --resume
    grep -q 'is complete' err || fail "--resume does not take --allow-leak for free to change: $(cat err)"
}

a_run_with_a_leak_can_be_resumed() {
    set -- train leaky --positive shirt --net mlp --imgsz 28 --epochs 60 --calibrate none -q
    expect 0 "$bclass" "$@" -o whole --allow-leak
    "$bclass" "$@" -o part --allow-leak &
    learner=$!
    wait_for 20 test -e part/checkpoint.safetensors -o -e part/model.safetensors
    kill -KILL $learner 2>/dev/null || true
    wait $learner 2>/dev/null || true
    expect 0 "$bclass" "$@" -o part --resume --allow-leak
    cmp part/scores.csv whole/scores.csv || fail "resumed, the scores are others"
}

so_are_copies_in_two_stated_folds() {
    {
        echo path,label,fold
        find doubled -name '*.png' | sort | awk -F/ '{ print $0 "," $2 "," NR % 3 + 1 }'
    } >folds.csv
    expect_error 1 'folds.csv: [0-9]+ pictures have an exact copy in another fold, as .* \(fold [123]\) and .* \(fold [123]\);' \
        learn refused folds.csv -q
    expect 0 learn stated folds.csv --allow-leak -q
}

# draw_picture PERCENT: bars and a slope, so bright
draw_picture() {
    echo "P2 28 28 255"
    awk -v share="$1" 'BEGIN { for (i = 0; i < 784; i++) print int(share * (i % 28 * 3 + (i % 7 < 3) * 60 + (i > 300) * 50) / 100) }'
}

near_copies_in_two_stated_splits_are_told() {
    cp -R set near
    draw_picture 100 >near/train/shirt/drawn.pgm
    draw_picture 90 >near/test/shirt/darker.pgm
    expect 0 learn near-run near
    grep -q '^bclass: 2 pictures have a near copy in another split, which will look better known than it is: as near/test/shirt/darker.pgm (test) and near/train/shirt/drawn.pgm (train)$' err ||
        fail "near copies are not told: $(cat err)"
}

copies_with_both_labels_are_told() {
    cp -R set contrary
    cp "$(first_of set/train/shirt)" contrary/train/tshirt/contrary.png
    expect 0 learn contrary-run contrary
    grep -Eq '^bclass: 2 pictures to train on have a copy with the other label, as contrary/train/shirt/.*\.png and contrary/train/tshirt/contrary.png$' err ||
        fail "labels that contradict each other are not told: $(cat err)"
}

sets_without_copies_keep_their_splits
drawn_splits_keep_copies_together
so_do_folds
copies_in_two_stated_splits_are_refused
with_allow_leak_they_are_told
a_run_with_a_leak_can_be_resumed
so_are_copies_in_two_stated_folds
near_copies_in_two_stated_splits_are_told
copies_with_both_labels_are_told
