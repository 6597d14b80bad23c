#!/bin/sh
# With all defaults, PneumoniaMNIST's official splits give a test AUROC of at least 0.95. Only with "run.sh --long",
# and where that data set lies beside the project.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

data=$SHARED/data/pneumoniamnist
if [ "${BCLASS_LONG:-}" != 1 ] || [ ! -d "$data" ]; then
    echo "skipped: it takes 'run.sh --long' and $data"
    exit 77
fi

expect 0 "$bclass" train "$data" -o run
auroc=$(awk '$1 == "test" { print $5 }' out)
awk -v auroc="$auroc" 'BEGIN { exit !(auroc >= 0.95 && auroc <= 1) }' || fail "test AUROC '$auroc'"
