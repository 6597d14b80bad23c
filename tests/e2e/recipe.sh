#!/bin/sh
# What train can be asked for besides: mirror images, a search for settings, another aim; and proof that a run can
# be repeated.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

small_set set 100 30
mkdir temporary
export TMPDIR="$PWD/temporary"

train() {
    "$bclass" train set --positive shirt -q --net mlp --epochs 4 "$@"
}

# logits FILE: those of the test pictures, by path
logits() {
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
             !("split" in at) || $at["split"] == "test" { print $at["path"], $at["logit"] }' "$1" | sort
}

# predict_repeats RUN: predict gives the scores of its test pictures, to the last digit
predict_repeats() {
    expect 0 "$bclass" predict "$1/model.safetensors" set/test --threads 1 --batch-size 7
    logits out >predicted
    logits "$1/scores.csv" >scored
    [ -s scored ] || fail "$1 has no test"
    cmp predicted scored || fail "predict does not give the scores of $1"
}

# looks_at_mirror_images RUN true|false: training scored those of the test pictures too, and so does predict; or neither
looks_at_mirror_images() {
    predict_repeats "$1"
    expect 0 grep -q "\"tta\":.*$2" "$1/settings.json"
    tr -d '\134' <"$1/model.safetensors" >model
    expect_equal "mirror images of $1" "$(grep -ao '"mirror":true' model)" "$(! "$2" || echo '"mirror":true')"
}

predict_looks_at_mirror_images_when_training_did() {
    expect 0 train -o plain --no-tta
    looks_at_mirror_images plain false
    mv scored plainly
    expect 0 train -o mirrored
    looks_at_mirror_images mirrored true
    ! cmp -s scored plainly || fail "mirror images change nothing"
    for words in --no-hflip '--augment none'; do # training does not mirror, and so scoring does not
        # shellcheck disable=SC2086 # words
        expect 0 train -o unmirrored $words --force
        looks_at_mirror_images unmirrored false
    done
    expect 0 train -o several --folds 2 --final ensemble
    looks_at_mirror_images several true
}

predict_normalises_as_training_did() {
    expect 0 train -o by-picture --normalise picture
    predict_repeats by-picture
    logits mirrored/scores.csv >by-set
    ! cmp -s scored by-set || fail "it makes no difference how pictures are normalised"
    expect 0 grep -q '"normalise":.*"picture"' by-picture/settings.json
    expect 0 grep -q '"normalise":.*"set"' mirrored/settings.json
}

# pictures FOLDER COUNT SIDE LEAST MOST: of noise between these grays; others for another LEAST
pictures() {
    mkdir -p "$1"
    awk -v folder="$1" -v count="$2" -v side="$3" -v least="$4" -v most="$5" 'BEGIN {
        srand(least)
        for (i = 0; i < count; i++) {
            file = folder "/" i ".pgm"
            print "P2", side, side, 255 >file
            for (pixel = 0; pixel < side * side; pixel++)
                print int(least + (most - least) * rand()) >file
            close(file)
        }
    }'
}

brightness_tells_nothing_where_each_picture_is_normalised_by_itself() {
    pictures light/dark 60 8 60 100
    pictures light/lit 60 8 150 190
    expect 0 "$bclass" train light --positive lit -o lit --net small --epochs 2
    awk '$1 == "test" && $5 == 1 { found = 1 } END { exit !found }' out || fail "the classes are not told apart"
    expect 0 "$bclass" train light --positive lit -o unlit --net small --epochs 2 --normalise picture
    awk '$1 == "test" && $5 < 0.9 { found = 1 } END { exit !found }' out || fail "brightness is told all the same"
    grep -q 'normalise set if the classes differ in brightness' out || fail "what to do about it is not said"
}

a_run_can_be_proved() {
    expect 0 train -o proved --augment strong+cutout+mixup=0.4 --lr 0.002 --no-hflip --favour recall=0.9 --seed 5
    expect 0 "$bclass" train --verify proved -q --threads 1
    expect_equal "what it says" "$(cat out)" "model.safetensors: the same bytes
scores.csv: the same bytes"
    cp -R proved other
    cp plain/scores.csv other/scores.csv
    expect 3 "$bclass" train --verify other -q
    expect_equal "what it says" "$(cat out)" "model.safetensors: the same bytes
scores.csv: differs"
    mv set moved
    expect_error 1 'set: no such folder' "$bclass" train --verify proved -q
    mv moved set
    expect_error 2 'give no other' "$bclass" train set --verify proved
    expect_error 2 'takes its options from the run; --lr cannot be given' "$bclass" train --verify proved --lr 1
    expect_error 1 'nowhere/settings.json: No such file' "$bclass" train --verify nowhere
    mkdir -p broken
    echo '{"arguments": ["--lr", 3]}' >broken/settings.json
    expect_error 1 'broken/settings.json: an argument is no text' "$bclass" train --verify broken
    echo '{"arguments": ["set"]}' >broken/settings.json
    expect_error 1 'broken/settings.json: an argument is no option' "$bclass" train --verify broken
    expect_equal "what is left behind" "$(ls temporary)" ""
}

# On a machine that came to a halt for a while the training may have been cut off, which cannot be repeated.
repeatable() {
    grep -q 'then the time was up' out || expect 0 "$bclass" train --verify tuned -q
}

