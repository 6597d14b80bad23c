#!/bin/sh
# Out-of-fold scores: every picture is scored by a network that saw neither it nor its group.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

small_set set 24 6

# learn RUN DATA WORD...: raw logits of networks that are trained in no time
learn() {
    run=$1
    data=$2
    shift 2
    expect 0 "$bclass" train "$data" -o "$run" --positive shirt --net mlp --imgsz 8 --epochs 2 --seed 3 --calibrate none \
        --force "$@"
    cp out "$run.out"
    cp err "$run.err"
}

# manifest PATH LABEL FOLD of all pictures of train, the folds 1 to 4 in turn
state_folds() {
    echo path,label,fold
    find set/train -name '*.png' | sort | awk -F/ '{ print $0 "," $3 "," NR % 4 + 1 }'
}

# fold_logits RUN FOLD: path and logit of its out-of-fold scores
fold_logits() {
    awk -F, -v fold="$2" '$5 == "oof" && $6 == fold { print $1, $3 }' "$1/scores.csv"
}

every_picture_but_those_of_test_gets_one_out_of_fold_score() {
    learn drawn set --folds 3
    expect_equal "header" "$(head -n 1 drawn/scores.csv)" path,label,logit,score,split,fold
    awk -F, 'NR > 1 && $5 == "oof" { print $1 }' drawn/scores.csv | sort >scored
    find set/train -name '*.png' | sort >there
    cmp scored there || fail "not all pictures of train, and no others, have an out-of-fold score"
    expect_equal "test rows" "$(grep -c ',test,$' drawn/scores.csv)" 12
    for fold in 1 2 3; do
        expect_equal "pictures of each class in fold $fold" \
            "$(awk -F, -v fold=$fold '$6 == fold { n[$2]++ } END { print n[0], n[1] }' drawn/scores.csv)" "8 8"
    done
    expect_equal "header of history.csv" "$(head -n 1 drawn/history.csv | cut -d, -f1,2,12)" fold,epoch,best
    expect_equal "history.csv" "$(tail -n +2 drawn/history.csv | cut -d, -f1,2,12 | tr '\n' ' ')" \
        "1,1,0 1,2,1 2,1,0 2,2,1 3,1,0 3,2,1 ,1,0 ,2,1 "
    grep -q '"folds":.*3' drawn/settings.json || fail "settings.json does not tell of the folds"
    grep -q '"final":.*"refit"' drawn/settings.json || fail "settings.json does not tell what the final model is"
}

what_is_seen_names_the_folds() {
    grep -q '48 pictures to train on (24 shirt, 24 tshirt), 12 test; 3 folds of 16 to 16 pictures, drawn by the seed$' \
        drawn.err || fail "the folds are not announced: $(cat drawn.err)"
    grep -q '^fold 2/3  epoch 1/2 ' drawn.err || fail "progress does not tell the fold"
    grep -q '^final  epoch 2/2 ' drawn.err || fail "progress does not tell the final network"
    grep -Eq '^oof +48 +24 +24 ' drawn.out || fail "no row of oof"
    grep -Eq '^test +12 +6 +6 ' drawn.out || fail "no row of test"
    grep -Eq '^AUROC by fold: [0-9.]+ [0-9.]+ [0-9.]+; mean [0-9.]+, standard deviation [0-9.]+$' drawn.out ||
        fail "the folds' areas are not told"
}

sweep_chooses_on_oof_and_reports_on_test() {
    expect 0 "$bclass" sweep drawn/scores.csv --min-recall 0.9
    grep -q '^drawn/scores.csv: cutoffs chosen on oof, reported on test$' out || fail "not so: $(head -n 1 out)"
    learn alone set/train --folds 2
    expect 0 "$bclass" sweep alone/scores.csv --min-recall 0.9
    grep -Eq '^oof +48 +24 +24 ' out || fail "without test rows it does not take those of oof"
}

the_final_model_is_one_of_all_pictures() {
    expect 0 "$bclass" predict drawn/model.safetensors set/test
    awk -F, 'NR == FNR { if ($5 == "test") logit[$1] = $3; next }
        FNR > 1 && ($2 - logit[$1] > 1e-4 || logit[$1] - $2 > 1e-4) { print; exit 1 }' drawn/scores.csv out >wrong ||
        fail "predict differs from scores.csv: $(cat wrong)"
}

