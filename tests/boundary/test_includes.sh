#!/bin/sh
# Whether includes.sh notices what it is there for: "sh test_includes.sh ROOT SCRATCH" plants one forbidden include
# after the other into a copy of the sources.
set -eu
root=$1
scratch=$2
script=$root/tests/boundary/includes.sh

rm -rf "$scratch"
mkdir -p "$scratch"
cp -R "$root/src" "$root/include" "$scratch"

sh "$script" "$scratch" >/dev/null || { echo "the sources themselves are refused" && exit 1; }

# planted FILE LINE: with the line at its end the file must be refused
planted() {
    cp "$scratch/$1" "$scratch/kept"
    echo "$2" >>"$scratch/$1"
    if sh "$script" "$scratch" >/dev/null; then
        echo "not noticed: $2 in $1"
        exit 1
    fi
    mv "$scratch/kept" "$scratch/$1"
}

planted src/base/text.c '#include "scores/columns.h"'
planted src/base/text.c '#include <bclass/scores.h>'
planted src/base/text.c '#include "../scores/columns.h"'
planted src/scores/read.c '  # include "threshold/sort.h"'
planted src/scores/read.c '#include <bclass/curve.h>'
planted src/scores/read.c '#include <bclass/nosuch.h>'
planted src/threshold/curve.c '#include <zlib.h> /* base has it already */'
planted src/threshold/curve.c '#include "plot/chart.h"'
planted src/cli/sweep_plot.c '#include <cairo.h>'
planted include/bclass/scores.h '#include "base/text.h"'
planted include/bclass/scores.h '#include <bclass/curve.h>'
planted include/bclass/error.h '#include <zlib.h>'
