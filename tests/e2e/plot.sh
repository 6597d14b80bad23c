#!/bin/sh
# Plots of sweep as a user makes them: files that other programs can read, the same at every run, and drawings in a
# terminal.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

data=$samples/../../tests/golden/data
kinds="pr roc histogram reliability cost recall-precision-vs-cutoff"

every_kind_makes_every_file() {
    for kind in $kinds; do
        for ending in svg png pdf; do
            expect 0 "$bclass" sweep "$data/logits.csv" --max f1 --cost fn=10,fp=1 --plot "$kind.$ending" --plot-kind "$kind"
            grep -q "plot saved to $kind.$ending" err || fail "no word of $kind.$ending"
            [ -s out ] || fail "the table is missing beside $kind.$ending"
        done
        [ "$(head -c 5 "$kind.pdf")" = "%PDF-" ] || fail "$kind.pdf is no PDF"
        [ "$(tail -c 6 "$kind.pdf")" = "%%EOF" ] || fail "$kind.pdf has no end"
    done
    if command -v xmllint >/dev/null; then
        xmllint --noout ./*.svg || fail "an SVG is not well-formed"
    else
        echo "skipped: xmllint is not here to read the SVG files"
    fi
}

a_plot_is_the_same_at_every_run() {
    mkdir -p again
    for file in pr.svg roc.png cost.pdf; do
        kind=${file%.*}
        expect 0 "$bclass" sweep "$data/logits.csv" --max f1 --cost fn=10,fp=1 --plot "again/$file" --plot-kind "$kind" --threads 1
        cmp "$file" "again/$file" || fail "$file differs at the second run"
    done
}

hostile_names_make_plots() {
    name=$(printf '"><script>\n&\377.csv')
    cp "$data/logits.csv" "$name"
    expect 0 "$bclass" sweep "$name" --max f1 --plot hostile.svg
    ! grep -q '<script' hostile.svg || fail "a file's name got into the SVG"
    expect 0 "$bclass" sweep "$name" --max f1 --plot -
    expect_equal "lines with a bracket of the name" "$(grep -c '<script>' out)" 1
    rm "$name"
}

what_cannot_be_written_is_told_at_once() {
    expect_error 1 'none/pr.svg: cannot write' "$bclass" sweep absent.csv --plot none/pr.svg
    echo old >kept.svg
    expect_error 1 'absent.csv' "$bclass" sweep absent.csv --plot kept.svg
    expect_equal "the old file" "$(cat kept.svg)" old
    expect_equal "files left over" "$(find . -name '.*.part' | wc -l | tr -d ' ')" 0
}

# terminal COLUMNS WORD...: runs the words with a terminal of so many columns as standard output, into screen; leaves
# their exit code in code
terminal() {
    columns=$1
    shift
    printf 'stty columns %s rows 40\n%s\n' "$columns" "$*" >run.sh
    code=0
    script -qec "sh run.sh" screen </dev/null >/dev/null 2>&1 || code=$?
}

has_script() {
    script -qec true /dev/null </dev/null >/dev/null 2>&1 || { echo "skipped: script is not here to make a terminal" && false; }
}

colours_are_for_terminals_that_have_them() {
    has_script || return 0
    escape=$(printf '\033')
    plot="'$bclass' sweep '$data/logits.csv' --max f1 --quiet --plot -"
    terminal 100 "TERM=xterm NO_COLOR= LC_ALL=C $plot"
    expect_equal "the exit code in a terminal" "$code" 0
    grep -q "$escape" screen || fail "no colours in a terminal"
    awk '{ gsub(/\033\[[0-9;]*m/, ""); sub(/\r$/, "") } length($0) > 100 { long = 1 } length($0) > 80 { wide = 1 } END { exit !wide || long }' screen ||
        fail "the drawing does not go by the width of the terminal"
    for how in "TERM=dumb" "NO_COLOR=1 TERM=xterm"; do
        terminal 100 "$how LC_ALL=C $plot"
        ! grep -q "$escape" screen || fail "colours with $how"
    done
    TERM=xterm expect 0 "$bclass" sweep "$data/logits.csv" --max f1 --plot -
    ! grep -q "$escape" out || fail "colours in a file"
}

a_window_that_is_too_narrow_is_told() {
    has_script || return 0
    plot="TERM=xterm NO_COLOR=1 LC_ALL=C '$bclass' sweep '$data/logits.csv' --max f1 --quiet --plot -"
    terminal 39 "$plot"
    expect_equal "the exit code in a narrow window" "$code" 2
    grep -q 'too narrow for --plot -: it has 39 columns, and a plot needs at least 40' screen || fail "a narrow window is not told"
    expect_equal "the lines in a narrow window" "$(grep -c bclass screen)" 1
    ! grep -q 'recall, TP' screen || fail "a plot in a window that is too narrow"
    terminal 40 "$plot"
    expect_equal "the exit code in a window of 40 columns" "$code" 0
    grep -q 'recall, TP' screen || fail "no plot in a window of 40 columns"
    awk '!/^Script / { sub(/\r$/, ""); if (length($0) > 40) exit 1 }' screen || fail "the drawing is wider than the window"
}

# A set that a cutoff parts: all rules choose that one, halfway between 0.3 and 0.75.
equal_cutoffs_have_one_mark() {
    printf 'label,score\n1,0.9\n1,0.75\n0,0.3\n0,0.2\n' >parted.csv
    LC_ALL=C expect 0 "$bclass" sweep parted.csv --max f1 --max mcc --plot -
    grep -q 'max f1, max mcc: 0.525' out || fail "two rules are not named together"
    expect_equal "labels of two rules" "$(grep -c max out)" 1
    LC_ALL=C expect 0 "$bclass" sweep parted.csv --max f1 --at 0.525,0.1 --plot -
    grep -q 'max f1, at 0.525' out || fail "a rule and its cutoff are not named together"
    grep -q 'at 0.1' out || fail "another cutoff is not named"
    LC_ALL=C expect 0 "$bclass" sweep parted.csv --max f1 --max mcc --max kappa --max youden --max accuracy --max f2 --plot - --plot-kind roc
    grep -q 'max f1, max mcc, max kappa + 3 more: 0.525' out || fail "that there are more is not told"
    expect_equal "labels of six rules" "$(grep -c max out)" 1
}

# axis_end: of the scores along the bottom
axis_end() {
    grep -B1 'mean score' out | head -n 1 | awk '{ print $NF }'
}

rare_positives_are_seen_in_a_plot_of_their_size() {
    awk 'BEGIN { print "label,score"; for (i = 0; i < 400; i++) print (i % 20 == 0) "," i / 10000 }' >rare.csv
    expect 0 "$bclass" sweep rare.csv --plot - --plot-kind reliability -q
    awk -v end="$(axis_end)" 'BEGIN { exit !(end >= 0.05 && end < 0.5) }' || fail "the axis ends at $(axis_end)"
    expect 0 "$bclass" sweep "$data/logits.csv" --plot - --plot-kind reliability -q
    expect_equal "the end of the axis" "$(axis_end)" 1.0
}

a_million_rows_are_plotted() {
    awk 'BEGIN { srand(7); print "label,logit"; for (i = 0; i < 1000000; i++) { y = rand() < 0.1; printf "%d,%.6f\n", y, 6 * rand() * rand() + 2 * y } }' >big.csv
    for kind in $kinds; do
        expect 0 "$bclass" sweep big.csv --max f1 --cost fn=10,fp=1 --plot big.svg --plot-kind "$kind"
        [ "$(wc -c <big.svg)" -lt 2000000 ] || fail "a plot of $kind is too large"
    done
    rm big.csv
}

every_kind_makes_every_file
a_plot_is_the_same_at_every_run
hostile_names_make_plots
what_cannot_be_written_is_told_at_once
colours_are_for_terminals_that_have_them
a_window_that_is_too_narrow_is_told
equal_cutoffs_have_one_mark
rare_positives_are_seen_in_a_plot_of_their_size
a_million_rows_are_plotted
