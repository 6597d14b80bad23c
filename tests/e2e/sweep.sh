#!/bin/sh
# Sweep as a user meets it: what it reads, refuses, prints and saves.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# Four positives and four negatives; the scores are the logistic function of the logits.
cat >scores.csv <<'CSV'
path,label,logit,score,split
a,1,2,0.880797,test
b,1,1,0.731059,test
c,0,0.5,0.622459,test
d,1,0,0.5,test
e,0,-0.5,0.377541,test
f,0,-1,0.268941,test
g,1,-1.5,0.182426,test
h,0,-2,0.119203,test
CSV

wrong_usage() {
    expect_error 2 . "$bclass" sweep
    expect_error 2 min-recall "$bclass" sweep scores.csv --min-recall 1.5
    expect_error 2 "did you mean .--min-recall" "$bclass" sweep scores.csv --min-recal 0.5
    expect_error 2 "did you mean .sweep" "$bclass" swep scores.csv
}

scores_that_cannot_be_swept() {
    printf 'path,label,logit,score,split\na,1,0.5,0.62,test\nb,0,nan,nan,test\n' >nan.csv
    expect_error 1 'nan.csv:3' "$bclass" sweep nan.csv
    printf 'path,label,score\na,1,0.62\nb,0,0.3\nc,maybe,0.2\n' >label.csv
    expect_error 1 'label.csv:4.*maybe' "$bclass" sweep label.csv
    printf 'path,label,score\na,1,0.62\nb,1,0.3\n' >positives.csv
    expect 0 "$bclass" sweep positives.csv
    grep -q "only positive" err || fail "not told that a class is missing"
    printf 'path,label,score\n' >none.csv
    expect_error 1 none.csv "$bclass" sweep none.csv
    : >nothing.csv
    expect_error 1 nothing.csv "$bclass" sweep nothing.csv
    printf 'a,b\n1,2\n' >foreign.csv
    expect_error 2 label-col "$bclass" sweep foreign.csv
    expect_error 1 nosuch "$bclass" sweep nosuch.csv
}

a_target_that_cannot_be_met_is_told() {
    # The highest score is a negative's, so the best precision is 1 of 2.
    printf 'path,label,score\na,0,0.9\nb,1,0.8\nc,0,0.1\n' >inverted.csv
    expect 3 "$bclass" sweep inverted.csv --min-precision 0.9 --save none.json
    grep -q '0\.5' err || fail "the attainable precision is not named"
    [ ! -e none.json ] || fail "a cutoff was saved"
}

files_of_many_shapes_read_alike() {
    expect 0 "$bclass" sweep scores.csv --format json
    cp out expected
    gzip -c scores.csv >scores.csv.gz
    awk 'BEGIN { printf "\357\273\277" } { printf "%s\r\n", $0 }' scores.csv >dos.csv
    tr ',' '\t' <scores.csv >scores.tsv
    for file in scores.csv.gz dos.csv scores.tsv; do
        expect 0 "$bclass" sweep $file --format json
        cmp out expected || fail "$file reads differently"
    done
    "$bclass" sweep - --format json <scores.csv | cmp - expected || fail "standard input reads differently"
}

the_saved_cutoff_is_the_chosen_one() {
    expect 0 "$bclass" sweep scores.csv --min-recall 0.75 --save cutoff.json
    # Three of four positives score 0.5 or more, and so does one negative; the next score below is 0.377541.
    tr -d ' \t\n' <cutoff.json >flat.json
    for pair in '"tp":3' '"fp":1' '"fn":1' '"tn":3'; do
        grep -q "${pair}[,}]" flat.json || fail "cutoff.json lacks $pair"
    done
    sed 's/.*"cutoff":\([0-9.]*\).*/\1/' flat.json >found
    awk '{ exit !($1 > 0.377541 && $1 <= 0.5) }' found || fail "the cutoff is $(cat found)"
}

a_full_disk_is_told() {
    [ -w /dev/full ] || return 0
    for words in "sweep scores.csv" "sweep scores.csv --format csv" "sweep --help" --help --version; do
        code=0
        # shellcheck disable=SC2086 # the words are to be split
        "$bclass" $words >/dev/full 2>err || code=$?
        expect_equal "exit code of $words" $code 1
        grep -q "No space left" err || fail "the full disk is not named: $words"
    done
}

a_reader_that_has_enough_ends_it_quietly() {
    list=$(awk 'BEGIN { for (i = 1; i < 1000; i++) printf "%s%.3f", (i > 1 ? "," : ""), i / 1000 }')
    {
        code=0
        "$bclass" sweep scores.csv --at "$list" --format json 2>err || code=$?
        echo $code >code
    } | head -n 1 >out
    if [ "$(cat code)" -eq 1 ]; then # where the signal is ignored
        grep -q "Broken pipe" err || fail "the closed pipe is not named"
    else
        expect_equal "exit code" "$(cat code)" 141
        [ ! -s err ] || fail "a message for a pipe that was closed"
    fi
    expect_equal "first line" "$(cat out)" "{"
}

closed_streams_are_told() {
    for words in "- <&-" "scores.csv >&-"; do
        code=0
        eval "\"\$bclass\" sweep $words 2>err" || code=$?
        expect_equal "exit code of sweep $words" $code 1
        expect_equal "lines on standard error of sweep $words" "$(wc -l <err | tr -d ' ')" 1
        grep -q "^bclass: standard .*put: .*Bad file descriptor" err || fail "the stream is not named: $words"
    done
}

a_cutoff_that_cannot_be_written_leaves_nothing() {
    echo "a file" >blocked
    expect 1 "$bclass" sweep scores.csv --min-recall 0.5 --save blocked/cutoff.json
    expect 1 "$bclass" sweep scores.csv --min-recall 0.5 --save missing/cutoff.json
    [ ! -e missing ] || fail "a folder was made"
    code=0
    (
        trap '' XFSZ
        ulimit -f 0
        exec "$bclass" sweep scores.csv --min-recall 0.5 --save small.json
    ) >/dev/null 2>/dev/null || code=$?
    expect_equal "exit code" $code 1
    [ -z "$(find . -name '*small.json*')" ] || fail "a part of small.json was left"
}

wrong_usage
scores_that_cannot_be_swept
a_target_that_cannot_be_met_is_told
files_of_many_shapes_read_alike
the_saved_cutoff_is_the_chosen_one
a_full_disk_is_told
a_reader_that_has_enough_ends_it_quietly
closed_streams_are_told
a_cutoff_that_cannot_be_written_leaves_nothing
