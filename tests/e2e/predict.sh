#!/bin/sh
# Predict as a user meets it: where paths come from, what the rows look like, and what is refused. The model was
# never trained; that a trained one gives the scores it should is tested in path.sh.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

hash=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
"$MAKE_MODEL" model 1 $hash shirt tshirt
"$MAKE_MODEL" unknown 1 "" shirt tshirt
header=path,logit,score,decision

mkdir pictures
number=10
find "$samples/test" -name '*.png' | sort | head -n 20 | while read -r file; do
    cp "$file" pictures/$number.png
    number=$((number + 1))
done
expect 0 "$bclass" predict model pictures
cp out all.csv

# values FILE: the rows of a CSV file without path and header
values() {
    tail -n +2 "$1" | sed 's/^.*png"*,//'
}

value=$(values all.csv | head -n 1) # of pictures/10.png

# calibration TEMPERATURE HEX: as JSON text
calibration() {
    printf '{"format":"bclass calibration","version":1,"method":"temperature","parameters":{"temperature":%s},"hex":{"temperature":"%s"},"clip":null,"fitted_on":{"split":"val","rows":10,"positives":5,"negatives":5,"log_loss_before":1,"log_loss_after":1},"chosen_by":null,"scores_sha256":null}' "$1" "$2"
}

the_calibration_of_the_model_is_applied() {
    "$MAKE_MODEL" calibrated 1 $hash shirt tshirt "$(calibration 4 0x1p+2)"
    expect 0 "$bclass" predict calibrated pictures
    cp out calibrated.csv
    # a division by 4 is exact, but 9 digits round it once more
    awk -F, 'NR == FNR { logit[$1] = $2; next }
        FNR > 1 { off = $2 - logit[$1] / 4; if (off > 1e-8 || off < -1e-8) { print; exit 1 } }' all.csv calibrated.csv ||
        fail "a logit is not a quarter of the network's"
    for damaged in '{}' "$(calibration 2 0x1p+2)" "$(calibration -4 -0x1p+2)"; do
        "$MAKE_MODEL" damaged 1 $hash shirt tshirt "$damaged"
        expect_error 1 'damaged: .*calibration' "$bclass" predict damaged pictures
    done
}

recentring_changes_what_is_shown_and_not_what_is_decided() {
    cutoff=$(tail -n +2 calibrated.csv | cut -d, -f3 | sort -g | sed -n 10p)
    expect 0 "$bclass" predict calibrated pictures --cutoff "$cutoff"
    cp out decided.csv
    expect 0 "$bclass" predict calibrated pictures --cutoff "$cutoff" --recentre "$cutoff"
    cut -d, -f4 decided.csv >decisions
    cut -d, -f4 out | cmp - decisions || fail "--recentre changed decisions"
    expect 0 "$bclass" predict calibrated pictures --recentre "$cutoff"
    cut -d, -f4 out | cmp - decisions || fail "without --cutoff the decision is not that of --recentre"
    awk -F, -v t="$cutoff" 'NR == FNR { p[$1] = $3; next }
        FNR > 1 { p0 = p[$1]; off = $3 - p0 * (1 - t) / (p0 * (1 - t) + (1 - p0) * t)
                  if (off > 1e-7 || off < -1e-7) { print; exit 1 } }' calibrated.csv out ||
        fail "a score is not recentred"
    expect 0 "$bclass" predict calibrated pictures --recentre 0.2 --cutoff 0 --format jsonl
    expect_equal decisions "$(grep -c '"decision":"shirt"' out)" 20
    for centre in 0 1 x.json; do
        expect_error "$([ $centre = x.json ] && echo 1 || echo 2)" "recentre|x.json" "$bclass" predict calibrated pictures --recentre $centre
    done
}

wrong_usage() {
    expect_error 2 "a model and what to score" "$bclass" predict
    expect_error 2 "a model and what to score" "$bclass" predict model
    expect_error 2 "a model and what to score" "$bclass" predict model --null
    for cutoff in 1.5 -0.1 nan; do
        expect_error 2 "a number from 0 to 1 or a cutoff file, not '$cutoff'" \
            "$bclass" predict model pictures --cutoff $cutoff
    done
    expect_error 2 "threads takes a whole number from 0 to" "$bclass" predict model pictures --threads -1
    expect_error 2 "did you mean '--batch-size'" "$bclass" predict model pictures --batchsize 3
}