the_bits_do_not_depend_on_threads() {
    for threads in 1 2; do
        learn threads$threads set --folds 3 --threads $threads
        for file in model.safetensors scores.csv; do
            cmp threads1/$file threads$threads/$file || fail "$file depends on the threads"
        done
    done
}

the_mean_of_the_folds_networks_is_a_model_like_any_other() {
    for threads in 1 2; do
        learn mean$threads set --folds 3 --final ensemble --threads $threads
        for file in model.safetensors scores.csv; do
            cmp mean1/$file mean$threads/$file || fail "$file depends on the threads"
        done
    done
    grep -q '^trained 3 networks, 6 epochs in all' mean1.out || fail "more was trained than the folds"
    grep -q '"final":.*"ensemble"' mean1/settings.json || fail "settings.json does not tell what the final model is"
    for fold in 1 2 3; do # the same networks score the folds, whatever comes then
        fold_logits drawn $fold >before
        fold_logits mean1 $fold >after
        cmp before after || fail "the scores of fold $fold depend on --final"
    done
    expect 0 "$bclass" predict mean1/model.safetensors set/test
    awk -F, 'NR == FNR { if ($5 == "test") logit[$1] = $3; next }
        FNR > 1 && ($2 - logit[$1] > 1e-4 || logit[$1] - $2 > 1e-4) { print; exit 1 }' mean1/scores.csv out >wrong ||
        fail "predict differs from scores.csv: $(cat wrong)"
    printf '{"layers":[{"type":"flatten"}' >deep.json
    for _ in $(seq 170); do
        printf ',{"type":"relu"}' >>deep.json
    done
    printf ',{"type":"dense","units":1}]}' >>deep.json
    expect_error 1 'more than the 512 layers' "$bclass" train set -o new --positive shirt --quiet --net deep.json --imgsz 4 \
        --folds 3 --final ensemble
}

# The proof that nothing leaks: what a picture's own fold holds has no influence on its score.
a_fold_has_no_part_in_the_network_that_scores_it() {
    state_folds >stated.csv
    learn stated stated.csv
    grep -q '4 folds of 12 to 12 pictures, as the data states$' stated.err || fail "the folds are not the stated ones"
    # Some shirts fewer in fold 1: the weight that is auto differs then, if it comes of all folds.
    awk -F, 'BEGIN { OFS = "," } NR > 1 && $3 == 1 && $2 == "shirt" && n++ < 4 { $2 = "tshirt" } 1' stated.csv >relabelled.csv
    expect_equal "labels that differ" "$(diff stated.csv relabelled.csv | grep -c '^>')" 4
    learn relabelled relabelled.csv --pos-weight auto # what follows from the classes must not leak either
    learn stated stated.csv --pos-weight auto --folds 4
    for fold in 1 2; do
        fold_logits stated $fold >before
        fold_logits relabelled $fold >after
        expect_equal "pictures of fold $fold" "$(wc -l <before | tr -d ' ')" 12
        if [ $fold -eq 1 ]; then
            cmp before after || fail "the labels of fold 1 change its own scores"
        else
            ! cmp -s before after || fail "the labels of fold 1 do not change the scores of fold 2"
        fi
    done
    # Other pixels in the first picture of fold 1: the scores of all others in the fold stay.
    first=$(awk -F, '$3 == 1 { print $1; exit }' stated.csv)
    cp "$first" kept.png
    cp "$(find set/test/shirt -name '*.png' | sort | head -n 1)" "$first"
    learn repainted stated.csv --pos-weight auto
    cp kept.png "$first"
    for fold in 1 2; do
        fold_logits stated $fold | grep -v "^$first " >before
        fold_logits repainted $fold | grep -v "^$first " >after
        if [ $fold -eq 1 ]; then
            cmp before after || fail "the pixels of fold 1 change the scores of its other pictures"
        else
            ! cmp -s before after || fail "the pixels of fold 1 do not change the scores of fold 2"
        fi
    done
}

no_group_is_in_two_folds() {
    learn grouped set/train --folds 3 --test 0.2 --group-from '/0*[0-9]*([0-9][0-9])[.]png$'
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
        $column["fold"] != "" {
            group = $column["group"]
            if (group == "" || (group in fold && fold[group] != $column["fold"])) { print; exit 1 }
            fold[group] = $column["fold"]
        }' grouped/scores.csv >wrong || fail "in two folds: $(cat wrong)"
    grep -q 'drawn by the seed, groups kept whole$' grouped.err || fail "that groups are whole is not told"
}

