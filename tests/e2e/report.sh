#!/bin/sh
# The report as a command: what it writes and where, what it refuses, and pictures that are no longer there. What
# the page does is tested in browser/.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# scores OF: a row for each of the first pictures of OF/CLASS, with a score of its own; each fifth is wrong
scores() {
    echo path,label,logit,score,split
    for class in shirt tshirt; do
        find "$samples/test/$class" -name '*.png' | sort | head -n 40
    done | awk -v to="$1" '{
        label = $0 ~ /\/shirt\//
        called = NR % 5 == 0 ? !label : label
        logit = (called ? 1 : -1) * (0.5 + NR / 10)
        sub(/.*\/test\//, to "/")
        printf "%s,%d,%.9g,%.9g,%s\n", $0, label, logit, 1 / (1 + exp(-logit)), NR % 2 ? "val" : "test"
    }'
}

# has FILE ID EXPRESSION: whether the JSON of the page's element of that id matches
has() {
    grep "id=\"$2\"" "$1" | grep -Eq -- "$3" || fail "$1: element $2 does not hold $3"
}

mkdir run
scores "$samples/test" >run/scores.csv

a_run_gets_its_page_in_its_folder() {
    expect 0 "$bclass" report run
    [ ! -s out ] || fail "something on standard output"
    grep -q 'report written to run/report.html' err || fail "the page is not named"
    has run/report.html facts '"sides":\[\{"name":"val".*"name":"test"'
    has run/report.html pictures '"state":"shown","jpeg":"/9j/'
    ! grep -q '"state":"gone"' run/report.html || fail "a picture is gone"
    cp run/report.html first.html
    expect 0 "$bclass" report run --threads 1 # a page is replaced without being asked
    cmp -s run/report.html first.html || fail "the page depends on the number of threads"
    [ "$(wc -c <run/report.html)" -lt 400000 ] || fail "the page is large"
}

a_saved_cutoff_is_the_one_it_opens_with() {
    has run/report.html facts '"start":1'
    expect 0 "$bclass" sweep run/scores.csv --max f1 --save run/cutoff.json
    expect 0 "$bclass" report run -q
    [ ! -s err ] || fail "--quiet says something"
    has run/report.html facts '"id":"saved","label":"saved","value":-?[0-9]'
    has run/report.html facts '"start":0'
    expect 0 "$bclass" report run --cutoff 0.25
    has run/report.html facts '"id":"saved","label":"given","value":-1.0986122886681098' # ln(1/3)
    rm run/cutoff.json
}

scores_of_any_model_get_a_page_beside_them() {
    mkdir others
    printf 'id,y,p\n1,yes,0.75\n2,no,0.5\n3,yes,0.25\n' >others/model.csv
    expect 0 "$bclass" report others/model.csv --label-col y --score-col p --positive yes
    has others/model.html facts '"logits":false'
    has others/model.html facts '"sweepWords":"bclass sweep others/model.csv --label-col y --score-col p --positive yes"'
    has others/model.html facts 'There are no test rows'
    # shellcheck disable=SC2016 # the inner shell expands it
    expect 0 sh -c '"$0" report - --label-col y --score-col p --positive yes -o - <others/model.csv' "$bclass"
    has out facts '"sweepWords":null'
    expect_error 2 'needs a name: -o' "$bclass" report -
}

a_sheet_is_a_picture() {
    expect 0 "$bclass" report run --sheet sheet.png --cutoff 0.9
    grep -q 'sheet written to sheet.png' err || fail "the sheet is not named"
    expect 0 "$bclass" report run --sheet sheet.png -q # one of ours is replaced
    expect_equal "the start of the sheet" "$(head -c 8 sheet.png | od -An -tx1 | tr -d ' \n')" 89504e470d0a1a0a
    expect_error 2 'notes.txt does not end in .png' "$bclass" report run --sheet notes.txt
    echo mine >mine.png
    expect_error 2 'mine.png is there and is no PNG; --force' "$bclass" report run --sheet mine.png
}

a_chosen_cutoff_can_be_kept() {
    has run/report.html facts '"cutoffFile":"run/cutoff.json"'
    expect 0 "$bclass" sweep run/scores.csv --at-logit=-0.25 --save run/cutoff.json
    expect 0 "$bclass" report run
    has run/report.html facts '"id":"saved","label":"saved","value":-0.25,"note":"at logit -0.25, chosen on val'
    rm run/cutoff.json
}