# So many pictures that they fill several batches of any of these sizes and, but for 1, leave a rest.
rows_do_not_depend_on_threads_or_batches() {
    expect 0 "$bclass" predict model "$samples/test" --threads 1 --batch-size 1
    cp out one.csv
    expect_equal rows "$(rows one.csv)" 500
    [ "$(values one.csv | cut -d, -f1 | sort -u | wc -l)" -gt 480 ] || fail "the pictures do not differ"
    for threads in 1 2 3 8; do
        for batch in --batch-size=1 --batch-size=3 --quiet; do # the last: as many as by default
            expect 0 "$bclass" predict model "$samples/test" --threads $threads $batch
            cmp out one.csv || fail "other rows with $threads threads and $batch"
        done
    done
}

a_folder_is_walked_in_bytewise_order() {
    mkdir -p tree/a/deep tree/.hidden tree/B
    for name in a/deep/1.png a/2.png a-1.png a.png B/1.png .hidden/1.png .dot.png; do
        cp pictures/10.png tree/$name
    done
    ln -s ../pictures/11.png tree/link.png
    ln -s .. tree/a/up
    mkfifo tree/fifo.png
    expect 0 "$bclass" predict model tree/a tree pictures/12.png
    expect_equal "the paths" "$(tail -n +2 out | cut -d, -f1 | tr '\n' ' ')" \
        "tree/a/2.png tree/a/deep/1.png tree/a/up/B/1.png tree/a/up/a-1.png tree/a/up/a.png tree/a/up/link.png tree/B/1.png tree/a-1.png tree/a.png tree/a/2.png tree/a/deep/1.png tree/link.png pictures/12.png "
}

what_is_no_picture_in_a_folder_is_passed_over_or_told() {
    mkdir -p odd/a
    cp pictures/10.png odd/a/
    odd_files odd/a
    expect 1 "$bclass" predict model odd
    expect_equal rows "$(tail -n +2 out)" "odd/a/10.png,$value"
    expect_equal "lines on standard error" "$(wc -l <err | tr -d ' ')" $((unreadable + 1))
    grep -q "^bclass: odd/a/nowhere.png: No such file or directory$" err || fail "nowhere.png is not told"
    grep -q "^bclass: odd/a/round.png: " err || fail "round.png is not told"
    expect_equal "the last line" "$(tail -n 1 err)" \
        "bclass: $unreadable of $((unreadable + 1)) pictures could not be read"
}

standard_input_stands_among_other_paths() {
    printf 'pictures/14.png\r\n\npictures/10.png' >list # no line end at the end
    "$bclass" predict model pictures/18.png - pictures/11.png - <list >out 2>err || fail "two times -"
    expect_equal "the pictures" "$(tail -n +2 out | cut -c 10-11 | tr '\n' ' ')" "18 14 10 11 "
    "$bclass" predict model - </dev/null >out 2>err || fail "no path at all"
    expect_equal "output without a path" "$(cat out)" $header
    expect_equal "remark without a path" "$(cat err)" "bclass: there was no picture to score"
}

many_paths_keep_their_order() {
    awk 'BEGIN { for (i = 0; i < 500; i++) printf "pictures/%d.png\n", i * 7 % 20 + 10 }' >list
    "$bclass" predict model - --batch-size 9 <list >out 2>err || fail "500 paths"
    tail -n +2 out | cut -d, -f1 | cmp - list || fail "the order of the input was not kept"
    awk -F, 'NR == FNR { logit[$1] = $2; next } FNR > 1 && logit[$1] != $2 { exit 1 }' all.csv out ||
        fail "a picture got the logit of another one"
}

rows_come_while_the_next_path_is_still_awaited() {
    mkfifo slow
    "$bclass" predict model - <slow >early 2>err &
    exec 3>slow
    wait_for 20 grep -q path early # the header needs no path
    printf 'pictures/10.png\npictures/1' >&3 # and a half path, which is none yet
    wait_for 20 grep -q 10.png early
    expect_equal "rows" "$(rows early)" 1
    printf '1.png\npictures/12.png' >&3
    wait_for 20 grep -q 11.png early
    expect_equal "rows" "$(rows early)" 2
    exec 3>&-
    wait
    head -n 4 all.csv | cmp - early || fail "not the rows of the three pictures"
}

