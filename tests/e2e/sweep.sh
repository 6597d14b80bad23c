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
    expect_error 2 "unknown command 'frobnicate'; see" "$bclass" frobnicate
    expect_error 2 'no command given; see' "$bclass"
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

# of_labels NAME... <ROWS: the rows, each for every one of the labels
of_labels() {
    awk -v names="$*" 'BEGIN { count = split(names, name, " "); print "target,label,score,split" }
        { for (i = 1; i <= count; i++) print name[i] "," $0 }'
}

# remarked PATTERN FILE OPTION...: standard error tells of it
remarked() {
    pattern=$1
    shift
    expect 0 "$bclass" sweep "$@"
    grep -q -- "$pattern" err || fail "not remarked: $pattern"
}

what_is_odd_about_many_labels_is_told_with_their_names() {
    awk 'BEGIN { for (i = 0; i < 20; i++) print i % 2 "," (i % 2 ? 0.2 : 0.7) + i / 1000 ",val" }' >turned
    of_labels a b c d <turned >turned.csv
    remarked "AUROC is below 0.5 for 4 of 4 labels, higher scores go with negatives: 'a', 'b', 'c', ...\$" turned.csv
    awk 'BEGIN { for (i = 0; i < 60; i++) print (i % 3 == 0) "," i % 2 ",val" }' >ends
    { of_labels a <ends && of_labels b <turned | sed 1d; } >ends.csv
    remarked "the scores of 1 of 2 labels are saturated, look at each alone: 'a'\$" ends.csv
    printf '1,0.9,val\n0,0.1,val\n0,0.2,val\n' >few
    { of_labels a <few && of_labels b <turned | sed 1d; } >few.csv
    remarked "1 of 2 labels are not cross-fitted, .*: 'a'\$" few.csv --max f1
    { of_labels a b <turned && printf 'a,1,0.5,test\nb,1,0.5,test\nb,0,0.6,test\n'; } >one.csv
    remarked "1 of 2 labels have test rows of one class only, where what takes both is NA: 'a'\$" one.csv
}