what_is_no_report_is_not_replaced() {
    echo mine >mine.html
    expect_error 2 'mine.html is there and is no report; --force' "$bclass" report run -o mine.html
    [ "$(cat mine.html)" = mine ] || fail "it was replaced"
    expect 0 "$bclass" report run -o mine.html --force
    expect_error 2 'others is a folder' "$bclass" report run -o others
    expect_error 1 'nowhere/x.html' "$bclass" report run -o nowhere/x.html -q
    expect_error 1 'nosuch: there is no such file' "$bclass" report nosuch
    expect_error 2 'takes a run folder' "$bclass" report
    mkdir empty
    expect_error 1 'empty holds no scores.csv' "$bclass" report empty
    expect_error 2 'from 0 to 1 or a cutoff file' "$bclass" report run --cutoff 1.5
}

damaged_parts_of_a_run_are_told_and_do_without() {
    mkdir damaged
    cp run/scores.csv damaged
    echo '{' >damaged/settings.json
    echo '{}' >damaged/cutoff.json
    printf 'epoch,train_loss\n1,0.5\n2\n' >damaged/history.csv
    expect 0 "$bclass" report damaged
    has damaged/report.html facts 'damaged/settings.json'
    has damaged/report.html facts 'damaged/cutoff.json'
}

pictures_may_be_gone_or_have_moved() {
    mkdir moved moved/run
    cp -R "$samples/test/shirt" "$samples/test/tshirt" moved
    scores old/place >moved/run/scores.csv
    first=$(sed -n 2p moved/run/scores.csv | cut -d, -f1)
    expect 0 "$bclass" report moved/run
    grep -q '80 of 80 pictures are not there; --data' err || fail "that pictures are gone is not told"
    printf '{"data":{"path":"old/place"},"given":[]}' >moved/run/settings.json
    echo damaged >"moved/${first#old/place/}"
    expect 0 "$bclass" report moved/run --data moved
    grep -q '1 of 80 pictures could not be read' err || fail "a damaged picture is not told"
    has moved/run/report.html pictures '"state":"damaged"'
    expect 0 "$bclass" report moved/run --data moved --thumbnails 10
    expect_equal "the number of pictures" "$(grep -o '"state":' moved/run/report.html | wc -l)" 10
    expect 0 "$bclass" report moved/run --thumbnails 0
    ! grep -q not.there err || fail "pictures that were not asked for are missed"
}

many_labels_need_one_named() {
    printf 'target,label,score\na,1,0.8\na,0,0.3\n"b, c",1,0.6\n"b, c",0,0.7\n' >labels.csv
    expect_error 2 'about 2 labels, and a page is about one: say --target' "$bclass" report labels.csv
    expect 0 "$bclass" report labels.csv --target 'b, c'
    has labels.html facts '"auroc":0[,}]' # 0.6 < 0.7
    has labels.html facts '"cutoffFile":null' # sweep would keep the cutoff for all labels
    has run/report.html facts '"cutoffFile":"run/cutoff.json"'
    expect_error 2 "no row is about a label 'd'" "$bclass" report labels.csv --target d
}

warnings_say_what_the_rows_are() {
    expect 0 "$bclass" report run --split test -o rows.html
    has rows.html facts 'These are test rows'
    ! grep -q 'There are no test rows' rows.html || fail "test rows are said not to be there"
    awk 'BEGIN { print "label,score"; for (i = 0; i < 60; i++) print i % 2 "," (i % 2 ? 0.2 : 0.7) + i / 1000 }' >turned.csv
    expect 0 "$bclass" report turned.csv
    has turned.html facts 'AUROC 0.000 is below 0.5'
    printf 'label,score\n1,0.4\n0,0.5\n1,0.6\n0,0.55\n' >chance.csv
    expect 0 "$bclass" report chance.csv
    ! grep -q 'is below 0.5' chance.html || fail "chance is taken for a class turned round"
    has chance.html facts 'These rows have 2 positives: each of them'
}

# warned PATTERN FILE OPTION...: the page of the scores tells of it
warned() {
    pattern=$1
    shift
    expect 0 "$bclass" report "$@" -o warned.html
    has warned.html facts "$pattern"
}

# separated ROWS: so many, their classes told apart by the score, which no two share
separated() {
    awk -v rows="$1" 'BEGIN { print "label,score"; for (i = 0; i < rows; i++) print i % 2 "," (i % 2 ? 0.7 : 0.2) + i / 1e5 }'
}

