#!/bin/sh
# A command under faults: sh run.sh BCLASS-FAULTS SAMPLES SCRATCH CASE [KIND]
#
# Makes the command of the case once as it should be, counting its calls of each kind; then again and again, each time
# with one call made to fail (see faults.c). Each time the exit code must be 0 with everything as it should be, or 1 with
# one clear line; every file must be as before or complete, and no temporary one may be left. With BCLASS_LONG=1 every
# call is made to fail, or as many of each kind as BCLASS_FAULTS says; without it a few. Prints how many faults of each
# kind were injected and survived. Leaves the messages in the file told.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"

faults=$bclass
case=$4
only=${5-}
most=2 # faults of a kind and case in the short form, and the last
most_memory=10
[ "$case" != report ] || most=1 most_memory=5 # which takes long
[ -z "${BCLASS_LONG:-}" ] || most=${BCLASS_FAULTS:-1000000} most_memory=${BCLASS_FAULTS:-1000000}

# ---- the cases: what is there before, and the command; both run in the folder here ----

words="--val 0.4"
trained() {
    # shellcheck disable=SC2086 # words
    "$faults" train ../set $words --positive shirt --net mlp --imgsz 8 --epochs 2 --batch-size 8 --threads 1 --strict -q "$@"
}

before_train() { :; }
command_train() { trained -o run; }

before_train_again() { trained -o run --seed 7; }
command_train_again() { trained -o run --force; }

# Killed while it writes the first epoch's checkpoint.
before_train_resume() {
    (export BCLASS_FAULT=change:killed:30 && trained -o run) || true
    [ -f run/checkpoint.safetensors ] || fail "the run to be resumed was not killed in time"
}
command_train_resume() { trained -o run --resume; }

before_train_folds() { words=; }
command_train_folds() { trained -o run --folds 2; }

before_train_tune() { :; }
command_train_tune() { trained -o run --tune --time 1s; }

before_predict() { :; }
command_predict() { "$faults" predict ../made/run/model.safetensors ../set/test --cutoff ../made/cutoff.json --threads 1; }

before_predict_list() { :; }
command_predict_list() { "$faults" predict ../made/run/model.safetensors - --threads 2 --format jsonl <../made/list; }

before_sweep() { :; }
command_sweep() { "$faults" sweep ../made/run/scores.csv --bootstrap 20 --pins 1 --max f1 --threads 1; }

before_sweep_gzip() { :; }
command_sweep_gzip() { "$faults" sweep ../made/scores.csv.gz --min-recall 0.5 --format json --threads 2; }

before_sweep_save() { echo old >cutoff.json; }
command_sweep_save() {
    "$faults" sweep ../made/run/scores.csv --min-recall 0.9 --save cutoff.json --plot plot.svg --threads 1
}

before_calibrate() { echo old >calibration.json; }
command_calibrate() { "$faults" calibrate ../made/run/scores.csv --method auto -o calibration.json --threads 1; }

before_apply() { :; }
command_apply() { "$faults" calibrate ../made/run/scores.csv --apply ../made/calibration.json --threads 1; }

before_check() { :; }
command_check() { "$faults" check ../set --positive shirt --threads 1; }

before_report() { :; }
command_report() { "$faults" report ../made/run --data ../set -o page.html --sheet sheet.png --threads 1; }

# ---- the faults ----

# KIND WHAT HOW RESULT: HOW "on": that call and all later ones; RESULT "same": the program must get over it.
plan() {
    cat <<'PLAN'
memory ENOMEM once any
memory ENOMEM on any
library ENOMEM once any
read short once same
read short on same
read EINTR once same
read EIO once any
write short once same
write short on same
write EINTR once same
write ENOSPC once any
write ENOSPC on any
write EPIPE on any
open EACCES once any
open EMFILE on any
open ENOENT once any
close EIO once any
sync EIO once any
sync ENOSPC on any
rename EIO once any
rename EACCES on any
remove EACCES once any
make EROFS on any
look EACCES once any
look ENOENT once any
list EIO once any
lock ENOLCK once any
thread EAGAIN once any
PLAN
    [ "${case#train}" = "$case" ] || echo "change killed once killed"
}

