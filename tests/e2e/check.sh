#!/bin/sh
# bclass check: what it finds in a data set that was spoilt in known ways.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

small_set set 40 20

# nth N FOLDER: the path of its N-th picture
nth() {
    find "$2" -name '*.png' | sort | sed -n "$1p"
}

# line KIND PATTERN: the only line of this kind that matches goes to the file found
line() {
    grep "^{\"kind\":\"$1\"" out | grep -- "$2" >found || fail "no finding of kind $1 with $2"
    expect_equal "number of findings of kind $1 with $2" "$(wc -l <found | tr -d ' ')" 1
}

has() {
    grep -q -- "$1" found || fail "not in the finding: $1: $(cat found)"
}

a_clean_set_is_clean() {
    find set -type f | sort | xargs cksum >before
    expect 0 "$bclass" check set --positive shirt --require clean
    expect_equal "the last line" "$(tail -n 1 out | cut -d, -f1-2)" "0 errors, 0 warnings"
    grep -q '^train  *68  *34  *34$' out || fail "no row of the split train"
    find set -type f | sort | xargs cksum >after
    cmp before after || fail "something was changed"
}

spoil() {
    cp -r set spoilt
    cp "$(nth 1 set/train/shirt)" spoilt/test/shirt/leak.png
    cp "$(nth 2 set/train/shirt)" spoilt/train/tshirt/both.png
    cp "$(nth 3 set/train/shirt)" spoilt/train/shirt/twice.jpg
    : >spoilt/train/tshirt/empty.png
    head -c 300 "$(nth 1 set/train/shirt)" >spoilt/train/tshirt/cut.png
    echo '<html>' >spoilt/train/tshirt/page.png
    odd_files spoilt/train/tshirt
}

what_was_spoilt_is_found() {
    spoil
    for threads in 1 3; do
        expect 0 "$bclass" check spoilt --positive shirt --format jsonl --threads $threads
        cp out out.$threads
    done
    cmp out.1 out.3 || fail "what is found depends on the number of threads"
    line summary .
    has "\"unreadable\":$((3 + unreadable)),"
    has '"leaked":1,"leaked_nearly":0'
    has '"errors":2,'
    line unreadable empty.png && has '"reason":"empty file"' && has '"severity":"warning"'
    line unreadable cut.png && has 'damaged PNG picture'
    line unreadable page.png && has 'HTML pages are not supported'
    line copies leak.png && has '"severity":"error","same":"bytes","across_splits":true,"contradictory":false' &&
        has '"splits":\["test","train"\]'
    line copies both.png && has '"severity":"error","same":"bytes","across_splits":false,"contradictory":true'
    line copies twice.jpg && has '"severity":"note"'
    line misnamed twice.jpg && has '"format":"PNG"'
    expect 0 "$bclass" check spoilt --positive shirt --list 1
    grep -q "and $((2 + unreadable)) more; --list $((3 + unreadable)) names all" out || fail "what is not listed is not told"
    expect 3 "$bclass" check spoilt --positive shirt --require no-errors
    rm spoilt/test/shirt/leak.png spoilt/train/tshirt/both.png
    expect 0 "$bclass" check spoilt --positive shirt --require no-errors
    cp "$(nth 1 set/train/shirt)" spoilt/test/shirt/leak.png
    cp "$(nth 2 set/train/shirt)" spoilt/train/tshirt/both.png
    expect 3 "$bclass" check spoilt --positive shirt --require clean
    grep -q 'required: clean, but there are 2 errors' err || fail "why it is not clean is not told"
}

wrong_usage() {
    expect_error 2 'one data set' "$bclass" check
    expect_error 2 'one data set' "$bclass" check set set
    expect_error 2 'clean' "$bclass" check set --require tidy
    expect_error 2 'leave --val out' "$bclass" check set --positive shirt --folds 3 --val 0.2 --quiet
    expect_error 2 'no such class' "$bclass" check set --positive nosuch
    expect_error 1 'nosuch' "$bclass" check nosuch --positive shirt
    expect_error 1 'scores.csv' "$bclass" check set --positive shirt --run nosuch
    if [ -e /dev/full ]; then
        code=0
        "$bclass" check set --positive shirt -q >/dev/full 2>err || code=$?
        expect_equal "the exit code on a full disk" "$code" 1
    fi
}

a_class_without_a_readable_picture_is_told_with_its_files() {
    cp -r set blind
    find blind/train/tshirt blind/test/tshirt -name '*.png' | while read -r file; do echo x >"$file"; done
    expect 3 "$bclass" check blind --positive shirt --format jsonl --require no-errors
    line class . && has '"class":"tshirt"' && has '"severity":"error"'
    expect_equal "unreadable files" "$(grep -c '"kind":"unreadable"' out)" 60
}

# picture KIND WIDTH HEIGHT FILE: gray, brighter from row to row
picture() {
    awk -v kind="$1" -v width="$2" -v height="$3" 'BEGIN {
        printf "%s\n%d %d\n255\n", kind, width, height
        for (i = 0; i < width * height; i++) print int(i * 251 / (width * height))
    }' >"$4"
}