a_search_keeps_to_its_time_and_can_be_repeated_without_it() {
    start=$(date +%s)
    expect 0 "$bclass" train set --positive shirt -o tuned --net mlp --epochs 20 --augment light+mixup --tune --time 6s
    seconds=$(($(date +%s) - start))
    [ $seconds -le 60 ] || fail "it took $seconds s"
    grep -q 'best of .* trials on val' err || fail "it does not say what it found"
    tr -d '\n\t ' <tuned/settings.json | grep -Eq '"--augment","(light|strong)[+]mixup=0.2"' || fail "mixup was given up"
    grep -q '"trials"' tuned/settings.json || fail "settings.json has no trials"
    repeatable
    looks_at_mirror_images tuned true # as both of light and strong have them
    expect 0 "$bclass" train set --positive shirt -o tuned --force --net mlp --epochs 5000 --tune --time 3s \
        --augment none # in whose place the search may put strong, which mirrors pictures
    grep -q 'the time that is left is enough for' err || fail "5000 epochs fit into 3 s"
    ! grep -Eq ' (0 trials|1 trials|1 epochs) ' err || fail "bad grammar: $(cat err)"
    repeatable
    tr -d '\n\t ' <tuned/settings.json | grep -Eq '"arguments":[^]]*"--augment","none"' && mirrored=false || mirrored=true
    looks_at_mirror_images tuned "$mirrored"
    expect 0 "$bclass" train set --positive shirt -o hasty --net mlp --epochs 20 --tune --time 0.001s
    grep -q 'there is no time to try settings: lr .*, as without --tune$' err || fail "not told: $(cat err)"
    grep -q 'the time that is left is enough for 1 epoch in place of 20$' err || fail "not told: $(cat err)"
    expect_error 2 '--time takes a number' train -o x --tune --time 10
    expect_error 2 '--time is for --tune' train -o x --time 10m
    expect_error 2 'pictures of both classes in val' train -o x --tune --val 0
}

what_is_added_to_augmentation_is_recorded_and_checked() {
    for words in '"augment":.*"strong"' '"brightness":.*0[.]3' '"contrast":.*0[.]5' '"cutout":.*0[.]25' '"mixup":.*0[.]4'; do
        grep -q "$words" proved/settings.json || fail "settings.json does not have $words"
    done
    expect 0 train -o mixed --seed 5 --augment none+mixup
    expect 0 train -o unmixed --seed 5 --augment none
    expect 1 grep -E '"(brightness|contrast)"' unmixed/settings.json
    ! cmp -s mixed/scores.csv unmixed/scores.csv || fail "mixup changes nothing"
    for wrong in '' weak stron strong+ strong+mix strong+mixup=0 strong+mixup=1.1 strong+cutout= mixup none+mixup+mixup; do
        expect_error 2 '--augment takes none, light or strong, and behind it' train -o x --augment "$wrong"
    done
}

many_pictures_are_as_many_as_there_are_files() {
    pictures many/train/a 3000 4 0 200
    pictures many/train/b 3000 4 1 200
    pictures many/val/a 10 4 2 200
    pictures many/val/b 10 4 3 200
    echo damaged >many/train/a/1.pgm
    expect 0 "$bclass" train many -o crowd --positive a --epochs 1
    grep -q ' 5999 pictures to train on' err || fail "not one is left out: $(cat err)"
    for words in '"--net",.*"wide"' '"brightness":0.1,' '"contrast":0.15,'; do
        tr -d '\n\t ' <crowd/settings.json | grep -q "$words" || fail "settings.json does not have $words"
    done
}

# All from an alignment of 0.4 down, nothing from 0.5 on (tests/bench/quality.md).
what_is_said_of_places_is_what_is_done() {
    expect 0 "$bclass" train set --positive shirt -o placed --net mlp --epochs 1
    alignment=$(tr -d '\n\t ' <placed/settings.json | sed 's/.*"alignment":\([0-9.e-]*\).*/\1/')
    moved=$(sed -n 's/.*so they are moved by \([0-9.]*\) % of what is usual$/\1/p' err)
    expect_near "alignment" "$alignment" 0.45 0.05 # else it is not asked for here
    expect_near "how far pictures are moved" "$moved" \
        "$(awk -v alignment="$alignment" 'BEGIN { print (0.5 - alignment) * 1000 }')" 1
    expect 0 "$bclass" train set --positive shirt -o placed --net mlp --epochs 1 --force --normalise picture
    grep -q 'same places .*, so they are not moved' err || fail "brightness still hides it"
}

another_aim_is_recorded_and_checked() {
    grep -q '"favour":.*"recall"' proved/settings.json || fail "settings.json does not say what was favoured"
    head -n 1 proved/history.csv | grep -q 'val_auroc,val_average_precision,val_recall,val_precision' ||
        fail "history.csv lacks columns"
    for wrong in recall recall= recall=1 recall=0 precision=2 f1=0.5; do
        expect_error 2 '--favour takes recall=R or precision=P' train -o x --favour $wrong
    done
    expect 0 train -o precise --favour precision=0.7
}

predict_looks_at_mirror_images_when_training_did
predict_normalises_as_training_did
brightness_tells_nothing_where_each_picture_is_normalised_by_itself
a_run_can_be_proved
a_search_keeps_to_its_time_and_can_be_repeated_without_it
what_is_added_to_augmentation_is_recorded_and_checked
many_pictures_are_as_many_as_there_are_files
what_is_said_of_places_is_what_is_done
another_aim_is_recorded_and_checked