# numbers COUNT MOST SHIFT: from 1 to COUNT, all, or MOST of them in even steps and the last
numbers() {
    awk -v count="$1" -v most="$2" -v shift="$3" 'BEGIN {
        if (count <= most)
            most = count
        for (i = 0; i < most; i++)
            print number = int((i + (shift % 7) / 7) * count / most) + 1
        if (number < count)
            print count
    }'
}

# Makes here/ as it was before the command.
restore() {
    $untouched || { rm -rf here && cp -R before here; }
    untouched=false
}

# try [FAULT]: the command in here/; sets code, and leaves files out and err
try() {
    code=0
    (cd here && BCLASS_FAULT=${1-memory:ENOMEM:-1} && export BCLASS_FAULT && "command_$case") >out 2>err </dev/null || code=$?
}

wrong() {
    fail "$case, BCLASS_FAULT=$1: $2"
}

is_complete() {
    diff -rq here after >differences
}

# Sets told to the last line on standard error, which is one of ours and the only one that is no remark: a command that
# is to be quiet says nothing else, and the others do not repeat it.
read_told() {
    told=
    lines=0
    while read -r line; do
        [ "$line" != "$told" ] || wrong "$1" "told twice: $line"
        told=$line
        lines=$((lines + 1))
    done <err
    [ "${told#bclass: ?}" != "$told" ] || wrong "$1" "no clear line"
    [ "${case#train}" = "$case" ] || [ $lines -eq 1 ] || wrong "$1" "not one line"
    case $1,$told in
    memory:*"not a "* | library:*"not a "* | memory:*"no usable"* | library:*"no usable"* | library:*"not valid JSON"*)
        wrong "$1" "want of memory is told as a damaged file: $told"
        ;;
    esac
    echo "$1 $told" >>told
}

# What is in here/ is of before/ or of after/.
check_files() {
    find here -type f >files
    while read -r file; do
        name=${file#here/}
        case $name in
        run/checkpoint*.safetensors) continue ;; # looked at by resuming
        *.part)
            case $1 in
            remove:*) continue ;;
            esac
            ;;
        esac
        cmp -s "$file" "after/$name" || cmp -s "$file" "before/$name" || wrong "$1" "$name is neither old nor complete"
    done <files
    for file in before/* before/*/*; do
        [ ! -f "$file" ] || [ -f "here/${file#before/}" ] || [ "${file##*/}" = checkpoint.safetensors ] ||
            [ "${case#train}" != "$case" ] || wrong "$1" "${file#before/} is gone"
    done
}

resume() {
    code=0
    case $case in
    train_folds) (cd here && trained -o run --folds 2 --resume) >out 2>err || code=$? ;;
    train_tune) (cd here && trained -o run --tune --time 1s --resume) >out 2>err || code=$? ;;
    *) (cd here && trained -o run --resume) >out 2>err || code=$? ;;
    esac
    [ $code -ne 2 ] || [ "$case" != train_again ] || return 0 # the old run, not yet touched: not of these settings
    [ $code -eq 0 ] || wrong "$1" "the run cannot be resumed"
    is_complete || wrong "$1" "the resumed run differs: $(cat differences)"
}

# An unfinished run can be gone on with, to what it should have become.
check_resuming() {
    set -- "$1" here/run/checkpoint*.safetensors
    [ ! -f "$2" ] || resume "$1"
}

# Killed, it leaves what was there, or a run that can be gone on with, or a complete one.
check_killed() {
    [ "$code" -eq 137 ] || wrong "$1" "exit code $code, it was not killed"
    diff -rq here before >differences && return 0
    check_files "remove:$1" # temporary files may be there, until the next run
    resume "$1"
}

# Whether all is as it should be. The report goes without a picture that it cannot read, and says so; of one that
# cannot be read, check tells.
is_survived() {
    is_complete && cmp -s out after.out && return 0
    case $case,$2 in
    *,same) return 1 ;;
    report,*) grep -q '^bclass: ' err ;;
    check,*) is_complete && grep -q '^  \.\./set/[^ ]*\.png: ' out ;;
    *) return 1 ;;
    esac
}