# animation FILE: a GIF of two frames of one pixel
animation() {
    frame='!\371\4\0\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0'
    # shellcheck disable=SC2059 # the format is the picture
    printf "GIF89a\1\0\1\0\200\0\0\0\0\0\377\377\377$frame$frame;" >"$1"
}

# Pictures of 28x28 and one that is small beside them, one that is tall, and one seven times.
what_there_is_is_told_for_people() {
    cp -r set told
    picture P2 6 7 told/train/shirt/tiny.pgm
    picture P2 20 40 told/train/shirt/tall.pgm
    picture P2 22 44 told/train/shirt/tall-again.pgm
    for copy in 1 2 3 4 5 6 7; do
        cp "$(nth 1 set/train/shirt)" told/train/shirt/z$copy.png
    done
    expect 0 "$bclass" check told --positive shirt --imgsz 28 --group-from '^([a-z]*/[a-z]*/0*[0-9]?)' --list 100
    head -n 1 out | grep -q ' of 6x7 to 28x44 pixels; the network sees 28x28 in gray$' || fail "the sizes are not told"
    grep -q '^split .*positive groups  negative groups$' out || fail "groups are not told"
    # of each class in test: how the names of its pictures begin, up to the first digit that is not 0
    for class in shirt tshirt; do
        find told/test/$class -name '*.png' | sed 's|.*/\(0*[1-9]\).*|\1|' | sort -u | wc -l
    done | tr -s ' \n' ' ' | sed 's/^ *//; s/ *$//' >groups
    grep -Eq "^test +40 +20 +20 +$(sed 's/ / +/' groups)$" out || fail "groups are not counted: $(cat groups)"
    grep -q '^  told/train/shirt/tiny.pgm is 6x7$' out || fail "the size of a tiny picture is not told"
    grep -q '^  the same file: .* and 2 more$' out || fail "not all eight copies are told"
    grep -q '^  nearly the same: told/train/shirt/tall-again.pgm, told/train/shirt/tall.pgm$' out ||
        fail "padding at the sides hides a copy"
    expect 0 "$bclass" check told --positive shirt --imgsz 28 --fit stretch
    animation told/train/shirt/moving.gif
    expect 0 "$bclass" check told --positive shirt
    grep -A1 '^note: animated' out | grep -q '^  told/train/shirt/moving.gif$' || fail "an animation is not named"
    mkdir same same/a same/b
    for file in a/1 a/2 b/3 b/4; do
        cp "$(nth 1 set/train/shirt)" same/$file.png
    done
    expect 0 "$bclass" check same --positive a --val 0 --test 0
    grep -q '^No measure tells the classes apart' out || fail "what is the same is said to tell the classes apart"
    expect 0 "$bclass" check blind --positive shirt
    grep -q '^  tshirt$' out || fail "the class without a picture is not named"
}

files_of_which_none_is_a_picture_are_told() {
    mkdir -p junk/a junk/b
    echo x >junk/a/1.png && echo '<html>' >junk/b/2.png
    expect 0 "$bclass" check junk --positive a --quiet --format jsonl
    line summary . && has '"pictures":0,"unreadable":2,' && has '"formats":{},"least_width":0,'
    ! grep -Eq '"(width|height|channels)"' found || fail "a size is told that no network sees"
    line unreadable junk/a/1.png && line unreadable junk/b/2.png && has 'HTML pages are not supported'
    line class '"class":"a"' && has '"severity":"error"'
    line class '"class":"b"' && has '"severity":"error"'
    cp "$(nth 1 set/train/shirt)" junk/a/3.png && cp junk/a/3.png junk/a/4.png && cp "$(nth 2 set/train/shirt)" junk/a/5.png
    expect 0 "$bclass" check junk --positive a --quiet --format jsonl # splits are drawn of one class
    line class '"class":"b"' && line copies junk/a/3.png && has '"across_splits":false'
    rm junk/a/?.png && echo x >junk/a/1.png
    expect 3 "$bclass" check junk --positive a --quiet --require no-errors
    expect_equal "the first line" "$(head -n 1 out)" "No file can be read as a picture."
    grep -q '^error: classes without a picture to train on (2)$' out || fail "the classes are not told"
    grep -q '^  junk/b/2.png: .*HTML' out || fail "what the files are is not told"
    ! grep -q 'few positives' out || fail "more positives are asked for where there is no picture"
}

# Of 512 files every second is looked at, and is none.
pictures_beside_files_that_are_none_are_found() {
    mkdir -p beside/a beside/b
    number=0
    while [ $number -lt 128 ]; do
        name=$(printf %03d $number)
        for class in a b; do
            echo junk >"beside/$class/$name".dat
            printf 'P5\n40 40\n255\n%s%s%1600s' "$class" "$name" '' | head -c 1613 >"beside/$class/$name".pgm
        done
        number=$((number + 1))
    done
    expect 0 "$bclass" check beside --positive a --quiet
    head -n 1 out | grep -q '^256 PNM of 40x40 pixels; the network sees 40x40 in gray$' || fail "not their size: $(head -n 1 out)"
    expect 0 "$bclass" check beside --positive a --quiet --imgsz 24
    head -n 1 out | grep -q 'the network sees 24x24 in gray$' || fail "not the size that was given: $(head -n 1 out)"
    expect 0 "$bclass" train beside -o beside-run --positive a --net mlp --epochs 1 --imgsz 24 --quiet
}

