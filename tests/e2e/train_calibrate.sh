#!/bin/sh
# Train fits a calibration on val and keeps it in the model, so that predict and scores.csv say the same.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

small_set set 60 30

# learn RUN WORD...
learn() {
    run=$1
    shift
    expect 0 "$bclass" train set -o "$run" --positive shirt --net mlp --epochs 3 --val 0.4 --seed 5 --force --quiet "$@"
    cp out "$run.out"
}

# logits FILE: of scores.csv
logits() {
    tail -n +2 "$1" | cut -d, -f3
}

learn none --calibrate none
learn temperature --calibrate temperature
learn platt --calibrate platt
learn isotonic --calibrate isotonic
learn auto --calibrate auto
learn unasked

auto_is_the_default() {
    for file in model.safetensors scores.csv; do
        cmp auto/$file unasked/$file || fail "$file is another one where nothing was asked for"
    done
    grep -q '"calibrate":.*"auto"' unasked/settings.json || fail "settings.json does not name it"
}

temperature_is_the_one_number_between_both_runs() {
    expect_equal "lines on calibration without one" "$(grep -c '^calibration' none.out)" 0
    grep -q '^calibration: temperature [0-9.]* (val log loss [0-9.]* -> [0-9.]*)$' temperature.out ||
        fail "the temperature is not told: $(cat temperature.out)"
    told=$(sed -n 's/^calibration: temperature \([0-9.]*\) .*/\1/p' temperature.out)
    logits none/scores.csv >plain
    logits temperature/scores.csv | paste -d, plain - | awk -F, -v t="$told" '{
        off = $1 / t - $2
        if (off > 1e-4 * (1 + $2 * $2) || off < -1e-4 * (1 + $2 * $2)) { print; exit 1 }
    }' || fail "a logit is not the plain one by $told"
    grep -q '"calibrate":.*"temperature"' temperature/settings.json || fail "settings.json does not name it"
    # the table below tells of calibrated scores
    expect_equal "log loss after" \
        "$(sed -n 's/^calibration: .*-> \([0-9.]*\))$/\1/p' temperature.out)" "$(awk '$1 == "val" { print $7 }' temperature.out)"
    # fitted again on what it made, the temperature is 1, but for 9 digits
    expect 0 "$bclass" calibrate temperature/scores.csv --method temperature -o again.json --quiet
    expect_near "temperature of the calibrated" "$(awk -F'[:,]' '/"temperature"/ && !/["]0x/ && $2 ~ /[0-9]/ { print $2 }' again.json | head -n 1)" 1 1e-6
}

predict_says_what_scores_hold() {
    for run in none temperature platt isotonic auto; do
        expect_predict_to_agree $run set/test
    done
}

the_bits_do_not_depend_on_threads() {
    learn three --threads 3
    learn one --threads 1
    for file in model.safetensors scores.csv; do
        cmp one/$file three/$file || fail "$file depends on the threads"
    done
}

what_cannot_be_calibrated_is_told_and_left() {
    expect 0 "$bclass" train set -o few --positive shirt --net mlp --epochs 1 --val 0.05 --seed 5
    grep -q "the scores are not calibrated: val: a calibration needs at least 5 rows of each class" err ||
        fail "not told: $(cat err)"
    grep -q '^calibration' out && fail "a calibration is told"
    expect 0 "$bclass" predict few/model.safetensors set/test --quiet
    expect 0 "$bclass" train set -o noval --positive shirt --net mlp --epochs 1 --val 0
    grep -q "the scores are not calibrated: val: .* 0 positive and 0 negative" err || fail "not told: $(cat err)"
}

auto_is_the_default
temperature_is_the_one_number_between_both_runs
predict_says_what_scores_hold
the_bits_do_not_depend_on_threads
what_cannot_be_calibrated_is_told_and_left
