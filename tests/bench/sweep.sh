#!/bin/sh
# How long a sweep over many scores takes, and what other programs take for the same:
#
#     sh tests/bench/sweep.sh SWEEP_BENCH BCLASS FOLDER [ROWS [RUNS]]
#
# Makes FOLDER/ROWS.csv (label,score; 10,000,000 rows unless said otherwise) if it is not there, and reads it
# once so that it is in the page cache. Prints, as lines of JSON, the seconds of each stage on one and on two
# threads (medians of RUNS), then those of the whole program with one pick. Where python3 has pandas and
# scikit-learn, and PEER names a script that sweeps with them, it is run too, and the ratio to bclass on two
# threads printed; PYTHON names another python3.
set -eu

bench=$1
program=$2
folder=$3
rows=${4:-10000000}
runs=${5:-5}
python=${PYTHON:-python3}
peer=${PEER:-$(dirname "$0")/../../../shared/peers/peer_sweep.py}
file=$folder/$rows.csv

seconds() {
    date +%s.%N
}

# since START: the seconds that have passed
since() {
    echo "$(seconds) $1" | awk '{ printf "%.3f", $1 - $2 }'
}

mkdir -p "$folder"
if [ ! -s "$file" ]; then
    "$bench" --make "$rows" >"$file.part"
    mv "$file.part" "$file"
fi
cat "$file" >/dev/null

for threads in 1 2; do
    "$bench" "$file" --threads "$threads" --runs "$runs"
done

for threads in 1 2; do
    : >"$folder/seconds.txt"
    run=0
    while [ "$run" -lt "$runs" ]; do
        start=$(seconds)
        "$program" sweep "$file" --max f1 --quiet --threads "$threads" >"$folder/sweep.txt"
        since "$start" >>"$folder/seconds.txt"
        echo >>"$folder/seconds.txt"
        run=$((run + 1))
    done
    median=$(sort -n "$folder/seconds.txt" | sed -n "$(((runs + 1) / 2))p")
    echo "{\"program\":\"bclass sweep --max f1\",\"threads\":$threads,\"seconds\":$median}"
done

if [ -f "$peer" ] && "$python" -c 'import pandas, sklearn' 2>/dev/null; then
    start=$(seconds)
    "$python" "$peer" "$file"
    took=$(since "$start")
    echo "$took $median" | awk '{ printf "{\"peer_s\":%s,\"ratio\":%.1f}\n", $1, $1 / $2 }'
else
    echo "No peer: it takes pandas, scikit-learn and a script named by PEER." >&2
fi
