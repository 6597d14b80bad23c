#!/bin/sh
# How cost grows with the work, written to the tables of README.md:
#
#     sh tests/bench/scale.sh [--rounds N] [--build FOLDER] [--threads N] [train] [predict] [sweep]
#
# Trains one epoch of net A on 2,000 to 50,000 pictures of 32x32, the real ones of ../shared repeated, scores as many,
# and sweeps over a million to a hundred million rows. Figures are medians of N rounds (3), of whole processes; for
# training, pictures a second are those of the epoch.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
rounds=3
# shellcheck source=tests/bench/lib.sh
. "$here/lib.sh"
pictures=$shared/data/cifar10-cat-dog

# list_pictures COUNT: as many paths of training pictures, of both classes in turn, in as many copies as it takes
list_pictures() {
    for class in cat dog; do
        : >"$scratch/$class.txt"
        for copy in 1 2 3 4 5; do
            mkdir -p "$scratch/pictures/$copy"
            [ -d "$scratch/pictures/$copy/$class" ] || cp -r "$pictures/train/$class" "$scratch/pictures/$copy"
            find "$scratch/pictures/$copy/$class" -type f | sort >>"$scratch/$class.txt"
        done
    done
    paste -d '\n' "$scratch/cat.txt" "$scratch/dog.txt" | head -n "$1"
}

# list_manifest COUNT: as rows, and 100 others to validate on
list_manifest() {
    echo path,label,split
    list_pictures "$1" | sed 's|\(.*/\([a-z]*\)/[^/]*\)$|\1,\2,train|'
    for class in cat dog; do
        find "$pictures/test/$class" -type f | sort | head -n 50 | sed "s/\$/,$class,val/"
    done
}

# ---- one run of so much work: sets seconds, memory, and rate, of which more is better ----

prepare_train() {
    list_manifest "$1" >"$scratch/train-$1"
}

run_train() {
    measure "$bclass" train "$scratch/train-$1" -o "$scratch/scale-run" --net "$here/net-a.json" --positive dog \
        --epochs 1 --batch-size 128 --optimizer sgd --lr 0.05 --augment none --calibrate none --force --quiet \
        --threads "$threads"
    rate=$(awk -F, 'NR == 2 { print $5 }' "$scratch/scale-run/history.csv")
}

prepare_predict() {
    list_pictures "$1" >"$scratch/predict-$1"
    [ -f "$scratch/scale-run/model.safetensors" ] || {
        prepare_train 2000
        run_train 2000
    }
}

run_predict() {
    # shellcheck disable=SC2016 # the inner shell's parameters
    measure sh -c 'exec "$1" predict "$2" - --quiet --threads "$3" <"$4"' sh "$bclass" \
        "$scratch/scale-run/model.safetensors" "$threads" "$scratch/predict-$1"
    rate=$(echo "$1 $seconds" | awk '{ print $1 / $2 }')
}

prepare_sweep() {
    "$tools/sweep-bench" --make "$1" >"$scratch/sweep-$1"
}

run_sweep() {
    measure "$bclass" sweep "$scratch/sweep-$1" --max f1 --quiet --threads "$threads"
    rate=$(echo "$1 $seconds" | awk '{ print $1 / $2 }')
}

# ---- a curve ----

# relative WORK COUNT REFERENCE: the median of the rounds' own ratios, of the rates
relative() {
    paste "$scratch/costs-$1-$2" "$scratch/costs-$1-$3" | awk '{ print $1 / $4 }' >"$scratch/ratios"
    median "$scratch/ratios" 1
}

# curve WORK UNIT REFERENCE COUNT...: all counts in turn, in as many rounds as asked for
curve() {
    work=$1 unit=$2 reference=$3
    shift 3
    for count in "$@"; do
        say "$work: preparing $count"
        "prepare_$work" "$count"
        : >"$scratch/costs-$work-$count"
    done
    round=0
    while [ "$round" -lt "$rounds" ]; do
        round=$((round + 1))
        for count in "$@"; do
            say "$work: $count, round $round of $rounds"
            "run_$work" "$count"
            echo "$rate $seconds $memory" >>"$scratch/costs-$work-$count"
        done
    done
    {
        echo "| $work: $unit | a second | against $(pretty "$reference") | seconds | MiB at the highest |"
        echo "| --- | --- | --- | --- | --- |"
        for count in "$@"; do
            costs=$scratch/costs-$work-$count
            echo "| $(pretty "$count") | $(pretty "$(median "$costs" 1)") |" \
                "$(pretty "$(relative "$work" "$count" "$reference")") | $(pretty "$(median "$costs" 2)") |" \
                "$(pretty "$(median "$costs" 3)") |"
            rm "$scratch/$work-$count"
        done
    } >"$results/scale-$work.md"
}

[ $# -gt 0 ] || set -- train predict sweep
for work in "$@"; do
    case $work in
    train | predict)
        if [ -d "$pictures" ]; then
            curve "$work" pictures 10000 2000 5000 10000 20000 50000
        else
            say "$work: left out, for $pictures is absent"
        fi
        ;;
    sweep) curve sweep rows 10000000 1000000 3000000 10000000 30000000 100000000 ;;
    *) fail "no such curve: $work; there are train, predict and sweep" ;;
    esac
done
{
    echo
    echo "$(machine); $threads threads, $(date +%Y-%m-%d)."
    for work in train predict sweep; do
        [ ! -f "$results/scale-$work.md" ] || { echo && cat "$results/scale-$work.md"; }
    done
    echo
} >"$scratch/section"
put_section curves "$scratch/section"
