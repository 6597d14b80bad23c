#!/bin/sh
# Calibrate as a user meets it: fit, save, apply in a pipe, sweep what comes out.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# 600 rows by a small generator: twice as sure of themselves as they may be, with ties.
awk 'BEGIN {
    print "path,label,logit,score,split"
    state = 1
    for (i = 0; i < 600; i++) {
        state = (state * 16807) % 2147483647
        z = int(state / 2147483647 * 80 - 40) / 5
        state = (state * 16807) % 2147483647
        printf "%d.png,%d,%g,%.9g,%s\n", i, state / 2147483647 < 1 / (1 + exp(-z / 2)), z, 1 / (1 + exp(-z)),
               i % 2 ? "val" : "test"
    }
}' >scores.csv

# number KEY FILE: the first such number in a JSON text
number() {
    awk -F'[:,]' -v key="\"$1\"" '$1 ~ key && $2 !~ /["{]/ { print $2; exit }' "$2"
}

the_generator_is_found_again() {
    expect 0 "$bclass" calibrate scores.csv --method temperature -o calibration.json
    expect_near temperature "$(number temperature calibration.json)" 2 0.4
    expect 0 "$bclass" calibrate scores.csv --method temperature --format csv
    awk -F, '$2 == "reported" { loss[$4] = $8 } END { exit !(loss["after"] < loss["before"]) }' out ||
        fail "the log loss on test did not fall"
}

a_pipe_of_filters_is_one_table() {
    expect 0 "$bclass" calibrate scores.csv --apply calibration.json
    cp out calibrated.csv
    expect_equal rows "$(wc -l <calibrated.csv | tr -d ' ')" 601
    cut -d, -f1,2,5 scores.csv >before
    cut -d, -f1,2,5 calibrated.csv | cmp - before || fail "paths, labels, splits or their order changed"
    gzip -c scores.csv | "$bclass" calibrate - --apply calibration.json | cmp - calibrated.csv ||
        fail "gzip on standard input gives something else"
    # what is calibrated once needs no more
    expect 0 "$bclass" calibrate calibrated.csv --method temperature -o again.json
    expect_near "second temperature" "$(number temperature again.json)" 1 1e-9
}

no_method_changes_which_item_is_first() {
    for method in none temperature platt beta isotonic auto; do
        expect 0 "$bclass" calibrate scores.csv --method $method -o $method.json --quiet
        "$bclass" calibrate scores.csv --apply $method.json >$method.csv
        for file in scores.csv $method.csv; do
            expect 0 "$bclass" sweep "$file" --min-recall 0.9 --format csv --quiet
            tail -n 2 out | cut -d, -f1,2,5-16 >"of_$file"
        done
        cmp of_scores.csv of_$method.csv || fail "a cutoff on $method scores decides otherwise"
    done
}

recentred_scores_decide_at_one_half() {
    expect 0 "$bclass" sweep scores.csv --min-recall 0.9 --save cutoff.json --format csv --quiet
    tail -n 2 out | cut -d, -f5-8 >expected
    "$bclass" calibrate scores.csv --recentre cutoff.json >shown.csv
    expect 0 "$bclass" sweep shown.csv --at 0.5 --format csv --quiet
    tail -n 2 out | cut -d, -f5-8 | cmp - expected || fail "0.5 decides otherwise than the cutoff"
}

failures_leave_nothing() {
    expect 1 "$bclass" calibrate scores.csv -o missing/calibration.json
    [ ! -e missing ] || fail "a folder was made"
    expect_error 1 nosuch "$bclass" calibrate nosuch.csv
    expect_error 1 'nan.csv:2' sh -c "printf 'label,score\n1,nan\n' >nan.csv; '$bclass' calibrate nan.csv --recentre 0.5"
    if [ -w /dev/full ]; then
        for words in "" "--apply calibration.json"; do
            code=0
            # shellcheck disable=SC2086 # the words are to be split
            "$bclass" calibrate scores.csv $words >/dev/full 2>err || code=$?
            expect_equal "exit code" $code 1
            grep -q "No space left" err || fail "the full disk is not named"
        done
    fi
}

# What is printed for programs: every key and column is in the README, and nothing else is there.
# shellcheck disable=SC2016 # backquotes are meant as such
keys_and_columns_are_documented() {
    readme=$samples/../../README.md
    {
        "$bclass" calibrate scores.csv --format json --quiet
        "$bclass" calibrate scores.csv --format json --method beta --quiet
        sed 's/^/x,/; 1s/x/target/' scores.csv | "$bclass" calibrate - --format json --target x --method platt --quiet
    } >all.json
    # of the parameters, which go by their methods, and of calibration_error, which sweep has too, no names are told
    grep -Eo '"[a-z0-9_]+":' all.json | tr -d '": ' | sort -u |
        grep -Evx 'temperature|slope|intercept|a|b|c|method|mcb|dsc|unc|ece|kind|bins|filled|value|debiased' >printed
    sed -n '/^| where | keys in JSON/,/^$/p' "$readme" | awk -F '|' '!/^\| ---/ { print $2 $3 }' |
        grep -o '`[a-z0-9_]*`' | tr -d '`' | grep -vx method | sort -u >told
    diff told printed >differences || fail "keys told (<) and printed (>) differ: $(cat differences)"
    "$bclass" calibrate scores.csv --format csv --quiet | head -n 1 | tr ',' '\n' >printed
    sed -n '/^The columns of CSV are/,/^$/p' "$readme" | tr '\n' ' ' | sed 's/^[^`]*`//; s/`.*//' | xargs -n 1 >told
    diff told printed >differences || fail "columns told (<) and printed (>) differ: $(cat differences)"
}

the_generator_is_found_again
keys_and_columns_are_documented
a_pipe_of_filters_is_one_table
no_method_changes_which_item_is_first
recentred_scores_decide_at_one_half
failures_leave_nothing
