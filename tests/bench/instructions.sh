#!/bin/sh
# Counts the instructions of short fixed runs on one thread, by callgrind, and compares them with instructions.txt:
#
#     sh tests/bench/instructions.sh [--record] [--build FOLDER]
#
# Counts, unlike seconds, are the same on a busy machine and from day to day, so that a slip in speed shows. Each must
# be within 3 % of the recorded one; --record writes them anew, which a change that is meant to alter them does.
# Counts depend on the compiler: with another one than recorded, or without valgrind, this is skipped (code 77).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
record=false
case ${1:-} in
--record)
    record=true
    shift
    ;;
--when-long) # as a test: only where those that take long are wanted
    if [ "${BCLASS_LONG:-}${CI:-}" = "" ]; then
        echo "skipped: it takes 'run.sh --long' or CI=true"
        exit 77
    fi
    shift
    ;;
esac
rounds=1
# shellcheck source=tests/bench/lib.sh
. "$here/lib.sh"
recorded=$here/instructions.txt
pictures=$root/data/tshirt-or-shirt/test
photos=$shared/data/clothing-longsleeve-tshirt/val

skip() {
    echo "skipped: $*"
    exit 77
}

option() {
    sed -n "s/^$1:[^=]*=//p" "$build/CMakeCache.txt"
}

# What the counts depend on.
made_by() {
    echo "$("$(option CMAKE_C_COMPILER)" --version | head -n 1), $(option CMAKE_BUILD_TYPE)$(option BCLASS_SANITIZE)"
}

# count NAME COMMAND...: a line "NAME INSTRUCTIONS" of those that the command takes
count() {
    name=$1
    shift
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$scratch/callgrind" "$@" >"$scratch/out" ||
        fail "this failed: $*"
    sed -n "s/.*Collected *: */$name /p" "$scratch/callgrind"
}

count_all() {
    for level in avx2 portable; do
        for mode in train predict; do
            count "$mode-A-$level" "$tools/bclass-bench" --net A --mode "$mode" --batch 16 --steps 1 --threads 1 --level "$level"
        done
    done
    count train-C-avx2 "$tools/bclass-bench" --net C --mode train --batch 128 --steps 1 --threads 1 --level avx2
    "$tools/sweep-bench" --make 200000 >"$scratch/short.csv"
    count sweep "$bclass" sweep "$scratch/short.csv" --max f1 --quiet --threads 1
    count decode-png "$tools/pictures-bench" --threads 1 --positive shirt "$pictures"
    [ ! -d "$photos" ] || count decode-photos "$tools/pictures-bench" --threads 1 --positive longsleeve "$photos"
    count help "$bclass" --help
}

command -v valgrind >/dev/null || skip "no valgrind"
grep -qw avx2 /proc/cpuinfo || skip "no AVX2"
made_by=$(made_by)
if $record; then
    {
        echo "# Instructions of short runs, by callgrind: sh tests/bench/instructions.sh --record"
        echo "compiler $made_by"
        count_all
    } >"$scratch/instructions"
    cat "$scratch/instructions" >"$recorded"
    exit
fi
before=$(sed -n 's/^compiler //p' "$recorded")
[ "$made_by" = "$before" ] || skip "recorded with '$before', this is '$made_by'"
count_all >"$scratch/instructions"
awk 'NR == FNR { before[$1] = $2; next }
    !($1 in before) { print $1 ": not recorded"; wrong = 1; next }
    {
        change = 100 * ($2 / before[$1] - 1)
        printf "%-20s %14.0f %14.0f %+7.2f %%\n", $1, before[$1], $2, change
        if (change > 3 || change < -3)
            wrong = 1
    }
    END {
        if (wrong)
            print "some differ by more than 3 %; if that is meant: sh tests/bench/instructions.sh --record"
        exit wrong
    }' "$recorded" "$scratch/instructions"