odd_names_are_quoted() {
    odd=$(printf 'a,"b"\nc\td.png')
    cp pictures/10.png "$odd"
    printf '%s\0pictures/10.png' "$odd" >list0
    "$bclass" predict model - -0 <list0 >out 2>err || fail "-0"
    expect_equal CSV "$(cat out)" "$(printf '%s\n"a,""b""\nc\td.png",%s\npictures/10.png,%s' $header "$value" "$value")"
    logit=$(echo "$value" | cut -d, -f1)
    score=$(echo "$value" | cut -d, -f2)
    "$bclass" predict model "$odd" --format tsv --no-header >out 2>err || fail "TSV"
    expect_equal TSV "$(cat out)" "$(printf '"a,""b""\nc\td.png"\t%s\t%s\ttshirt' "$logit" "$score")"
    "$bclass" predict model "$odd" --format jsonl >out 2>err || fail "JSON lines"
    expect_equal "JSON lines" "$(cat out)" \
        "$(printf '{"path":"a,\\"b\\"\\nc\\td.png","logit":%s,"score":%s,"decision":"tshirt"}' "$logit" "$score")"
    cp pictures/10.png ./--force
    expect 0 "$bclass" predict model --no-header -- --force
    expect_equal "a name like an option" "$(cat out)" "--force,$value"
}

bad_pictures_leave_no_gap() {
    echo "no picture" >bad.png
    head -c 200 pictures/10.png >short.png
    mkfifo pipe.png
    mkdir folder.png
    cat >list <<'LIST'
pictures/10.png
bad.png
nosuch.png
short.png
pipe.png
folder.png
pictures/11.png
LIST
    code=0
    "$bclass" predict model - <list >out 2>err || code=$?
    expect_equal "exit code" $code 1
    head -n 3 all.csv | cmp - out || fail "the rows of good pictures"
    expect_equal "lines on standard error" "$(wc -l <err | tr -d ' ')" 6
    expect_equal "the first of them" "$(head -n 1 err)" "bclass: bad.png: not a picture of a known kind"
    expect_equal "the second of them" "$(sed -n 2p err)" "bclass: nosuch.png: No such file or directory"
    expect_equal "the last of them" "$(tail -n 1 err)" "bclass: 5 of 7 pictures could not be read"

    code=0
    "$bclass" predict model - --format jsonl <list >out 2>err || code=$?
    expect_equal "exit code with JSON lines" $code 1
    expect_equal "standard error with JSON lines" "$(cat err)" "bclass: 5 of 7 pictures could not be read"
    expect_equal "objects" "$(wc -l <out | tr -d ' ')" 7
    expect_equal "the second of them" "$(sed -n 2p out)" '{"path":"bad.png","error":"not a picture of a known kind"}'
    expect_equal "the third of them" "$(sed -n 3p out)" '{"path":"nosuch.png","error":"No such file or directory"}'
    expect_equal "the decisions" "$(grep -c '"decision":"tshirt"}$' out)" 2
}

a_picture_beyond_max_pixels_is_refused() {
    expect 1 "$bclass" predict model pictures/10.png --max-pixels 783
    grep -q "28 x 28" err || fail "the size is not told"
    expect 0 "$bclass" predict model pictures/10.png --max-pixels 784
}

a_folder_that_cannot_be_read_is_told_and_the_rest_scored() {
    deep=deep$(awk 'BEGIN { for (i = 0; i < 64; i++) printf "/x" }')
    mkdir -p "$deep"
    cp pictures/10.png deep/y.png
    expect 1 "$bclass" predict model deep
    expect_equal rows "$(rows out)" 1
    expect_equal "the line on standard error" "$(head -n 1 err)" \
        "bclass: $deep: folders are nested more than 64 deep"
    expect_equal "the last line" "$(tail -n 1 err)" "bclass: 1 of 2 pictures could not be read"
}

