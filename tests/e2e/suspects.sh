#!/bin/sh
# Labels that were flipped on purpose are among the first that check suspects.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# About one label in twenty of the 2,000 pictures is flipped; a quick network knows enough to find them.
find "$samples/train" -name '*.png' | sort | awk -F/ 'BEGIN { srand(1); print "path,label" } {
    label = $(NF - 1)
    if (rand() < 0.05) { label = label == "shirt" ? "tshirt" : "shirt"; print >"flipped" }
    print $0 "," label
}' >set.csv
expect 0 "$bclass" train set.csv -o run --positive shirt --folds 3 --net mlp --epochs 10 -q
expect 0 "$bclass" check set.csv --positive shirt --run run --format jsonl -q
sed -n 's/.*"kind":"suspect".*"paths":\["\([^"]*\)"\].*/\1/p' out >suspects
expect_equal "suspects, a tenth of all" "$(wc -l <suspects | tr -d ' ')" 200

# By chance it would be a tenth of them.
found=$(sort suspects flipped | uniq -d | wc -l)
flipped=$(wc -l <flipped)
[ $((found * 100)) -ge $((flipped * 60)) ] || fail "only $found of $flipped flipped labels are suspected"
