#!/bin/sh
# What the report may not replace: files it reads, pictures, and its own other output.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir run
printf 'path,label,score,split\na.png,1,0.9,val\nb.png,0,0.2,val\nc.png,1,0.4,test\nd.png,0,0.6,test\n' >run/scores.csv
echo '{}' >run/settings.json
printf 'epoch,train_loss\n1,0.5\n' >run/history.csv
echo weights >run/model.safetensors
"$bclass" sweep run/scores.csv --max f1 --save run/cutoff.json -q >out 2>err || fail "there is no cutoff to begin with"
cp run/cutoff.json given.json
cp run/scores.csv model.csv
mkdir before
cp -R run given.json model.csv before

nothing_is_changed() {
    for file in run/scores.csv run/settings.json run/history.csv run/model.safetensors run/cutoff.json given.json model.csv; do
        cmp -s "$file" "before/$file" || fail "$file was replaced"
    done
}

no_file_of_a_run_is_replaced_even_by_force() {
    for name in scores.csv settings.json history.csv model.safetensors cutoff.json; do
        for force in "" --force; do
            # shellcheck disable=SC2086 # no word where it is empty
            expect_error 2 "-o run/$name would replace the input run/$name" "$bclass" report run -o "run/$name" $force
        done
    done
    ln -s run/scores.csv linked.html
    ln run/model.safetensors hard.png
    expect_error 2 '-o linked.html would replace the input run/scores.csv' "$bclass" report run/ -o linked.html --force
    expect_error 2 '--sheet hard.png would replace the input run/model.safetensors' "$bclass" report run --sheet hard.png --force
    rm run/history.csv # what is not there yet is no name for a page either
    expect_error 2 '-o ./run/history.csv would replace' "$bclass" report run -o ./run/history.csv --force
    cp before/run/history.csv run
    nothing_is_changed
}

what_is_given_is_not_replaced() {
    expect_error 2 '-o given.json would replace the input given.json' "$bclass" report run --cutoff given.json -o given.json --force
    expect_error 2 '-o ./model.csv would replace the input model.csv' "$bclass" report model.csv -o ./model.csv --force
    expect 0 "$bclass" report model.csv -o /dev/null -q
    nothing_is_changed
}

page_and_sheet_are_two_files() {
    expect_error 2 '-o and --sheet name the same file, both.png' "$bclass" report run -o both.png --sheet both.png --force
    expect_error 2 'name the same file' "$bclass" report run -o both.png --sheet ./both.png
    [ ! -e both.png ] || fail "one was written"
    expect_error 2 '-o takes the name of a file, not an empty word' "$bclass" report run -o ''
    expect_error 2 '--sheet takes the name of a file, not an empty word' "$bclass" report run --sheet ''
    mkdir folder.png
    expect_error 2 'folder.png is a folder' "$bclass" report run --sheet folder.png --force
    expect_error 2 'folder.png is a folder' "$bclass" report run -o folder.png --force
}

no_picture_is_taken_for_a_sheet() {
    picture=$(find "$samples/test/shirt" -name '*.png' | sort | head -n 1)
    cp "$picture" picture.png
    expect_error 2 'picture.png is there and is no sheet; --force replaces it' "$bclass" report run --sheet picture.png
    cmp -s "$picture" picture.png || fail "a picture was replaced"
    [ ! -e run/report.html ] || fail "a page was written before the error"
    expect 0 "$bclass" report run --sheet sheet.png -q
    expect 0 "$bclass" report run --sheet sheet.png -q # a sheet is replaced without being asked
    expect 0 "$bclass" report run --sheet picture.png --force -q
    cmp -s sheet.png picture.png || fail "--force does not replace it"
}

a_plot_replaces_nothing_that_is_read() {
    cp run/scores.csv scores.png
    cp given.json old.svg
    expect_error 2 '--plot ./scores.png would replace the input scores.png' "$bclass" sweep scores.png --plot ./scores.png
    expect_error 2 '--plot scores.png would replace the input scores.png' "$bclass" sweep run/scores.csv scores.png --merge --plot scores.png
    expect_error 2 '--plot old.svg would replace the input old.svg' "$bclass" sweep run/scores.csv --check old.svg --plot old.svg
    expect_error 2 '--plot and --save name the same file' "$bclass" sweep run/scores.csv --max f1 --plot x.svg --save x.svg
    expect_error 2 '--save run/scores.csv would replace' "$bclass" sweep run/scores.csv --max f1 --save run/scores.csv
    expect_error 2 '--plot takes the name of a file, not an empty word' "$bclass" sweep run/scores.csv --plot ''
    cmp -s scores.png run/scores.csv || fail "scores were replaced"
    cmp -s old.svg given.json || fail "the cutoff was replaced"
    nothing_is_changed
    expect 0 "$bclass" sweep run/scores.csv --check given.json --max f1 --save given.json -q # a cutoff renewed
    cp before/given.json given.json
}

no_file_of_a_run_is_replaced_even_by_force
what_is_given_is_not_replaced
page_and_sheet_are_two_files
no_picture_is_taken_for_a_sheet
a_plot_replaces_nothing_that_is_read
