#!/bin/sh
# Measures bclass beside its peers and writes the tables of README.md:
#
#     sh tests/bench/run.sh [--rounds N] [--build FOLDER] [--threads N] [ROW ...]
#
# Each row is measured in N rounds (5): bclass, then each peer, then bclass again and so on; a run during which other
# processes used more than 6 % of the CPUs is repeated, up to 4 times. What counts is the median of the rounds' ratios.
# Without a ROW all are measured, the curves of scale.sh and the counts of instructions.sh too; rows that are not keep
# the figures of the time before. Peers are PyTorch 1.13 or later with torchvision, and pandas with scikit-learn, driven
# by the scripts in ../shared/peers; what is absent is left out. lib.sh tells of PYTHON, BLAS, SHARED and AROUND in the
# environment.
set -eu

rows_known="train-A train-B train-C score-A score-B score-C predict epoch first-step decode sweep startup memory layers stages curves instructions"
here=$(cd "$(dirname "$0")" && pwd)
rounds=5
# shellcheck source=tests/bench/lib.sh
. "$here/lib.sh"
pictures=$shared/data/cifar10-cat-dog
photos=$shared/data/clothing-longsleeve-tshirt

# ---- what is compared: each sets value ----

# own_rate NET MODE BATCH: pictures a second, in memory
own_rate() {
    measure "$tools/bclass-bench" --net "$1" --mode "$2" --batch "$3" --threads "$threads" --seconds 3
    value=$(member images_per_s)
}

# peer_rate NET MODE BATCH THREADS OPTION...
peer_rate() {
    net=$1 mode=$2 batch=$3 count=$4
    shift 4
    measure env OPENBLAS_NUM_THREADS="$count" LD_LIBRARY_PATH="${BLAS:-}" "$python" "$peers/peer_bench.py" --net "$net" --modes "$mode" --batch "$batch" --threads "$count" --seconds 3 "$@"
    value=$(member ips)
}

# peer_rate_of_two NET MODE BATCH: on one thread or all, whichever is faster
peer_rate_of_two() {
    peer_rate "$1" "$2" "$3" 1 --tuned-malloc
    single=$value
    peer_rate "$1" "$2" "$3" "$threads" --tuned-malloc
    value=$(echo "$single $value" | awk '{ print ($1 > $2 ? $1 : $2) }')
}

# own_seconds COMMAND...: of the whole process, as peer_seconds SCRIPT...
own_seconds() {
    measure "$bclass" "$@" --threads "$threads" --quiet
    value=$seconds
}

peer_seconds() {
    script=$1
    shift
    measure "$python" "$peers/$script" "$@"
    value=$seconds
}

# ---- comparing ----