# check FAULT RESULT
check() {
    case $code,$2 in
    *,killed) check_killed "$1" ;;
    0,*)
        is_survived "$@" || wrong "$1" "exit code 0, but not what should come out: $(cat differences)"
        survived=$((survived + 1))
        return 0
        ;;
    1,same) wrong "$1" "it is to be got over" ;;
    1,*)
        read_told "$1"
        if diff -rq here before >differences; then
            untouched=true
        else
            check_files "$1"
            check_resuming "$1"
        fi
        ;;
    *) wrong "$1" "exit code $code" ;;
    esac
    refused=$((refused + 1))
}

# inject KIND WHAT HOW RESULT
inject() {
    [ -z "$only" ] || [ "$only" = "$1" ] || return 0
    rm -f count
    restore
    (export BCLASS_FAULT_COUNT="$PWD/count" && try "$1:$2:-1") # counts, and lets nothing fail
    [ -s count ] || fail "no count of $1"
    read -r calls <count
    survived=0
    refused=0
    row=$((row + 1))
    limit=$most
    [ "$1" != memory ] || limit=$most_memory
    for number in $(numbers "$calls" "$limit" "$row"); do
        fault=$1:$2:$number
        [ "$3" = once ] || fault=$fault:on
        restore
        try "$fault"
        check "$fault" "$4"
    done
    printf '%-14s %-8s %-7s %-5s %6d calls %6d injected %6d without effect %6d told, nothing half-written\n' \
        "$case" "$1" "$2" "$3" "$calls" $((survived + refused)) $survived $refused
}

# without_times FILE: not 0 where a time is negative
without_times() {
    awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) timed[i] = $i == "seconds" || $i == "images_per_second" }
        { for (i = 1; i <= NF; i++) if (timed[i]) { negative += $i < 0; $i = "" } }
        { print }
        END { exit negative > 0 }' "$1"
}

# A clock that goes on, or jumps by days to and fro, changes nothing but times.
inject_clock() {
    [ -z "$only" ] || [ "$only" = clock ] || return 0
    for clock in steps back forth; do
        untouched=false
        restore
        BCLASS_FAULT_CLOCK=$clock
        try
        BCLASS_FAULT_CLOCK=frozen
        [ $code -eq 0 ] || fail "$case: exit code $code with a clock that goes $clock"
        if [ -f here/run/history.csv ]; then
            without_times here/run/history.csv >timeless || fail "$case: negative times with a clock that goes $clock"
        fi
        ! grep ' in -' out || fail "$case: it took less than no time with a clock that goes $clock"
        [ "$case" != train_tune ] || continue # tries as much as there is time for
        for file in here/* here/*/*; do
            [ -f "$file" ] || continue
            case $file in
            */history.csv) without_times "$file" >timeless && without_times "after/${file#here/}" | cmp -s - timeless ;;
            *) cmp -s "$file" "after/${file#here/}" ;;
            esac || fail "$case: $file is another one with a clock that goes $clock"
        done
        sed 's/ in [0-9.]* s;/;/' after.out >timeless
        sed 's/ in [0-9.]* s;/;/' out | cmp -s - timeless || fail "$case: another output with a clock that goes $clock"
    done
    printf '%-14s clock: goes on, jumps back, jumps forth: 3 survived\n' "$case"
}

# ---- everything ----

export BCLASS_FAULT_CLOCK=frozen # so that times, which are in history.csv, are the same
small_set set 16 3
mkdir made
(
    cd made
    trained -o run
    find ../set/test -name '*.png' | sort >list
    gzip -c run/scores.csv >scores.csv.gz
    "$faults" sweep run/scores.csv --max f1 --save cutoff.json
    "$faults" calibrate run/scores.csv --method platt -o calibration.json
) >log 2>&1 || fail "without any fault: $(tail -n 1 log)"
untouched=false
mkdir before
cd before
"before_$case" >../log 2>&1
cd ..
restore
try
[ $code -eq 0 ] || fail "without any fault: exit code $code"
mv here after
mv out after.out
row=0
plan >plan.txt
while read -r kind what how result <&3; do
    inject "$kind" "$what" "$how" "$result"
done 3<plan.txt
inject_clock
