# What the end-to-end tests share; each is run as "sh TEST.sh BCLASS SAMPLES SCRATCH" and sources this file.
# shellcheck shell=sh disable=SC2034 # what is unused here is used there
set -eu

bclass=$1  # the program
samples=$2 # the folder tshirt-or-shirt with its train/ and test/
scratch=$3 # a folder of the test's own, emptied here; the test runs inside it

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"

fail() {
    echo "FAILED: $*" >&2
    for file in out err; do
        [ ! -s $file ] || { echo "-- standard $file, its end:" >&2 && tail -n 20 $file >&2; }
    done
    exit 1
}

# expect CODE WORD...: runs the words; the exit code must be CODE. Leaves the files out and err.
expect() {
    wanted=$1
    shift
    code=0
    "$@" >out 2>err </dev/null || code=$?
    [ "$code" -eq "$wanted" ] || fail "exit code $code instead of $wanted from: $*"
}

# expect_error CODE PATTERN WORD...: besides, standard error must be one line that matches PATTERN (extended
# regular expression), and standard output empty.
expect_error() {
    wanted=$1
    pattern=$2
    shift 2
    expect "$wanted" "$@"
    [ "$(wc -l <err)" -eq 1 ] || fail "not one line on standard error from: $*"
    grep -Eq -- "$pattern" err || fail "standard error does not match '$pattern': $*"
    [ ! -s out ] || fail "something on standard output besides the error: $*"
}

# expect_equal WHAT FOUND EXPECTED
expect_equal() {
    [ "$2" = "$3" ] || fail "$1 is '$2' instead of '$3'"
}

# expect_near WHAT FOUND EXPECTED TOLERANCE
expect_near() {
    awk -v found="$2" -v expected="$3" -v tolerance="$4" 'BEGIN {
        difference = found - expected
        exit !(found != "" && difference <= tolerance && -difference <= tolerance)
    }' || fail "$1 is '$2', which is farther than $4 from '$3'"
}

# rows FILE: without the header
rows() {
    awk 'END { print NR - 1 }' "$1"
}

# small_set FOLDER TRAIN TEST: the first so many pictures of each class, in the same layout
small_set() {
    for class in shirt tshirt; do
        mkdir -p "$1/train/$class" "$1/test/$class"
        find "$samples/train/$class" -name '*.png' | sort | head -n "$2" | xargs -I {} cp {} "$1/train/$class/"
        find "$samples/test/$class" -name '*.png' | sort | head -n "$3" | xargs -I {} cp {} "$1/test/$class/"
    done
}

# odd_files FOLDER: what is no picture and must neither be waited for nor followed without end. Two of them are
# told as unreadable, nowhere.png and round.png, and, but for root, who may read all, closed.png.
odd_files() {
    mkfifo "$1/fifo.png"
    ln -s fifo.png "$1/to-fifo.png"
    ln -s /dev/zero "$1/device.png"
    ln -s nowhere "$1/nowhere.png"
    ln -s round.png "$1/round.png"
    ln -s .. "$1/up"
    ln -s . "$1/self"
    unreadable=2
    [ "$(id -u)" -ne 0 ] || return 0
    echo closed >"$1/closed.png"
    chmod 0 "$1/closed.png"
    unreadable=3
}

# Files that an interrupted or failed write left behind: all but those a run consists of.
leftovers() {
    find "$1" -type f ! -name model.safetensors ! -name scores.csv ! -name history.csv ! -name settings.json \
        ! -name skipped.csv ! -name cutoff.json
}

# wait_for SECONDS WORD...: until the words succeed
wait_for() {
    tries=$(($1 * 10))
    shift
    until "$@" 2>/dev/null; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "waited in vain for: $*"
        sleep 0.1
    done
}

# expect_predict_to_agree RUN PICTURES: predict gives the logits that RUN/scores.csv has of these test pictures
expect_predict_to_agree() {
    expect 0 "$bclass" predict "$1/model.safetensors" "$2"
    awk -F, 'NR == FNR { if ($5 == "test") logit[$1] = $3; next }
        FNR > 1 {
            off = $2 - logit[$1]
            if (!($1 in logit) || off > 1e-4 || off < -1e-4) { print; exit 1 }
        }' "$1/scores.csv" out >wrong || fail "$1: predict differs from scores.csv: $(cat wrong)"
}
