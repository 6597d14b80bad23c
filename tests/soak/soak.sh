#!/bin/sh
# Much of everything: sh soak.sh BCLASS SAMPLES SCRATCH BENCH-RUN. With BCLASS_LONG=1 a million paths and 55,000 pictures.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"

bench_run=$4
paths=20000
pictures=2000
[ -z "${BCLASS_LONG:-}" ] || paths=1000000 pictures=55000

small_set set 60 20
expect 0 "$bclass" train set -o run --positive shirt --net mlp --epochs 1

# The most memory that the process has had, in KiB.
peak() {
    awk '/^VmHWM/ { print $2 }' "/proc/$1/status"
}

# path_lines COUNT: real pictures, again and again
path_lines() {
    awk -v count="$1" '{ path[NR] = $0 } END { for (i = 0; i < count; i++) print path[i % NR + 1] }' list
}

count_is() {
    [ "$(wc -l <"$1")" -ge "$2" ]
}

# Memory is looked at when a tenth is done, and when all is but the input still open.
predicting_without_end_takes_constant_memory() {
    [ -r /proc/self/status ] || return 0
    find set -name '*.png' | sort >list
    mkfifo paths
    "$bclass" predict run/model.safetensors - --no-header --threads 2 <paths >rows.csv 2>err &
    process=$!
    exec 3>paths
    path_lines $((paths / 10)) >&3
    wait_for 600 count_is rows.csv $((paths / 10 - 600)) # some wait to be a whole batch
    early=$(peak $process)
    path_lines $((paths - paths / 10)) >&3
    wait_for 7200 count_is rows.csv $((paths - 600))
    late=$(peak $process)
    exec 3>&-
    wait $process || fail "predict failed"
    expect_equal rows "$(wc -l <rows.csv | tr -d ' ')" $paths
    [ "$(cut -d, -f2- rows.csv | sort -u | wc -l)" -le "$(wc -l <list)" ] || fail "one picture has different scores"
    [ "$late" -le $((early + 2048)) ] || fail "predict took $early KiB at a tenth, $late at the end"
    echo "predict of $paths paths: peak memory $early KiB at a tenth, $late KiB at the end"
}

# Gray pictures of 8 x 8 pixels, each another; of one class darker to the left.
make_pictures() {
    mkdir -p many/dark many/light
    awk -v count="$1" 'BEGIN {
        srand(1)
        for (i = 0; i < count; i++) {
            dark = i % 2
            file = sprintf("many/%s/%06d.pgm", dark ? "dark" : "light", i)
            text = "P5 8 8 255\n"
            for (k = 0; k < 64; k++)
                text = text sprintf("%c", 40 + int(50 * rand()) + (k % 8 < 4 && !dark ? 25 : 0))
            printf "%s", text >file
            close(file)
        }
    }' </dev/null
}

# The pictures' pixels take 64 bytes each; the most that may come on top is a program and 2 KiB a picture.
many_small_pictures_are_trained_from() {
    make_pictures $pictures
    "$bench_run" --repeat 1 --tries 1 --out out -- "$bclass" train many -o many-run --positive dark --net mlp --imgsz 8 --epochs 2 -q >figures 2>err ||
        fail "training on $pictures pictures failed"
    expect_equal "pictures in scores.csv" "$(($(rows many-run/scores.csv) * 10 / 3))" $pictures
    mib=$(awk '{ print $3 }' figures) # after the seconds and CPU seconds
    awk -v mib="$mib" -v pictures=$pictures 'BEGIN { exit !(mib > 0 && mib < 64 + pictures * 2 / 1024) }' ||
        fail "it took $mib MiB"
    echo "train from $pictures files: $(cat figures)"
}

runs_beside_each_other_end_with_the_same_bytes() {
    for run in alone a b c; do
        (
            "$bclass" train set -o $run --positive shirt --net small --imgsz 20 --epochs 3 --threads 2 -q >$run.log 2>&1 ||
                echo $run >>failed
        ) &
        [ $run != alone ] || wait
    done
    wait
    [ ! -e failed ] || fail "failed: $(cat failed)"
    for run in a b c; do
        for file in model.safetensors scores.csv; do
            cmp alone/$file $run/$file || fail "$run/$file is not that of the run alone"
        done
        expect_equal "what is in $run" "$(ls -A $run)" "$(ls -A alone)"
    done
    echo "3 trainings at a time: the bytes of one alone"
}

predicting_without_end_takes_constant_memory
many_small_pictures_are_trained_from
runs_beside_each_other_end_with_the_same_bytes