rows_that_do_not_mean_what_they_seem_are_warned_of() {
    separated 60 >good.csv
    awk -F, -v OFS=, 'NR == 1 { print $0, "split"; next } { print $0, "train" }' good.csv >learned.csv
    expect_error 2 'allow-train' "$bclass" report learned.csv --split train
    warned 'Rows that the network learned from are among these' learned.csv --split train --allow-train
    has warned.html facts 'rows that were learned from promise nothing'
    { cat good.csv && echo '1,much'; } >bad.csv
    warned '1 row could not be used; the first: [^"]*bad.csv:62' bad.csv --skip-bad
    { cat good.csv && printf ',0.5\n,0.6\n'; } >unknown.csv
    warned '2 rows without a label, not counted' unknown.csv
    grep -v ^1 good.csv >negatives.csv
    warned 'These rows have only negative items, so what takes both classes is NA' negatives.csv
    { cat good.csv && sed 1d good.csv; } >twice.csv
    warned 'Every score is there 2 times with the same label' twice.csv
    has warned.html facts 'positives share groups, or are copies'
    awk -F, -v OFS=, 'NR == 1 { print $0, "group"; next } { print $0, int(NR / 4) }' good.csv >grouped.csv
    warned 'Rows share groups. Intervals take rows for independent' grouped.csv
    awk -F, -v OFS=, 'NR == 1 { print $0, "split"; next } { print $0, "val"; if (NR <= 21) print $0, "test" }' good.csv >shared.csv
    warned '20 of 20 test rows have the score and the label of a val row' shared.csv
    awk 'BEGIN { print "label,score"; for (i = 0; i < 100; i++) print i % 2 "," (i < 30 ? i % 2 : 0.3 + i / 300) }' >ends.csv
    warned 'saturated: 15 of 100 are exactly 0 and 15 exactly 1' ends.csv
    awk 'BEGIN { print "label,score"; for (i = 0; i < 400; i++) print (i % 10 ? i % 2 : (i + 1) % 2) "," (i % 2 ? 1 - i / 1e5 : i / 1e5) }' >stuck.csv
    warned 'moving the cutoff from 0.5 to 0.05 changes 0 of 400 rows' stuck.csv
}

what_a_run_recorded_is_warned_of() {
    mkdir told
    cp run/scores.csv told
    echo '{"data":{"skipped":3},"stopped_after_steps":17}' >told/settings.json
    warned '3 pictures could not be read when the network was trained' told
    has warned.html facts 'The training was ended early, after 17 steps'
    awk 'BEGIN { print "epoch,train_loss"; for (i = 1; i <= 1048577; i++) print i ",0.5" }' >told/history.csv
    warned 'more than 1048576 epochs' told
}

scores_without_what_a_page_needs_are_refused() {
    printf 'label,score\n,0.5\n,0.6\n' >none.csv
    expect_error 1 'none.csv: no row has a label' "$bclass" report none.csv
    expect_error 1 "no labelled row in split 'oof'" "$bclass" report run --split oof
}

# 0.95^59 = 0.0485 is the first below 0.05: 59 positives, all of them called.
recall_is_promised_where_it_can_be() {
    separated 118 >enough.csv
    expect 0 "$bclass" report enough.csv
    has enough.html facts '"label":"recall 0.95 promised","value":0.450585,' # half way from 0.20116 to 0.70001
    separated 117 >few.csv
    expect 0 "$bclass" report few.csv
    has few.html facts 'it needs 59 positives, and there are 58'
    awk -F, -v OFS=, 'NR == 1 { print $0, "weight"; next } { print $0, 1 + NR % 2 }' enough.csv >weighted.csv
    expect 0 "$bclass" report weighted.csv
    has weighted.html facts 'rows have weights, and promises are made by counting'
}

