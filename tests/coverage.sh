#!/bin/sh
# How much of src/ the tests run: sh tests/coverage.sh [--uncovered] [CTEST-OPTION...]
#
# Builds with gcc's --coverage below build-coverage/, runs the tests, or those that the options of ctest choose, and
# prints of each file of src/ and of all how many lines are run, and how many branches are taken; with --uncovered also
# the lines that are not. Exit code 1 where fewer than 90 % of the lines are run.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build-coverage
least=90
uncovered=false
if [ "${1:-}" = --uncovered ]; then
    uncovered=true
    shift
fi

cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS="--coverage -O1" >/dev/null
cmake --build "$build" -j "$(getconf _NPROCESSORS_ONLN)" >"$build/build.log" 2>&1 || {
    tail -n 30 "$build/build.log" >&2
    exit 1
}
find "$build" -name '*.gcda' -delete
# Tests of speed and those at full length have nothing to add. Those of faults would let the counting itself fail.
(cd "$build" && ctest -j "$(getconf _NPROCESSORS_ONLN)" -LE 'long|browser|soak|fault' "$@" >tests.log 2>&1) || {
    sed -n '/tests failed/,$p' "$build/tests.log" >&2
    exit 1
}

# The kernels are compiled once for each level; of the levels a line counts as run where one has run it.
rm -rf "$build/gcov"
mkdir "$build/gcov"
cd "$build/gcov"
find "$build/src" -name '*.gcno' >objects # also of files that no test runs
while read -r object; do
    gcov --branch-counts --branch-probabilities --preserve-paths --source-prefix "$root" --relative-only "$object" >/dev/null 2>&1 || true
    for file in *.gcov; do
        [ ! -f "$file" ] || cat "$file" >>all
        rm -f "$file"
    done
done <objects

awk -v uncovered=$uncovered -v least=$least '
    /^ *-: *0:Source:/ { sub(/.*Source:/, ""); file = $0; next }
    file !~ /^src\// { next }
    /^branch/ {
        key = file ":" line ":" $2
        branches[key] = branches[key] + ($3 == "taken" && $4 > 0)
        next
    }
    /^ *[0-9#=*-]+\*?: *[0-9]+:/ {
        split($0, part, ":")
        count = part[1]
        gsub(/[ *]/, "", count)
        line = part[2] + 0
        if (count == "-")
            next
        key = file ":" line
        if (!(key in run))
            run[key] = 0
        if (count !~ /[#=]/)
            run[key] = 1
        text[key] = substr($0, index($0, part[2] ":") + length(part[2]) + 1)
    }
    END {
        for (key in run) {
            split(key, part, ":")
            lines[part[1]]++
            done[part[1]] += run[key]
            total++
            all_done += run[key]
            if (uncovered == "true" && !run[key])
                printf "%s: %s\n", key, text[key] | "sort -t: -k1,1 -k2,2n"
        }
        close("sort -t: -k1,1 -k2,2n")
        for (key in branches) {
            ways++
            ways_taken += branches[key] > 0
        }
        for (file in lines)
            printf "%6.1f %%  %4d of %4d lines  %s\n", 100 * done[file] / lines[file], done[file], lines[file], file | "sort -n"
        close("sort -n")
        share = total > 0 ? 100 * all_done / total : 0
        printf "src/: %.1f %% of %d lines are run, %.1f %% of %d branches are taken\n", share, total,
            (ways > 0 ? 100 * ways_taken / ways : 0), ways
        if (share < least) {
            printf "fewer than %d %% of the lines\n", least
            exit 1
        }
    }' all