# run_round NUMBER OWN [PEER ASKED COMMAND]...: a line of the values, then the largest share of others
run_round() {
    line=
    most=0
    say "$row: round $1 of $rounds"
    eval "$2"
    line=$value
    most=$foreign
    shift 2
    while [ $# -ge 3 ]; do
        eval "$3"
        line="$line $value"
        most=$(echo "$most $foreign" | awk '{ print ($1 > $2 ? $1 : $2) }')
        shift 3
    done
    echo "$line $most" >>"$scratch/values"
}

# add_row WORK RATIO ASKED AGAINST OWN PEER LOAD
add_row() {
    echo "| $1 | $2 | $3 | $4 | $5 | $6 | $7 | $(date +%Y-%m-%d) |" >>"$results/$row.md"
}

# ratio_of COLUMN: "**median** (lowest to highest)" of the rounds, more being better for bclass
ratio_of() {
    awk -v column="$1" -v unit="$unit" '{ print unit == "s" ? $column / $1 : $1 / $column }' "$scratch/values" |
        sort -g >"$scratch/ratios"
    echo "$(median "$scratch/ratios" 1) $(head -n 1 "$scratch/ratios") $(tail -n 1 "$scratch/ratios")" |
        awk '{ printf $1 < 10 ? "**%.2f** (%.2f to %.2f)" : "**%.0f** (%.0f to %.0f)", $1, $2, $3 }'
}

# compare WORK UNIT OWN [PEER ASKED COMMAND]...: UNIT is s, where less is better, or one of a rate
compare() {
    work=$1 unit=$2 own=$3
    shift 3
    : >"$scratch/values"
    round=0
    while [ "$round" -lt "$rounds" ]; do
        round=$((round + 1))
        run_round "$round" "$own" "$@"
    done
    : >"$results/$row.md"
    own=$(median "$scratch/values" 1)
    column=2
    load=$(awk '{ if ($NF > most) most = $NF } END { printf "%.0f %%", 100 * most }' "$scratch/values")
    [ $# -ge 3 ] || add_row "$work" "" "" "" "$(pretty "$own") $unit" "" "$load"
    while [ $# -ge 3 ]; do
        peer=$(median "$scratch/values" "$column")
        add_row "$work" "$(ratio_of "$column")" "$2" "$1" "$(pretty "$own") $unit" "$(pretty "$peer") $unit" "$load"
        column=$((column + 1))
        shift 3
    done
}

# with_torch WORK UNIT OWN [PEER ASKED COMMAND]...: compare, without the peers where there is no PyTorch
with_torch() {
    if [ -f "$peers/peer_bench.py" ] && find_python torch torchvision; then
        compare "$@"
    else
        say "$row: no peer, for no python3 has torch and torchvision, or $peers is absent"
        compare "$1" "$2" "$3"
    fi
}

# The same for dense layers, which PyTorch leaves to a BLAS library: Debian's plain one is twenty times slower than
# OpenBLAS (libopenblas0, or BLAS names the folder of its libblas.so.3), and says nothing of PyTorch.
with_torch_and_blas() {
    fast='import re, torch; raise SystemExit(not re.search("openblas|blis|mkl_", open("/proc/self/maps").read()))'
    if find_python torch && ! LD_LIBRARY_PATH="${BLAS:-}" "$python" -c "$fast"; then
        say "$row: no peer, for its dense layers would be computed by a plain BLAS; it takes OpenBLAS"
        compare "$1" "$2" "$3"
    else
        with_torch "$@"
    fi
}

# figure WORK ASKED FORMAT COMMAND: no peer; the median of value, scaled and named by the awk format
figure() {
    : >"$scratch/values"
    round=0
    while [ "$round" -lt "$rounds" ]; do
        round=$((round + 1))
        run_round "$round" "$4"
    done
    load=$(awk '{ if ($NF > most) most = $NF } END { printf "%.0f %%", 100 * most }' "$scratch/values")
    add_row "$1" "" "$2" "" "$(pretty "$(median "$scratch/values" 1)") $3" "" "$load"
}

# ---- data ----

# A manifest of the 10,000 training pictures, and 100 others to validate on, for that cannot be left out.
need_pictures() {
    [ -d "$pictures/train/cat" ] || {
        say "$row: left out, for $pictures is absent"
        return 1
    }
    {
        echo path,label,split
        for class in cat dog; do
            find "$pictures/train/$class" -type f | sed "s/\$/,$class,train/"
            find "$pictures/test/$class" -type f | sort | head -n 50 | sed "s/\$/,$class,val/"
        done
    } >"$scratch/pictures.csv"
    cat "$pictures"/train/*/* >"$scratch/read-ahead"
    rm "$scratch/read-ahead"
}

train_options="--net '$here/net-a.json' --positive dog --epochs 1 --batch-size 128 --optimizer sgd --lr 0.05"
train_options="$train_options --augment none --calibrate none --force"

need_model() {
    need_pictures || return 1
    [ -f "$scratch/model/model.safetensors" ] ||
        eval "own_seconds train '$scratch/pictures.csv' -o '$scratch/model' $train_options"
}

need_scores() {
    [ -s "$scratch/scores.csv" ] || "$tools/sweep-bench" --make 10000000 >"$scratch/scores.csv"
    cat "$scratch/scores.csv" >/dev/null
}

# ---- rows ----

train_convolutions() { # NET BATCH ASKED_TUNED ASKED
    with_torch "train net $1, batch $2" "images/s" "own_rate $1 train $2" \
        "PyTorch tuned" "$3" "peer_rate $1 train $2 $threads --channels-last --tuned-malloc" \
        "PyTorch as installed" "$4" "peer_rate $1 train $2 $threads --channels-last"
}

score() { # NET BATCH ASKED [with_torch_and_blas]
    "${4:-with_torch}" "score net $1, batch $2" "images/s" "own_rate $1 predict $2" \
        "TorchScript optimize_for_inference" "$3" "peer_rate $1 jit_opt $2 $threads --tuned-malloc"
}

row_predict() {
    need_model || return 0
    with_torch "predict, 10,000 JPEGs of 32x32, whole process" s \
        "own_seconds predict '$scratch/model/model.safetensors' '$pictures/train'" \
        "TorchScript tuned" 5 "peer_seconds peer_score.py '$pictures/train' --no-model A --jit --tuned-malloc --threads $threads --out '$scratch/peer.csv'"
}

row_epoch() {
    need_pictures || return 0
    with_torch "train one epoch on 10,000 JPEGs of 32x32, whole process" s \
        "own_seconds train '$scratch/pictures.csv' -o '$scratch/run' $train_options" \
        "PyTorch tuned, pictures cached" 3.3 "peer_seconds peer_train.py '$pictures/train' --channels-last --tuned-malloc --cache --threads $threads" \
        "PyTorch as installed, 2 workers" 3.9 "peer_seconds peer_train.py '$pictures/train' --channels-last --workers 2 --threads $threads"
}

# pictures_figure DATA POSITIVE THREADS MEMBER
pictures_figure() {
    measure "$tools/pictures-bench" "$1" --positive "$2" --net "$here/net-a.json" --threads "$3"
    value=$(member "$4")
}

first_step_ms() {
    pictures_figure "$scratch/pictures.csv" dog "$threads" first_step_s
    value=$(echo "$value" | awk '{ print 1000 * $1 }')
}

row_first_step() {
    need_pictures || return 0
    : >"$results/$row.md"
    figure "from 10,000 cached JPEGs to the end of the first step on net A" "200 ms" ms first_step_ms
}

row_decode() {
    [ -d "$photos" ] || {
        say "$row: left out, for $photos is absent"
        return 0
    }
    : >"$results/$row.md"
    cat "$photos"/*/*/* >/dev/null
    figure "decode photos of 400 px to 64 px, a second, 1 thread" "1,700" "images/s" \
        "pictures_figure '$photos' longsleeve 1 decoded_per_s_and_thread"
    figure "the same a thread, $threads threads" "1,700" "images/s" \
        "pictures_figure '$photos' longsleeve $threads decoded_per_s_and_thread"
}

row_sweep() {
    need_scores
    if [ -f "$peers/peer_sweep.py" ] && find_python pandas sklearn; then
        compare "sweep of 10 million rows, whole process" s "own_seconds sweep '$scratch/scores.csv' --max f1" \
            "pandas, scikit-learn: 4 calls" 60 "peer_seconds peer_sweep.py '$scratch/scores.csv'" \
            "pandas, scikit-learn: lean" 30 "peer_seconds peer_sweep.py '$scratch/scores.csv' --impl lean"
    else
        say "$row: no peer, for no python3 has pandas and sklearn, or $peers is absent"
        compare "sweep of 10 million rows, whole process" s "own_seconds sweep '$scratch/scores.csv' --max f1"
    fi
}

# start_ms OPTION: median of 200 starts
start_ms() {
    # shellcheck disable=SC2086 # AROUND is several words
    ${AROUND:-} "$tools/bench-run" --repeat 200 --out "$scratch/out" -- "$bclass" "$1" >"$scratch/cost"
    read -r seconds _ _ foreign <"$scratch/cost"
    value=$(echo "$seconds" | awk '{ print 1000 * $1 }')
}

row_startup() {
    : >"$results/$row.md"
    figure "bclass --help" "5 ms" ms "start_ms --help"
    figure "bclass --version" "5 ms" ms "start_ms --version"
}

# memory_of COMMAND...: MiB at the highest
memory_of() {
    own_seconds "$@"
    value=$memory
}

row_memory() {
    : >"$results/$row.md"
    if need_model; then
        figure "memory: train net A on 10,000 pictures, batch 128" "150 MiB" MiB \
            "memory_of train '$scratch/pictures.csv' -o '$scratch/run' $train_options"
        figure "memory: predict 10,000 pictures" "80 MiB" MiB \
            "memory_of predict '$scratch/model/model.safetensors' '$pictures/train'"
    fi
    need_scores
    figure "memory: sweep of 10 million rows" "300 MiB" MiB "memory_of sweep '$scratch/scores.csv' --max f1"
}

# The table of one run each, of the calmest of four.
row_layers() {
    for mode in train predict; do
        measure "$tools/bclass-bench" --net A --mode "$mode" --batch 128 --threads "$threads" --seconds 5 --layers
        {
            echo
            echo "Net A, batch 128, $threads threads, $mode, $(date +%Y-%m-%d):"
            echo
            sed '1d; s/^/    /' "$scratch/out"
        } >"$results/layers-$mode.txt"
    done
    echo >"$scratch/section"
    cat "$results"/layers-train.txt "$results"/layers-predict.txt | sed 1d >>"$scratch/section"
    echo >>"$scratch/section"
    put_section layers "$scratch/section"
}

# The stages of a sweep on one thread and on all.
row_stages() {
    need_scores
    {
        echo
        echo "| threads | read | sort | measure | choose | all | date |"
        echo "| --- | --- | --- | --- | --- | --- | --- |"
        for count in 1 "$threads"; do
            measure "$tools/sweep-bench" "$scratch/scores.csv" --threads "$count" --runs 9
            line="| $count"
            for stage in parse_s sort_s metrics_s pick_s total_s; do
                line="$line | $(pretty "$(member "$stage")")"
            done
            echo "$line | $(date +%Y-%m-%d) |"
        done
        echo
    } >"$scratch/section"
    put_section stages "$scratch/section"
}

measure_row() {
    case $1 in
    train-A) train_convolutions A 128 3.0 4.3 ;;
    train-B) train_convolutions B 64 3.3 4.8 ;;
    train-C) with_torch_and_blas "train net C, batch 128" "images/s" "own_rate C train 128" \
        "PyTorch, its best number of threads" 2.3 "peer_rate_of_two C train 128" ;;
    score-A) score A 128 2.7 ;;
    score-B) score B 64 2.9 ;;
    score-C) score C 128 1.3 with_torch_and_blas ;;
    predict) row_predict ;;
    epoch) row_epoch ;;
    first-step) row_first_step ;;
    decode) row_decode ;;
    sweep) row_sweep ;;
    startup) row_startup ;;
    memory) row_memory ;;
    layers) row_layers ;;
    stages) row_stages ;;
    curves) sh "$here/scale.sh" --build "$build" --threads "$threads" ;;
    instructions) sh "$here/instructions.sh" --record --build "$build" || say "$row: not recorded" ;;
    esac
}

write_table() {
    {
        echo
        echo "$(machine); float32, $threads threads."
        echo
        echo "| work | ratio | asked | against | bclass | peer | others' load | date |"
        echo "| --- | --- | --- | --- | --- | --- | --- | --- |"
        for row in $rows_known; do
            [ ! -f "$results/$row.md" ] || cat "$results/$row.md"
        done
        echo
    } >"$scratch/section"
    put_section figures "$scratch/section"
}

[ $# -gt 0 ] || eval "set -- $rows_known"
for row in "$@"; do
    case " $rows_known " in
    *" $row "*) ;;
    *) fail "no such row: $row; there are: $rows_known" ;;
    esac
done
for row in "$@"; do
    (measure_row "$row") || say "$row: left out"
    write_table
done
