#!/bin/sh
# Training killed by SIGKILL at moments spread over its whole duration: sh kill.sh BCLASS SAMPLES SCRATCH [TRAIN-OPTION...]
#
# Each time the run folder must be without a run, resumable or complete, and --resume must end with the bytes of a run
# that was not killed (of history.csv but for its times), and no other file. Every third time the run that goes on is
# killed once more. With BCLASS_LONG=1 there are 200 kills, else 10. The moments are fractions of the duration, by the
# golden ratio: each time the same, and dense everywhere. One that comes when training is over is no kill, and is
# checked, but not counted.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"

shift 3
kills=10
[ -z "${BCLASS_LONG:-}" ] || kills=200

# train_for SECONDS OPTION...: in here/, killed when the time is up; 0: not killed. Sets code. It is the training itself
# that is waited for, as its lock is held until it is gone.
train_for() {
    limit=$1
    shift
    code=0
    # shellcheck disable=SC2086 # words
    (cd here && exec "$bclass" train ../set --positive shirt --net small --imgsz 32 --epochs 3 --threads 2 -q -o run \
        $options "$@") >out 2>err </dev/null &
    training=$!
    (
        [ "$limit" = 0 ] && exit
        sleep "$limit"
        kill -KILL $training
    ) >/dev/null 2>&1 &
    killer=$!
    wait $training 2>/dev/null || code=$?
    kill $killer 2>/dev/null || true
    wait $killer 2>/dev/null || true
}

# fraction NUMBER OF: seconds
fraction() {
    awk -v number="$1" -v whole="$2" 'BEGIN { x = number * 0.6180339887; printf "%.4f", 0.0001 + (x - int(x)) * whole }'
}

without_times() {
    awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) timed[i] = $i == "seconds" || $i == "images_per_second" }
        { for (i = 1; i <= NF; i++) if (timed[i]) $i = "" } { print }' "$1"
}

# Sets state, to what the killed run is.
look() {
    if [ ! -d here/run ] || [ -z "$(find here/run -type f ! -name '.*.part')" ]; then
        state=absent
    elif [ -n "$(find here/run -name 'checkpoint*')" ]; then
        state=unfinished
    elif [ -f here/run/model.safetensors ]; then
        state=complete
    else
        fail "$when: neither absent, nor unfinished, nor complete: $(ls -A here/run)"
    fi
}

compare() {
    expect_equal "$when: what is in the run" "$(ls -A here/run)" "$(ls -A whole/run)"
    for file in whole/run/*; do
        name=${file##*/}
        case $name in
        history.csv) without_times here/run/history.csv | cmp -s - history ;;
        *) cmp -s "$file" "here/run/$name" ;;
        esac || fail "$when: run/$name is not that of the run that was not killed"
    done
}

options=$*
small_set set 40 10
mkdir here
begin=$(date +%s.%N)
train_for 0
seconds=$(echo "$begin $(date +%s.%N)" | awk '{ print $2 - $1 }')
[ $code -eq 0 ] || fail "training failed"
mv here whole
without_times whole/run/history.csv >history

killed=0
again=0
attempt=0
: >states
while [ $killed -lt $kills ]; do
    attempt=$((attempt + 1))
    [ $attempt -le $((4 * kills)) ] || fail "only $killed of $attempt runs were killed in time"
    rm -rf here
    mkdir here
    limit=$(fraction $attempt "$seconds")
    when="killed after $limit of $seconds s"
    train_for "$limit"
    case $code in
    137) killed=$((killed + 1)) ;;
    0) ;;
    *) fail "$when: exit code $code" ;;
    esac
    look
    [ $code -eq 0 ] || echo $state >>states
    if [ $((attempt % 3)) -eq 0 ]; then
        train_for "$(fraction $((attempt + 5)) "$seconds")" --resume
        [ $code -ne 137 ] || again=$((again + 1))
        look
    fi
    train_for 0 --resume
    [ $code -eq 0 ] || fail "$when ($state): cannot be resumed"
    compare
done
echo "$killed kills in $seconds s ($(sort states | uniq -c | tr -s ' \n' ' ' | sed 's/ $//;s/^ //')), $again of them killed once more; all ended with the same bytes"