a_cutoff_of_something_else_is_told() {
    "$bclass" sweep enough.csv --max f1 --save enough.json -q >out
    expect 0 "$bclass" report enough.csv --cutoff enough.json
    ! grep -q 'was chosen' enough.html || fail "the file's own cutoff is said to be of another"
    warned 'The cutoff in enough.json was chosen on another file of scores than this' few.csv --cutoff enough.json
    "$bclass" sweep others/model.csv --label-col y --score-col p --positive yes --max f1 --save yes.json -q >out
    warned 'The cutoff in yes.json was chosen for other classes' others/model.csv --label-col y --score-col p --positive no --cutoff yes.json
    "$bclass" sweep labels.csv --max f1 --save labels.json -q >out
    expect 0 "$bclass" report labels.csv --target 'b, c' --cutoff labels.json
    has labels.html facts '"id":"saved","label":"saved","value":0.6,'
    expect_error 2 'labels.json holds cutoffs of many labels' "$bclass" report enough.csv --cutoff labels.json
    # shellcheck disable=SC2016 # the inner shell expands it
    expect 0 sh -c '"$0" report - -o - --cutoff enough.json <few.csv' "$bclass"
    ! grep -q 'was chosen on another' out || fail "it is known of what file standard input is"
    printf 'target,label,score\nd,1,0.8\nd,0,0.3\ne,1,0.8\ne,0,0.3\n' >new.csv
    expect_error 1 'labels.json holds no cutoff for this label' "$bclass" report new.csv --target d --cutoff labels.json
}

# 20,000 names of 400 digits that nothing can pack.
names_that_do_not_fit_into_the_page_are_left_out() {
    awk 'BEGIN { srand(1); print "path,label,score"
        for (i = 0; i < 20000; i++) {
            name = ""
            for (k = 0; k < 50; k++) name = name sprintf("%08x", rand() * 4294967295)
            print name ".png," i % 2 "," rand()
        } }' >names.csv
    expect 0 "$bclass" report names.csv --thumbnails 0
    count=$(grep -o '"count":[0-9]*,"total":10000' names.html | sed 's/[^0-9]*\([0-9]*\).*/\1/' | sort -n | tail -n 1)
    [ "$count" -gt 1000 ] || fail "there are $count names only"
    [ "$count" -lt 10000 ] || fail "all names are there"
    [ "$(wc -c <names.html)" -lt 10000000 ] || fail "the page is large"
}

data_may_lie_right_below_the_root() {
    mkdir rooted
    scores '' >rooted/scores.csv
    echo '{"data":{"path":"/"},"given":[]}' >rooted/settings.json
    expect 0 "$bclass" report rooted --data moved
    ! grep -q 'are not there' err || fail "pictures below the other folder are not found"
}

# Rows without a path are named by their line, which moves.
a_sheet_names_rows_without_pictures() {
    expect 0 "$bclass" report turned.csv --sheet here.png -q
    awk 'NR == 2 { print ",0.5" } { print }' turned.csv >lower.csv
    mv lower.csv turned.csv
    expect 0 "$bclass" report turned.csv --sheet there.png -q
    ! cmp -s here.png there.png || fail "the sheet does not tell the lines"
}

# The command line in the page, run by the shell that knows $'...', finds the file again.
names_are_quoted_for_a_shell() {
    count=0
    for name in "$(printf "it's\n\377 \$(x).csv")" "$(printf 'w\303\244hl \342\200\256bar.csv')" '-a"b;c.csv' "d'e.csv" "$(printf 'g\342\201\246h.csv')"; do
        cp others/model.csv "./$name"
        expect 0 "$bclass" report -o named.html --label-col y --score-col p --positive yes -- "$name"
        words=$(grep -o '"sweepWords":"[^"\\]*\(\\.[^"\\]*\)*"' named.html | sed 's/^"sweepWords":"bclass//; s/"$//; s/\\u0026/\&/g; s/\\\(["\\]\)/\1/g')
        case $words in *"
"*) fail "a command line has two lines: $words" ;; esac
        command -v bash >/dev/null || continue
        expect 0 bash -c "'$bclass' $words --at 0.5 --format csv"
        grep -q '^at 0.5,' out || fail "the command line does not do: $words"
        count=$((count + 1))
    done
    [ $count -eq 5 ] || echo "command lines not run: bash is not here"
}

a_run_gets_its_page_in_its_folder
a_saved_cutoff_is_the_one_it_opens_with
scores_of_any_model_get_a_page_beside_them
a_sheet_is_a_picture
a_chosen_cutoff_can_be_kept
what_is_no_report_is_not_replaced
damaged_parts_of_a_run_are_told_and_do_without
pictures_may_be_gone_or_have_moved
many_labels_need_one_named
warnings_say_what_the_rows_are
rows_that_do_not_mean_what_they_seem_are_warned_of
what_a_run_recorded_is_warned_of
scores_without_what_a_page_needs_are_refused
recall_is_promised_where_it_can_be
a_cutoff_of_something_else_is_told
names_that_do_not_fit_into_the_page_are_left_out
data_may_lie_right_below_the_root
a_sheet_names_rows_without_pictures
names_are_quoted_for_a_shell
