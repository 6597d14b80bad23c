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

# The command line in the page, run by the shell that knows $'...', finds the file again.
names_are_quoted_for_a_shell() {
    count=0
    for name in "$(printf "it's\n\377 \$(x).csv")" "$(printf 'w\303\244hl \342\200\256bar.csv')" '-a"b;c.csv' "d'e.csv"; do
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
    [ $count -eq 4 ] || echo "command lines not run: bash is not here"
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
names_are_quoted_for_a_shell
