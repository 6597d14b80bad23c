#!/bin/sh
# From a clean clone to a chosen cutoff: installs what is missing, builds, trains on the sample pictures,
# predicts, and sweeps for a recall of at least 0.95. Everything it writes is below build-demo/.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

# shellcheck source=tests/packages.sh
. "$root/tests/packages.sh"

step() {
    printf '\n== %s\n' "$*"
}

# Prints a command as it could be typed, then runs it.
run() {
    printf '\n$ %s\n' "$1"
    eval "$1"
}

step "1 of 6: packages"
packages_install build

step "2 of 6: build a release"
mkdir -p build-demo
run "cmake -B build-demo -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \\
        -DCMAKE_RUNTIME_OUTPUT_DIRECTORY=\"\$PWD/build-demo\" > build-demo/build.log"
run "cmake --build build-demo -j $(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) >> build-demo/build.log"

step "3 of 6: train on 2,000 pictures of shirts and T-shirts (data/README.md), 20 epochs to keep it short"
run "build-demo/bclass train data/tshirt-or-shirt -o build-demo/run --positive shirt --epochs 20 --force"

step "4 of 6: predict the class of the 500 test pictures"
run "build-demo/bclass predict build-demo/run/model.safetensors data/tshirt-or-shirt/test > build-demo/predictions.csv"
run "head -n 6 build-demo/predictions.csv"

step "5 of 6: choose the cutoff that finds at least 95 % of the shirts"
run "build-demo/bclass sweep build-demo/run/scores.csv --min-recall 0.95 --save build-demo/run/cutoff.json"

step "6 of 6: look at it"
run "build-demo/bclass report build-demo/run --force"
run "build-demo/bclass sweep build-demo/run/scores.csv --min-recall 0.95 --plot build-demo/pr.svg > /dev/null"

cat <<'END'

Written:
  build-demo/bclass                 the program
  build-demo/run/model.safetensors  the trained network
  build-demo/run/scores.csv         the scores of the pictures it was not trained on
  build-demo/run/history.csv        one row an epoch
  build-demo/run/settings.json      what it was trained with
  build-demo/run/cutoff.json        the chosen cutoff
  build-demo/run/report.html        a page to look at in a browser
  build-demo/pr.svg                 precision by recall
  build-demo/predictions.csv        the predictions at the cutoff 0.5

To use the chosen cutoff:
  build-demo/bclass predict build-demo/run/model.safetensors PICTURES... --cutoff build-demo/run/cutoff.json
END
