#!/bin/sh
# Files made to do harm: one clear line, the right exit code, bounded memory. The sanitizers take more of it, so where
# they are it is not looked at.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# within MB WORD...: as the words, which may not hold more memory
within() {
    most=$1
    shift
    code=0
    "$PEAK_MEMORY" memory "$@" || code=$?
    if [ -z "${SANITIZED:-}" ] && [ "$(cat memory)" -gt "$most" ]; then
        echo "$(cat memory) MB, which is more than $most, were taken by: $*"
        return 99
    fi
    return $code
}

# expect_error_within CODE MB PATTERN WORD...
expect_error_within() {
    wanted=$1 most=$2 pattern=$3
    shift 3
    expect_error "$wanted" "$pattern" within "$most" "$@"
}

# piped GENERATOR WORD...: the words, reading what the generator, a line of shell, prints
piped() {
    generator=$1
    shift
    code=0
    # That the reader ends first is what is tested; the generator then has no reader.
    { sh -c "$generator" 2>/dev/null || true; } | { within "$LINE_MB" "$@" || echo $? >code; }
    [ ! -e code ] || code=$(cat code)
    rm -f code
    return "$code"
}

# expect_error_piped CODE PATTERN GENERATOR WORD...: expect gives no standard input, piped does
expect_error_piped() {
    wanted=$1 pattern=$2
    shift 2
    expect_error "$wanted" "$pattern" piped "$@"
}

LINE_MB=200 # for a line may have 16 MB

lines_without_end() {
    gigabyte="printf 'label,score\n1,0.'; head -c 1000000000 /dev/zero | tr '\0' 5"
    expect_error_piped 1 'standard input:2: a line of more than 16777216 bytes' "$gigabyte" "$bclass" sweep -
    expect_error_piped 1 'standard input:1: a line of more than 16777216 bytes' \
        "head -c 1000000000 /dev/zero | tr '\0' ," "$bclass" sweep -
    expect_error_piped 1 'standard input:2: ' \
        "printf 'label,score\n\"'; yes 1,0.5 | head -c 1000000000" "$bclass" sweep -
    expect_error_piped 1 'standard input:1: a line of more than 16777216 bytes' \
        "printf '{\"label\":1,\"score\":'; head -c 1000000000 /dev/zero | tr '\0' 5" "$bclass" sweep -
}

a_million_columns() {
    expect_error_piped 1 'standard input:1: more than 65536 fields' "yes a, | head -n 1000000 | tr -d '\n'" "$bclass" sweep -
    expect_error_piped 1 'standard input:2: more than 65536 fields' \
        "printf 'label,score\n'; yes 1, | head -n 1000000 | tr -d '\n'" "$bclass" sweep -
    { yes path,label, | head -n 500000 | tr -d '\n'; } >columns.csv
    expect_error_within 1 $LINE_MB 'columns.csv:1: more than 65536 fields' "$bclass" train columns.csv -o new --positive a
}

nul_bytes() {
    printf 'label,score\n1,0.5\n0,0.\0005\n' >nul.csv
    expect_error_within 1 $LINE_MB 'nul.csv:3: a NUL byte, this is not text' "$bclass" sweep nul.csv
    printf 'path,label\na\0,b\n' >nul-manifest.csv
    expect_error_within 1 $LINE_MB 'nul-manifest.csv:2: a NUL byte' "$bclass" train nul-manifest.csv -o new --positive b
}

# A gzip file may consist of many, one behind the other: 10 GB in 10 MB.
bombs_of_gzip() {
    head -c 100000000 /dev/zero | gzip -9 >part.gz
    parts=0
    while [ $parts -lt 100 ]; do
        cat part.gz
        parts=$((parts + 1))
    done >zeros.csv.gz
    expect_error_within 1 $LINE_MB 'zeros.csv.gz:1: a line of more than 16777216 bytes' "$bclass" sweep zeros.csv.gz
    expect_error_within 1 $LINE_MB 'zeros.csv.gz' "$bclass" train zeros.csv.gz -o new --positive a
}

