#!/bin/sh
# Fuzzes, and ends with failure when something was found; "sh tests/fuzz/run.sh --help" tells more.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$root/build-test/fuzz
all="image manifest scores model net cutoff calibration"
# Else much of the time goes into giving memory back to the system that the next run asks for again.
sanitizer=quarantine_size_mb=8:clear_shadow_mmap_threshold=100000000:allocator_release_to_os_interval_ms=-1
seconds=60
runs=-1
jobs=2
seed=0

usage() {
    cat <<HELP
Usage: sh tests/fuzz/run.sh [--seconds N] [--runs N --seed N] [--jobs N] [TARGET]...

Builds the fuzz targets with clang, libFuzzer and the address and undefined behaviour sanitizers below
build-test/fuzz/, and runs each of them, or those that are named, for N seconds (60), N at a time (2).
Without a seed it draws other input every time. With one and a number of runs, whatever time they take, it is the
same input again (for pictures nearly so) if it starts from the same, as in a fresh clone.

It starts from tests/fuzz/corpus/, from what earlier runs kept in build-test/fuzz/kept/, and for pictures from
../shared/data/robust where that is there. Input that breaks a target is written to build-test/fuzz/found/.
Once it is mended it belongs into tests/fuzz/found/TARGET/, which is read again in every test run.

Targets: $all
HELP
}

# Builds all targets. What the compiler says is shown only where it fails.
build() {
    mkdir -p "$work"
    {
        cmake -S "$root" -B "$work" -DCMAKE_C_COMPILER=clang -DBCLASS_WERROR=ON -DBCLASS_FUZZ=ON \
            -DBCLASS_SANITIZE=address,undefined &&
            cmake --build "$work" -j "$(getconf _NPROCESSORS_ONLN)" --target fuzz-targets
    } >"$work/build.log" 2>&1 || {
        cat "$work/build.log" >&2
        exit 1
    }
}

# fuzz TARGET: one, in this process. A target writes thousands of files a second: into memory, where that can be.
fuzz() {
    scratch=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo "$work")/fuzz-XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    log=$work/$1.log
    size=4096
    scale=0
    mkdir -p "$work/kept/$1" "$work/found/$1"
    target=$1
    set -- "$work/kept/$1" "$here/corpus/$1"
    [ ! -d "$here/found/$target" ] || set -- "$@" "$here/found/$target"
    case $target in image | net) [ "$runs" -gt 0 ] || scale=1 ;; esac # they differ in time: rather short ones
    if [ "$target" = image ]; then
        size=20000
        [ ! -d "$root/../shared/data/robust" ] || set -- "$@" "$root/../shared/data/robust"
    fi
    code=0
    export TMPDIR=. ASAN_OPTIONS="$sanitizer:${ASAN_OPTIONS:-}"
    cd "$scratch"
    # shellcheck disable=SC2046 # a word or none: addresses, which guide it, are not to be drawn
    $(setarch -R true 2>/dev/null && echo setarch -R) "$work/tests/fuzz/fuzz_$target" -seed="$seed" \
        -runs="$runs" -reload=0 -max_total_time="$seconds" -max_len=$size -timeout=30 \
        -rss_limit_mb=2000 -entropic_scale_per_exec_time=$scale -dict="$here/$target.dict" \
        -artifact_prefix="$work/found/$target/" -print_final_stats=1 \
        "$@" >"$log" 2>&1 || code=$?
    awk -v target="$target" '/number_of_executed_units/ { runs = $2 } sub(/.* cov: /, "") { edges = $1 }
        END { printf "%-12s %9d runs, %5d edges\n", target, runs, edges }' "$log"
    [ $code -ne 0 ] || return 0
    tail -n 40 "$log" | cut -c 1-200 >&2
    echo "$target: something was found, see $work/found/$target/" >&2
    return 1
}

targets=
only=false
while [ $# -gt 0 ]; do
    case $1 in
    --seconds) seconds=$2 && shift ;;
    --runs) runs=$2 seconds=0 && shift ;;
    --jobs) jobs=$2 && shift ;;
    --seed) seed=$2 && shift ;;
    --only) only=true ;; # what this script runs itself by: one target that is built
    --help) usage && exit ;;
    -*) usage >&2 && exit 2 ;;
    *) targets="$targets $1" ;;
    esac
    shift
done

if $only; then
    fuzz "${targets# }"
    exit
fi
build
# shellcheck disable=SC2086 # the names are to be split
printf '%s\n' ${targets:-$all} | xargs -P "$jobs" -I {} sh "$0" --only --runs "$runs" \
    --seconds "$seconds" --seed "$seed" {}
