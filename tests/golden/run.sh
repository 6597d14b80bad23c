#!/bin/sh
# One golden test: "sh run.sh BCLASS CASE SCRATCH [SHARED]" runs the commands in CASE/cmd and compares what comes
# out with CASE/stdout, CASE/stderr (no file: nothing) and CASE/status (no file: 0).
#
# The commands find the program as "bclass", the files of this folder's data/ as data/, and, where they are on
# this machine, those of SHARED as shared/; a case with a file "needs" is skipped where the path in it is
# absent. UPDATE=1 records what comes out instead of comparing: look at the difference before committing it.
set -eu

case_folder=$(cd "$2" && pwd)
golden=$(cd "$(dirname "$0")" && pwd)
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

rm -rf "$3"
mkdir -p "$3/bin" "$3/here"
scratch=$(cd "$3" && pwd)
ln -s "$program" "$scratch/bin/bclass"
cp -R "$golden/data" "$scratch/here/data"
if [ -n "${4:-}" ] && [ -d "$4" ]; then
    ln -s "$(cd "$4" && pwd)" "$scratch/here/shared"
fi
cd "$scratch/here"

if [ -f "$case_folder/needs" ] && [ ! -e "$(cat "$case_folder/needs")" ]; then
    echo "skipped: $(cat "$case_folder/needs") is not here"
    exit 77
fi

status=0
PATH=$scratch/bin:$PATH LC_ALL=C sh "$case_folder/cmd" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null || status=$?
echo "$status" >"$scratch/status"

# expected NAME: the file of that name in the case, or what its absence stands for
expected() {
    if [ -f "$case_folder/$1" ]; then
        cat "$case_folder/$1"
    elif [ "$1" = status ]; then
        echo 0
    fi
}

result=0
for name in stdout stderr status; do
    expected $name >"$scratch/expected"
    if cmp -s "$scratch/expected" "$scratch/$name"; then
        continue
    elif [ "${UPDATE:-0}" != 1 ]; then
        echo "-- $name is not what $case_folder/$name says:"
        diff -u "$scratch/expected" "$scratch/$name" || true
        result=1
    elif [ -s "$scratch/$name" ] && [ "$(cat "$scratch/$name")" != 0 ]; then
        cp "$scratch/$name" "$case_folder/$name"
    else
        rm -f "$case_folder/$name"
    fi
done
exit $result