hostile_models() {
    # A header of 16 MiB: 5.6 million empty lists, which would take 670 MB. Another one is nested a million deep.
    header() {
        printf '\0\0\0\001\0\0\0\0'
        { printf '{"a":[[]' && yes ',[]' | tr -d '\n'; } 2>/dev/null | head -c 16777216
    }
    header >values.safetensors
    { printf '\100\102\017\0\0\0\0\0' && head -c 1000000 /dev/zero | tr '\0' '['; } >deep.safetensors
    { printf '\377\377\377\377\377\377\377\377' && echo '{}'; } >lies.safetensors
    for name in values deep lies; do
        expect_error_within 1 100 "$name.safetensors: not a safetensors file" "$bclass" predict $name.safetensors set/test
    done
    ln -s loop.safetensors loop.safetensors
    mkfifo fifo.safetensors
    expect_error_within 1 50 loop.safetensors "$bclass" predict loop.safetensors set/test
    expect_error_within 1 50 fifo.safetensors "$bclass" predict fifo.safetensors set/test
    expect_error_within 1 50 /dev/zero "$bclass" predict /dev/zero set/test
}

# A few bytes that ask for gigabytes.
greedy_networks() {
    for layers in '{"type":"conv","filters":16384,"kernel":1},{"type":"global_average_pool"}' \
        '{"type":"flatten"},{"type":"dense","units":16384}' \
        '{"type":"average_pool","kernel":64,"stride":1}]},{"type":"flatten"' 'a'; do
        echo "{\"layers\":[$layers,{\"type\":\"dense\",\"units\":1}]}" >greedy.json
        expect_error_within 1 300 . "$bclass" train set -o new --positive shirt --net greedy.json --imgsz 512 --epochs 1 -q
    done
    [ ! -e new/model.safetensors ] || fail "a model was written"
}

bombs_of_pictures() {
    mkdir bombs
    "$MAKE_BOMBS" bombs
    # Text and profiles are not unpacked.
    expect 1 within 100 "$bclass" predict $model bombs
    for name in small-idat.png huge.png large.png huge.gif huge.bmp huge.psd huge.ppm huge.pbm huge.jpg huge.hdr; do
        [ "$(grep -c "bombs/$name: " err)" -eq 1 ] || fail "$name is not told once"
    done
    for name in text.png profile.png; do
        grep -q "^bombs/$name,-*[0-9]" out || fail "$name was not read"
    done
}

# 200 folders in each other are more than are followed, and a loop of links ends.
deep_folders() {
    path=deep
    mkdir deep
    for _ in 1 2 3 4; do
        path=$path$(yes /d | head -n 50 | tr -d '\n')
    done
    mkdir -p "$path"
    cp set/test/shirt/*.png "$path/"
    ln -s .. deep/d/up
    code=0
    within 100 "$bclass" predict $model deep >out 2>err || code=$?
    expect_equal "exit code for deep folders" $code 1
    grep -q 'deep/d/d' err || fail "deep folders are not told"
}

spoil() { # FILE CONTENT-COMMAND: a copy of the run whose file is what the command prints
    rm -rf spoilt
    cp -R run spoilt
    sh -c "$2" >"spoilt/$1"
}

# What a run consists of may be damaged, too.
damaged_runs() {
    for content in ':' 'echo {' 'echo []' 'head -c 100000 /dev/zero' 'head -c 300000 /dev/zero | tr "\0" "["' \
        'echo "{\"settings\":7,\"data\":[],\"epochs\":-1}"' 'printf "a,b\n1,2\n"'; do
        for file in settings.json history.csv scores.csv model.safetensors; do
            spoil $file "$content"
            code=0
            within 200 "$bclass" report spoilt >out 2>err || code=$?
            [ "$code" -le 2 ] || fail "exit code $code from report of a run with $file of: $content"
            [ "$code" -eq 0 ] || [ "$(wc -l <err)" -eq 1 ] || fail "not one line of report of a run with $file of: $content"
        done
        spoil settings.json "$content"
        expect_error_within 1 200 settings.json "$bclass" train --verify spoilt
        spoil checkpoint.safetensors "$content"
        code=0
        within 200 "$bclass" train --resume spoilt >out 2>err || code=$?
        { [ $code -eq 1 ] || [ $code -eq 2 ]; } || fail "exit code $code from --resume of: $content"
        [ "$(wc -l <err)" -eq 1 ] || fail "not one line of --resume of: $content"
        sh -c "$content" >cutoff.json
        expect_error_within 1 200 cutoff.json "$bclass" predict $model set/test --cutoff cutoff.json
    done
}

small_set set 8 4
expect 0 "$bclass" train set -o run --positive shirt --net mlp --epochs 1
model=run/model.safetensors
lines_without_end
a_million_columns
nul_bytes
bombs_of_gzip
hostile_models
greedy_networks
bombs_of_pictures
deep_folders
damaged_runs