the_calibration_is_that_of_the_out_of_fold_scores() {
    learn calibrated set --folds 3 --calibrate temperature
    grep -q '^calibration: temperature [0-9.]* (oof log loss ' calibrated.out || fail "not on oof: $(cat calibrated.out)"
    expect 0 "$bclass" predict calibrated/model.safetensors set/test
    awk -F, 'NR == FNR { if ($5 == "test") logit[$1] = $3; next }
        FNR > 1 && ($2 - logit[$1] > 1e-4 || logit[$1] - $2 > 1e-4) { print; exit 1 }' calibrated/scores.csv out >wrong ||
        fail "predict differs from scores.csv: $(cat wrong)"
}

# stop_at WORDS SIGNAL RUN: sends the signal once the words are seen in the progress
stop_at() {
    rm -f pid progress
    (
        until grep -q "^$1" progress 2>/dev/null; do
            sleep 0.01
        done
        kill -s "$2" "$(cat pid)"
    ) &
    code=0
    # shellcheck disable=SC2016 # the inner shell is to expand these
    sh -c 'echo $$ >pid && exec "$@"' sh "$bclass" train set -o "$3" --positive shirt --net mlp --imgsz 8 --epochs 40 \
        --seed 3 --folds 3 --resume >/dev/null 2>progress || code=$?
    wait
}

an_interrupted_run_goes_on_to_the_same_bytes() {
    learn whole set --folds 3 --epochs 40 --calibrate auto
    for words in 'fold 2/3  epoch 3/' 'final  epoch 2/'; do
        rm -rf part
        stop_at "$words" INT part
        expect_equal "exit code" $code 130
        tail -n 1 progress | grep -q 'interrupted in training [1-4] of 4; there is no model yet, --resume goes on$' ||
            fail "not told: $(tail -n 1 progress)"
        [ ! -e part/model.safetensors ] || fail "a model was written"
        expect_error 2 'was not finished' "$bclass" train set -o part --positive shirt --quiet --folds 3
        expect_error 2 'part of a run with folds' "$bclass" train set -o part --positive shirt --quiet --resume
        expect 0 "$bclass" train set -o part --positive shirt --net mlp --imgsz 8 --epochs 40 --seed 3 --folds 3 --resume
        for file in model.safetensors scores.csv settings.json; do
            cmp whole/$file part/$file || fail "$file is not that of the run that was not interrupted"
        done
        for run in whole part; do
            cut -d, -f1-9,12 $run/history.csv >$run.history
        done
        cmp whole.history part.history || fail "history.csv is not that of the run that was not interrupted"
        expect_equal "what else is in part/" "$(leftovers part)" ""
    done
    stop_at 'fold 2/3  epoch 3/' KILL killed
    expect_equal "exit code" $code 137
    expect 0 "$bclass" train set -o killed --positive shirt --net mlp --imgsz 8 --epochs 40 --seed 3 --folds 3 --resume
    grep -q '^bclass: fold 1/3  going on after epoch 40 of killed/checkpoint-fold1.safetensors$' err ||
        fail "that fold 1 is there is not told"
    cmp whole/model.safetensors killed/model.safetensors || fail "the model is not that of the run that was not killed"
}

pictures_of_val_take_part_and_that_is_told() {
    awk -F, 'BEGIN { OFS = "," } { print $0, NR == 1 ? "split" : NR < 9 ? "val" : "train" }' stated.csv >vals.csv
    expect 0 "$bclass" train vals.csv -o vals --positive shirt --net mlp --imgsz 8 --epochs 1
    grep -q 'with folds there is no val: its 7 pictures take part in them as those of train do$' err || fail "not told"
}

a_fold_of_one_class_has_no_area() {
    awk -F, 'NR == 1 || $3 != 2 || $2 == "shirt"' stated.csv >lopsided.csv
    learn lopsided lopsided.csv
    grep -Eq '^AUROC by fold: [0-9.]+ NA [0-9.]+ [0-9.]+; mean' lopsided.out || fail "not told: $(grep AUROC lopsided.out)"
    awk 'match($0, /fold: [^;]*/) { split(substr($0, RSTART + 6, RLENGTH - 6), area, " ")
        printf "%.3f\n", (area[1] + area[3] + area[4]) / 3 }' lopsided.out >mean
    expect_near "the mean of the others" "$(sed -n 's/.*mean \([0-9.]*\).*/\1/p' lopsided.out)" "$(cat mean)" 0.0006
}

