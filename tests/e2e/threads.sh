#!/bin/sh
# The number of threads changes nothing: the same seed gives the same files, byte for byte.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

small_set set 80 20
for threads in 1 2 4; do
    expect 0 "$bclass" train set -o "run$threads" --positive shirt --imgsz 16 --epochs 2 --seed 7 --threads $threads
    for file in model.safetensors scores.csv; do
        cmp "run1/$file" "run$threads/$file" || fail "$file differs between 1 and $threads threads"
    done
    expect 0 "$bclass" predict run1/model.safetensors set/test --threads $threads
    cp out "predictions$threads"
    cmp predictions1 "predictions$threads" || fail "predictions differ between 1 and $threads threads"
done

expect 0 "$bclass" train set -o other --positive shirt --imgsz 16 --epochs 2 --seed 8
! cmp -s run1/model.safetensors other/model.safetensors || fail "another seed gives the same model"
