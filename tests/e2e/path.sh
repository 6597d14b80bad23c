#!/bin/sh
# The whole way from the sample pictures to a cutoff: train, predict, sweep.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

model=run/model.safetensors

# The area under the ROC curve of scores.csv's split: the share of pairs of a positive and a negative that are
# in the right order, equal ones counting half (Mann and Whitney 1947).
pairs_in_order() {
    awk -F, -v split_name="$2" 'NR > 1 && $5 == split_name { if ($2 == 1) p[++np] = $3; else n[++nn] = $3 }
        END {
            for (i = 1; i <= np; i++)
                for (j = 1; j <= nn; j++)
                    sum += p[i] > n[j] ? 1 : p[i] == n[j] ? 0.5 : 0
            printf "%.15g\n", sum / (np * nn)
        }' "$1"
}

train_writes_a_complete_run() {
    expect 0 "$bclass" train "$samples" -o run --positive shirt --net small --epochs 3
    for file in $model scores.csv history.csv settings.json; do
        [ -s "run/${file#run/}" ] || fail "run/$file is not there"
    done
    expect_equal "what else is in run/" "$(leftovers run)" ""
    expect_equal "rows of history.csv" "$(rows run/history.csv)" 3
}

scores_hold_every_picture_not_trained_on() {
    expect_equal "header of scores.csv" "$(head -n 1 run/scores.csv)" path,label,logit,score,split
    expect_equal "test rows" "$(grep -c ',test$' run/scores.csv)" 500
    expect_equal "val rows: 15 % of 2000" "$(grep -c ',val$' run/scores.csv)" 300
    expect_equal "all rows" "$(rows run/scores.csv)" 800
    awk -F, 'NR > 1 {
        score = 1 / (1 + exp(-$3))
        if ($2 != ($1 ~ /\/shirt\//) || score - $4 > 1e-6 || $4 - score > 1e-6) { print; exit 1 }
    }' run/scores.csv >out || fail "a row whose label is not its folder's, or whose score is not its logit's"
}

the_network_has_learned() {
    auroc=$(pairs_in_order run/scores.csv test)
    awk -v auroc="$auroc" 'BEGIN { exit !(auroc > 0.85) }' || fail "AUROC on test is $auroc"
}

an_existing_run_is_kept_without_force() {
    cksum run/* >before
    expect_error 2 --force "$bclass" train "$samples" -o run --positive shirt --epochs 1
    cksum run/* >after
    cmp before after || fail "the run was changed"
}

predict_repeats_the_scores_of_test() {
    expect 0 "$bclass" predict $model "$samples/test"
    cp out predictions.csv
    expect_equal "header" "$(head -n 1 out)" path,logit,score,decision
    expect_equal "rows" "$(rows out)" 500
    awk -F, 'NR == FNR { if ($5 == "test") logit[$1] = $3; next }
        FNR > 1 {
            difference = $2 - logit[$1]
            decision = $2 >= 0 ? "shirt" : "tshirt"
            if (!($1 in logit) || difference > 1e-4 || difference < -1e-4 || $4 != decision) { print; exit 1 }
        }' run/scores.csv out >wrong || fail "a prediction that differs from scores.csv: $(cat wrong)"
}

predict_dies_quietly_when_the_reader_goes_away() {
    picture=$(find "$samples/test" -name '*.png' | head -n 1)
    while echo "$picture"; do :; done 2>/dev/null | "$bclass" predict $model - 2>err | head -n 1 >out
    expect_equal "the first line" "$(cat out)" path,logit,score,decision
    [ ! -s err ] || fail "predict was not quiet"
}

sweep_counts_what_scores_hold() {
    expect 0 "$bclass" sweep run/scores.csv --split test --at 0.5 --format json
    tr -d ' \t\n' <out >sweep.json
    for key in tp fp fn tn; do
        printf '%s ' "$(sed "s/.*\"$key\":\([0-9]*\).*/\1/" sweep.json)"
    done >counted
    awk -F, 'NR > 1 && $5 == "test" { n[$2, $3 >= 0]++ }
        END { printf "%d %d %d %d ", n[1, 1], n[0, 1], n[1, 0], n[0, 0] }' run/scores.csv >expected
    expect_equal "tp fp fn tn" "$(cat counted)" "$(cat expected)"
    expect_near auroc "$(sed 's/.*"auroc":\([0-9.e-]*\).*/\1/' sweep.json)" "$(pairs_in_order run/scores.csv test)" 1e-12
}

sweep_saves_the_cutoff_that_predict_uses() {
    expect 0 "$bclass" sweep run/scores.csv --min-recall 0.95 --save cutoff.json
    cutoff=$(tr -d ' \t\n' <cutoff.json | sed 's/.*"cutoff":\([0-9.e-]*\).*/\1/')
    # It is chosen on val, so it is there that the recall is reached.
    awk -F, -v cutoff="$cutoff" 'NR > 1 && $5 == "val" && $2 == 1 { n++; found += $4 >= cutoff - 1e-9 }
        END { exit !(found / n >= 0.95) }' run/scores.csv || fail "the cutoff $cutoff misses the recall on val"
    expect 0 "$bclass" predict $model "$samples/test" --cutoff cutoff.json
    awk -F, -v cutoff="$cutoff" 'NR > 1 && ($3 >= cutoff - 1e-9) != ($4 == "shirt") { exit 1 }' out ||
        fail "a decision that is not the cutoff's"
    expect 0 "$bclass" predict $model "$samples/test" --cutoff 0
    expect_equal "decisions at cutoff 0" "$(tail -n +2 out | cut -d, -f4 | sort -u)" shirt
}

train_writes_a_complete_run
scores_hold_every_picture_not_trained_on
the_network_has_learned
an_existing_run_is_kept_without_force
predict_repeats_the_scores_of_test
predict_dies_quietly_when_the_reader_goes_away
sweep_counts_what_scores_hold
sweep_saves_the_cutoff_that_predict_uses