a_fold_that_diverges_late_keeps_what_it_had() {
    learn late set --net small --epochs 60 --batch-size 4 --lr 8 --optimizer sgd --weight-decay 10 --folds 2
    grep -q 'no longer a finite number after epoch [0-9]*, whose weights are kept; try a smaller --lr$' late.err || fail "not told"
    ! grep -Eq 'nan|inf' late/scores.csv || fail "scores that are no numbers"
    expect_equal "rows" "$(rows late/scores.csv)" 60
}

wrong_use_is_refused() {
    for words in "--folds 1" "--folds 101" "--final refit" "--folds 3 --val 0.2" "--folds 3 --patience 4" "--folds x" \
        "--folds 3 --favour recall=0.9"; do
        # shellcheck disable=SC2086 # the words are to be split
        expect_error 2 -- "$bclass" train set -o new --positive shirt --quiet $words
    done
    expect_error 1 'no longer a finite number' "$bclass" train set -o new --positive shirt --quiet --net small \
        --imgsz 8 --epochs 60 --batch-size 4 --lr 100 --optimizer sgd --weight-decay 10 --folds 2
    expect_error 1 "24 pictures only, too few for 100 folds" "$bclass" train set -o new --positive shirt --quiet --folds 100
    expect_error 2 "the data states 4 folds, not 3" "$bclass" train stated.csv -o new --positive shirt --quiet --folds 3
    expect_error 2 'draws pictures where the data states no folds' "$bclass" train stated.csv -o new --positive shirt --quiet \
        --test 0.2
    expect_error 2 'focal loss cannot be one' "$bclass" train set -o new --positive shirt --quiet --net mlp --imgsz 8 --folds 3 \
        --final ensemble --loss focal
    echo '{"layers":[{"type":"flatten"},{"type":"dense","units":1},{"type":"sigmoid","offset":0.5}]}' >offset.json
    expect_error 2 'the head of offset.json states an offset of 0.5' "$bclass" train set -o new --positive shirt --quiet \
        --net offset.json --folds 3
    awk -F, 'BEGIN { OFS = "," } { print $0, NR == 1 ? "split" : NR == 3 ? "test" : "train" }' stated.csv >both.csv
    expect_error 1 "both.csv:3: a picture of test is in no fold" "$bclass" train both.csv -o new --positive shirt --quiet
    awk -F, 'BEGIN { OFS = "," } NR == 5 { $3 = "" } 1' stated.csv >hole.csv
    expect_error 1 "hole.csv:5: no fold is stated here" "$bclass" train hole.csv -o new --positive shirt --quiet
    [ ! -e new/model.safetensors ] || fail "a model was written"
}

a_fold_whose_pictures_cannot_be_read_is_told_before_training() {
    awk -F, 'BEGIN { OFS = "," } NR > 1 && $3 == 2 { $1 = "nosuch" NR ".png" } 1' stated.csv >gone.csv
    expect 1 "$bclass" train gone.csv -o new --positive shirt --quiet
    grep -q 'fold 2 of 4 has no picture' err || fail "not told: $(cat err)"
    [ ! -e new/model.safetensors ] || fail "a model was written"
}

every_picture_but_those_of_test_gets_one_out_of_fold_score
what_is_seen_names_the_folds
sweep_chooses_on_oof_and_reports_on_test
the_final_model_is_one_of_all_pictures
the_bits_do_not_depend_on_threads
the_mean_of_the_folds_networks_is_a_model_like_any_other
a_fold_has_no_part_in_the_network_that_scores_it
no_group_is_in_two_folds
the_calibration_is_that_of_the_out_of_fold_scores
an_interrupted_run_goes_on_to_the_same_bytes
pictures_of_val_take_part_and_that_is_told
a_fold_of_one_class_has_no_area
a_fold_that_diverges_late_keeps_what_it_had
wrong_use_is_refused
a_fold_whose_pictures_cannot_be_read_is_told_before_training