# Of the same names, with a run of other pictures; and of a run some of whose pictures are gone.
made_of_other_pictures() {
    cp -r wrong alike
    find alike -name '*.png' | while read -r file; do printf 'P5\n1 1\n255\n%s' "${file#"${file%?????}"}" >"$file"; done
    expect 0 "$bclass" check alike --positive shirt --run run --format jsonl
    line origin . && has '"severity":"warning","found":0,"recorded":32,"expected":32'
    expect 0 "$bclass" check alike --positive shirt --run run
    grep -q '^warning: pictures that the run was made of are not in the data (1)$' out || fail "a run of other data is no warning"
    grep -q '^  of 32 that it recorded 0 are there; it may be a run of other data$' out || fail "that the run is another's is not told"
    expect 3 "$bclass" check alike --positive shirt --run run --require clean -q
    cp -r wrong fewer
    find fewer/train/shirt -name '*.png' | sort | head -n 20 | xargs rm
    find fewer -name '*.png' -exec sha256sum {} + | cut -d' ' -f1 >hashes
    there=$(grep -Fo -f hashes run/settings.json | wc -l | tr -d ' ')
    expect 0 "$bclass" check fewer --positive shirt --run run --format jsonl
    line origin . && has "\"severity\":\"note\",\"found\":$there,\"recorded\":32,\"expected\":26.666"
}

# A third of the pictures of a run, its split test, is no other data.
made_of_more_pictures() {
    find wrong/test -name '*.png' -exec sha256sum {} + | cut -d' ' -f1 >hashes
    there=$(grep -Fo -f hashes run/settings.json | wc -l | tr -d ' ')
    if [ "$there" -lt 6 ] || [ "$there" -ge 16 ]; then
        fail "$there of the 32 pictures recorded are those of a third"
    fi
    expect 0 "$bclass" check wrong/test --positive shirt --run run -q
    grep -q '^note: pictures that the run was made of are not in the data (1)$' out || fail "a part is no note"
    grep -q "^  of 32 that it recorded $there are there, where a part of its data as large as this has about 11\$" out ||
        fail "how many a part would have is not told"
    ! grep -q 'other data' out || fail "a part of the data of a run is taken for other data"
}

labels_that_a_run_contradicts() {
    cp -r set wrong
    mv "$(nth 1 wrong/test/shirt)" wrong/test/tshirt/moved-1.png
    mv "$(nth 1 wrong/test/shirt)" wrong/test/tshirt/moved-2.png
    expect 0 "$bclass" train wrong -o run --positive shirt --net mlp --epochs 20 --threads 2 -q
    expect 0 "$bclass" check wrong --positive shirt --run run --format jsonl
    line summary . && has '"scored_unknown":0'
    ! grep -q '"kind":"origin"' out || fail "pictures that were moved are taken for others"
    grep '"kind":"suspect"' out | head -n 5 | grep -c moved- >count || true
    [ "$(cat count)" -ge 1 ] || fail "none of the two labels that were changed is among the first five suspects"
    expect 0 "$bclass" check wrong --positive shirt --run run
    grep -q 'labels that the run contradicts most' out || fail "no suspects are told"
    made_of_other_pictures
    made_of_more_pictures
    expect_error 2 "the run is 'shirt', and here it is 'tshirt'" "$bclass" check wrong --positive tshirt --run run -q
    mkdir -p other/a other/b
    for place in 1 2; do
        cp "$(nth $place set/train/shirt)" other/a/x$place.png
        cp "$(nth $place set/train/tshirt)" other/b/y$place.png
    done
    mkdir scores-only nameless && cp run/scores.csv scores-only
    expect 0 "$bclass" check junk --positive a --run scores-only
    expect_equal "the remark" "$(grep scores-only err)" \
        "bclass: scores-only: not compared with the data, of which no file can be read as a picture"
    expect 0 "$bclass" check junk --positive a --run scores-only --quiet
    [ ! -s err ] || fail "a remark though there was to be none"
    cut -d, -f2- run/scores.csv >nameless/scores.csv
    expect_error 1 'nameless/scores.csv: it does not name its pictures' "$bclass" check wrong --positive shirt --run nameless -q
    expect_error 1 'none of the .* is in the data' "$bclass" check other --run scores-only --quiet --positive a
}

a_clean_set_is_clean
what_was_spoilt_is_found
wrong_usage
a_class_without_a_readable_picture_is_told_with_its_files
what_there_is_is_told_for_people
files_of_which_none_is_a_picture_are_told
pictures_beside_files_that_are_none_are_found
labels_that_a_run_contradicts