damaged_input_ends_the_program_after_what_came_before() {
    printf 'pictures/10.png\npictures/\00011.png\npictures/12.png\n' >list
    code=0
    "$bclass" predict model - <list >out 2>err || code=$?
    expect_equal "exit code with a NUL byte" $code 1
    expect_equal "rows before the NUL byte" "$(rows out)" 1
    expect_equal "the message" "$(cat err)" \
        "bclass: standard input: a NUL byte in a path; --null reads paths that end in NUL"
    { echo pictures/10.png && head -c 70000 /dev/zero | tr '\0' x; } >list
    code=0
    "$bclass" predict model - <list >out 2>err || code=$?
    expect_equal "exit code with a long path" $code 1
    expect_equal "rows before the long path" "$(rows out)" 1
    expect_equal "the message" "$(cat err)" "bclass: standard input: a path of more than 65536 bytes"
    code=0
    "$bclass" predict model - <&- >out 2>err || code=$?
    expect_equal "exit code with standard input closed" $code 1
}

cutoffs_are_compared_in_logits() {
    score=$(echo "$value" | cut -d, -f2)
    for pair in 0:shirt 1:tshirt 0.5:tshirt "$score"9:tshirt "${score%?}:shirt"; do
        expect 0 "$bclass" predict model pictures/10.png --cutoff "${pair%:*}"
        expect_equal "the decision at ${pair%:*}" "$(tail -n 1 out | cut -d, -f4)" "${pair#*:}"
    done
}

# cutoff_file NAME SHA256 POSITIVE: with the logit -1
cutoff_file() {
    cat >"$1" <<JSON
{"format": "bclass cutoff", "version": 1, "cutoff": 0.2689414213699951, "logit": "-0x1p+0", "rule": "max f1",
 "chosen_on": {"split": "val", "rows": 4, "tp": 1, "fp": 1, "fn": 1, "tn": 1},
 "positive": $3, "negative": null, "scores_sha256": $2}
JSON
}

a_cutoff_file_must_belong_to_the_model() {
    cutoff_file own.json "\"$hash\"" null
    cutoff_file other.json "\"$(echo $hash | tr 0-9 5-90-4)\"" null
    cutoff_file classes.json "\"$hash\"" '"coat"'
    cutoff_file stray.json null '"shirt"'
    expect 0 "$bclass" predict model pictures/10.png --cutoff own.json
    expect_equal "the decision" "$(tail -n 1 out | cut -d, -f4)" shirt
    [ ! -s err ] || fail "a remark on a cutoff file of this model"
    expect_error 2 "other.json was chosen on other scores than this model's .*--force" \
        "$bclass" predict model pictures/10.png --cutoff other.json
    expect_error 2 "classes.json was chosen for other classes than this model's .*'coat'.*--force" \
        "$bclass" predict model pictures/10.png --cutoff classes.json
    for file in other.json classes.json; do
        expect 0 "$bclass" predict model pictures/10.png --cutoff $file --force
        expect_equal "the decision with $file" "$(tail -n 1 out | cut -d, -f4)" shirt
        grep -q "^bclass: $file was chosen.*used all the same$" err || fail "--force without a remark"
    done
    for words in "model --cutoff stray.json" "unknown --cutoff own.json"; do
        # shellcheck disable=SC2086 # the words are to be split
        expect 0 "$bclass" predict $words pictures/10.png
        grep -q "cannot tell whether it was chosen on this model's scores" err || fail "no remark: $words"
        # shellcheck disable=SC2086
        expect 0 "$bclass" predict $words pictures/10.png --quiet
        [ ! -s err ] || fail "a remark although --quiet: $words"
    done
}

the_calibration_of_the_model_is_applied
recentring_changes_what_is_shown_and_not_what_is_decided
wrong_usage
rows_do_not_depend_on_threads_or_batches
a_folder_is_walked_in_bytewise_order
what_is_no_picture_in_a_folder_is_passed_over_or_told
standard_input_stands_among_other_paths
many_paths_keep_their_order
rows_come_while_the_next_path_is_still_awaited
odd_names_are_quoted
bad_pictures_leave_no_gap
a_picture_beyond_max_pixels_is_refused
a_folder_that_cannot_be_read_is_told_and_the_rest_scored
damaged_input_ends_the_program_after_what_came_before
cutoffs_are_compared_in_logits
a_cutoff_file_must_belong_to_the_model
