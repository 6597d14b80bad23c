#!/bin/sh
# What sweep prints for programs: every JSON key and every CSV column is in the README, and nothing else is there.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

readme=$samples/../../README.md
data=$samples/../../tests/golden/data

cat >weighted.csv <<'CSV'
label,score,weight
1,0.9,2
1,0.7,0.5
0,0.6,1
1,0.4,1
0,0.3,3
0,0.2,1
CSV
awk 'BEGIN { print "label,score"; for (i = 0; i < 400; i++) printf "%d,%.3f\n", i % 3 == 0, i % 2 ? 0 : i % 5 ? 1 : i / 400 }' >saturated.csv
printf 'label,score\n0,0.9\n1,0.8\n0,0.1\n' >inverted.csv
awk 'BEGIN { print "label,score"; for (i = 0; i < 60; i++) printf "%d,%.3f\n", i % 3 == 0, i % 30 / 30 }' >twice.csv

# Command lines that have all there is between them.
"$bclass" sweep "$data/ties.csv" --min-recall 0.9 --save cutoff.json --quiet >out
list_options() {
    cat <<'LIST'
logits.csv --min-recall 0.8 --confidence 0.8 --max f1 --bootstrap 20 --pins 2 --prevalence 0.1 --workload 10/day --cost fn=1,fp=2 --max-fpr 0.1 --skip-bad
logits.csv --min-recall 0.99 --confidence 0.99
ties.csv --min-recall 0.5 --min-precision 0.5 --together --confidence 0.2
ties.csv --min-recall 0.9 --min-precision 0.6 --triage --bootstrap 20
ties.csv --check cutoff.json --require recall>=0.05
logits.csv --check cutoff.json
labels.csv --max f1 --min-recall 0.9 --confidence 0.2 --require macro-auroc>=0.5
labels.csv --split all --max f1 --bootstrap 20
LIST
}

run_all() { # FORMAT
    list_options | while read -r file options; do
        # shellcheck disable=SC2086 # the words are to be split
        "$bclass" sweep "$data/$file" $options --format "$1" --quiet 2>err || [ $? -eq 3 ] || cat err
    done
    for file in weighted.csv saturated.csv twice.csv; do
        "$bclass" sweep $file --max f1 --format "$1" --quiet
    done
    "$bclass" sweep inverted.csv --min-precision 0.9 --format "$1" --quiet 2>err || [ $? -eq 3 ]
    # Two rows of one class: no folds, and the reason is told.
    printf 'label,score\n1,0.5\n0,0.2\n0,0.3\n' | "$bclass" sweep - --max f1 --format "$1" --quiet
}

# The words in backquotes of a column of the tables between two lines.
# shellcheck disable=SC2016 # backquotes are meant as such
documented() { # FIRST LAST COLUMN
    sed -n "/$1/,/$2/p" "$readme" | awk -F '|' -v column="$3" '/^\| / && !/^\| ---/ { print $column }' |
        grep -o '`[a-z0-9_]*`' | tr -d '`' | sort -u
}

keys_are_documented() {
    run_all json >all.json
    grep -Eo '^[[:space:]]*"[a-z0-9_]+":' all.json | tr -d '": \t' | sort -u >printed
    documented '^| in | JSON keys' '^| CSV columns' 3 | sort -u >told
    diff told printed >differences || fail "keys told (<) and printed (>) differ: $(cat differences)"
}

columns_are_documented() {
    run_all csv | grep -E '^(target,average,)?rule,split,' | tr ',' '\n' | sort -u >printed
    documented '^| CSV columns' '^## ' 2 >told
    diff told printed >differences || fail "columns told (<) and printed (>) differ: $(cat differences)"
}

keys_are_documented
columns_are_documented
