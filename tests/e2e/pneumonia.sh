#!/bin/sh
# With all defaults, PneumoniaMNIST's official splits give a test AUROC of at least 0.97. It takes a minute, so it is
# left to continuous integration and "run.sh --long"; and that data set must lie beside the project.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

data=$SHARED/data/pneumoniamnist
if [ "${BCLASS_LONG:-}${CI:-}" = "" ] || [ ! -d "$data" ]; then
    echo "skipped: it takes 'run.sh --long' or CI=true, and $data"
    exit 77
fi

expect 0 "$bclass" train "$data" -o run --allow-leak # 8 pictures of val are in train too
auroc=$(awk '$1 == "test" { print $5 }' out)
awk -v auroc="$auroc" 'BEGIN { exit !(auroc >= 0.97 && auroc <= 1) }' || fail "test AUROC '$auroc'"