# Cut to 32 bytes with its dots, but not within a character.
a_long_label_is_cut_between_characters() {
    name=$(printf 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa\303\244bbbb')
    of_labels "$name" b <turned >long.csv
    remarked "labels, higher scores go with negatives: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa...', 'b'\$" long.csv
}

an_old_cutoff_of_many_labels_is_checked() {
    awk 'BEGIN { for (i = 0; i < 200; i++) print i % 2 "," (i % 2 ? 0.7 : 0.2) + i / 2000 ",val" }' >good
    of_labels a b <good >good.csv
    expect 0 "$bclass" sweep good.csv --min-recall 0.9 --save old.json
    { of_labels a <good && sed 's/^1,0[.][0-9]*/1,0.1/' good | of_labels b | sed 1d; } >broken.csv
    expect 3 "$bclass" sweep broken.csv --check old.json
    grep -q "a floor of old.json is broken for 1 of 2 labels, the first is 'b': recall >= 0.9" err || fail "the label is not named"
    expect_error 2 'judges labels, not their averages' "$bclass" sweep good.csv --check old.json --require 'macro-f1>=0.1'
    expect_error 2 'needs one cutoff' "$bclass" sweep scores.csv --max f1 --max f2 --require 'recall>=0.5'
    expect_error 2 "takes comparisons .* not 'recall>=much'" "$bclass" sweep scores.csv --max f1 --require 'auroc>0,recall>=much'
}

# What is expected of a cutoff that could not be chosen is nothing; the averages of labels have none either.
expectations_are_of_chosen_cutoffs_only() {
    expect 3 "$bclass" sweep inverted.csv --min-precision 0.9 --min-recall 0.9 --prevalence 0.1
    sed -n '/^at prevalence 0.1/,$p' out >expected
    grep -q '^recall >= 0.9 ' expected || fail "nothing is expected of the cutoff that was chosen"
    ! grep -q '^precision >= 0.9 ' expected || fail "something is expected of a cutoff that was not"
    for rules in "--max f1 --prevalence 0.1" "--triage --min-recall 0.9 --min-precision 0.9"; do
        # shellcheck disable=SC2086 # the words are to be split
        expect 0 "$bclass" sweep good.csv $rules --format csv
        awk -F, '{ print NF }' out | sort -u >widths
        expect_equal "the number of widths of lines" "$(wc -l <widths | tr -d ' ')" 1
        grep -q '^,macro,' out || fail "there is no average: $(cut -d, -f1-3 out)"
    done
}

# Only at 0.43, or a little below, are 7 of 9 positives caught with 1 false alarm, which rows that are left out take away.
a_rule_that_no_fold_meets_is_told() {
    printf '%s\n' label,score 1,0.36 1,0.24 0,0.42 1,0.99 1,0.43 0,0.41 1,0.65 0,0.01 0,0.4 0,0.24 1,0.88 1,0.75 0,0.73 1,0.71 1,0.43 0,0.4 >tight.csv
    expect 3 "$bclass" sweep tight.csv --min-recall 0.77 --min-precision 0.87 --together --at 0.5 --prevalence 0.1 \
        --require 'precision>=0.1'
    grep -q 'catches 7 of 9 positives .* with 1 false alarm .* in-sample,$' out || fail "the rule is not met in-sample"
    grep -q 'and cross-fitted the rule is met in no fold$' out || fail "not told"
    expect_equal "rows without numbers" "$(grep -Ec '^ *cross-fitted +NA +NA +NA' out)" 3
    tail -n 1 err | grep -q 'required precision >= 0.1, but it is NA, cross-fitted$' || fail "not required"
}

the_old_cutoff_is_in_the_plot() {
    expect 0 "$bclass" sweep scores.csv --check cutoff.json --plot - -q
    grep -q 'check recall >= 0.75: 0.438' out || fail "the cutoff is not named in the plot" # logit -0.25, half way from -0.5 to 0
    expect 0 "$bclass" sweep scores.csv --plot - -q
    ! grep -q 'check' out || fail "a cutoff is named in a plot without any"
}

scores_without_decimals_are_told_as_saturated() {
    awk 'BEGIN { print "label,score"; for (i = 0; i < 60; i++) print (i % 3 == 0) "," (i % 2 ? i % 5 == 0 : "0.33333333333333331") }' >thirds.csv
    expect 0 "$bclass" sweep thirds.csv
    grep -q '^    what is equal no cutoff tells apart: save logits' out || fail "no advice"
    sed 's/0.33*1$/0.33/' thirds.csv >hundredths.csv
    expect 0 "$bclass" sweep hundredths.csv
    grep -q '^    the scores have 2 decimals at most, and' out || fail "the decimals are not told"
}

files_without_a_header_or_without_rows() {
    printf 'b,1,0.9\nb,0,0.3\na,1,0.8\na,0,0.3\na,1,0.1\n' >bare.csv
    expect 0 "$bclass" sweep bare.csv --by 1 --label-col 2 --score-col 3 --format csv
    (echo target,label,score && cat bare.csv) >headed.csv
    cp out expected
    expect 0 "$bclass" sweep headed.csv --format csv
    cmp out expected || fail "without a header it reads differently"
    echo y_a,s_a >wide-none.csv
    expect_error 1 'wide-none.csv' "$bclass" sweep wide-none.csv --wide y_:s_
}

columns_that_are_not_there_are_told_among_those_that_are() {
    awk 'BEGIN { for (i = 1; i <= 40; i++) printf "%sc%d", (i > 1 ? "," : ""), i; print "" }' >wide.csv
    awk 'BEGIN { for (i = 1; i <= 40; i++) printf "%s%d", (i > 1 ? "," : ""), i; print "" }' >>wide.csv
    expect_error 2 'c29, c30, \.\.\.' "$bclass" sweep wide.csv
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
what_is_odd_about_many_labels_is_told_with_their_names
a_long_label_is_cut_between_characters
an_old_cutoff_of_many_labels_is_checked
expectations_are_of_chosen_cutoffs_only
a_rule_that_no_fold_meets_is_told
the_old_cutoff_is_in_the_plot
scores_without_decimals_are_told_as_saturated
files_without_a_header_or_without_rows
columns_that_are_not_there_are_told_among_those_that_are
a_full_disk_is_told
a_reader_that_has_enough_ends_it_quietly
closed_streams_are_told
a_cutoff_that_cannot_be_written_leaves_nothing
