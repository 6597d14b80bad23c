#!/bin/sh
# How good networks are with all defaults: sh quality.sh [--rounds N] [--build FOLDER] [--threads N] [SET...] trains on
# each set with the seeds 1 to N (5), and reports on its test pictures, the cutoffs having been chosen on val. Sets:
# pneumonia, cat-dog, fashion, photos, kids, and folds, which compares out-of-fold scores with those of test; all but
# fashion and half of folds (from the package dataset-fashion-mnist) lie in ../../../shared/data or SHARED/data. The
# tables go to standard output; what they mean and what was found is told in quality.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rounds=5
# shellcheck source=tests/bench/lib.sh
. "$here/lib.sh"

runs=$scratch/quality
mkdir -p "$runs"

# result RUN NAME SEED SECONDS: a line of numbers, from the scores of test at cutoffs chosen on val
result() {
    "$bclass" sweep "$1/scores.csv" --at 0.5 --max accuracy --max youden --format json >"$scratch/sweep.json"
    python3 - "$scratch/sweep.json" "$1" "$2" "$3" "$4" <<'END'
import csv, json, sys
found, run, name, seed, seconds = sys.argv[1:]
sweep = json.load(open(found))
test = sweep["test"]
def shares(cutoff):
    counts = cutoff["test"]
    right = counts["tp"] + counts["tn"]
    return right / (right + counts["fp"] + counts["fn"]), counts["recall"]
half, accurate, youden = map(shares, [sweep["at"][0]] + sweep["picks"])
rows = [row for row in csv.DictReader(open(f"{run}/scores.csv")) if row["split"] == "test"]
ends = sum(float(row["score"]) in (0, 1) for row in rows) / len(rows)
print(name, seed, seconds, test["auroc"], test["average_precision"], *half, *accurate, *youden,
      test["calibration_error"]["ece"]["value"], test["calibration_error"]["ece"]["debiased"], ends)
END
}

# summary FILE: the mean and standard deviation of each column over the seeds
summary() {
    python3 - "$1" <<'END'
import statistics, sys
rows = [[float(cell) for cell in line.split()[2:]] for line in open(sys.argv[1])]
columns = ["seconds", "AUROC", "AP", "accuracy at 0.5", "recall at 0.5", "accuracy at val's best accuracy",
           "recall there", "accuracy at val's best Youden", "recall there", "ECE", "ECE debiased", "scores of 0 or 1"]
for name, cells in zip(columns, zip(*rows)):
    spread = statistics.stdev(cells) if len(cells) > 1 else 0
    print(f"| {name} | {statistics.mean(cells):.4g} | {spread:.2g} | {min(cells):.4g} | {max(cells):.4g} |")
END
}

# is_there NAME DATA: or says that it is not
is_there() {
    [ ! -e "$2" ] || return 0
    say "$1: skipped, there is no $2"
    return 1
}

# set_of NAME DATA WORD...: trains with each seed
set_of() {
    name=$1
    data=$2
    shift 2
    is_there "$name" "$data" || return 0
    : >"$results/quality-$name"
    seed=1
    while [ "$seed" -le "$rounds" ]; do
        measure "$bclass" train "$data" -o "$runs/$name-$seed" --force -q --seed "$seed" --threads "$threads" "$@"
        result "$runs/$name-$seed" "$name" "$seed" "$seconds" | tee -a "$results/quality-$name" >&2
        seed=$((seed + 1))
    done
    echo
    echo "$name, $rounds seeds, on $(machine):"
    echo
    echo "| of test | mean | sd | least | most |"
    echo "| --- | --- | --- | --- | --- |"
    summary "$results/quality-$name"
}

# fashion_pictures FOLDER TRAIN TEST: so many pictures of each class, where the package is
fashion_pictures() {
    source=/usr/share/datasets/fashion-mnist
    [ ! -d "$source" ] || [ -d "$1/test" ] || python3 "$root/data/make-samples.py" "$source" "$1" "$2" "$3"
}

fashion() {
    fashion_pictures "$scratch/fashion" 6000 1000
    set_of fashion "$scratch/fashion" --positive shirt
}

# Kids or not, 8.6 % of the pictures, scored out of fold, with and without the options for uneven classes.
kids() {
    source=$shared/data/clothing-kids160
    is_there kids "$source" || return 0
    python3 - "$source" >"$scratch/kids.csv" <<'END'
import csv, os, sys
folder = os.path.abspath(sys.argv[1])
out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["path", "label", "group"])
for row in csv.DictReader(open(f"{folder}/labels.csv")):
    path = row["path"] if "/" in row["path"] else "images/" + row["path"]
    out.writerow([f"{folder}/{path}", "kids" if row["kids"] == "1" else "other", row["group"]])
END
    : >"$results/quality-kids"
    for words in "" "--pos-weight auto" "--sampling balanced" "--loss focal"; do
        # shellcheck disable=SC2086 # several words, or none
        measure "$bclass" train "$scratch/kids.csv" -o "$runs/kids" --force -q --positive kids --folds 5 --seed 1 \
            --threads "$threads" $words
        "$bclass" sweep "$runs/kids/scores.csv" --min-precision 0.3 --format json >"$scratch/sweep.json"
        python3 - "$scratch/sweep.json" "${words:-defaults}" "$seconds" <<'END' | tee -a "$results/quality-kids" >&2
import json, sys
sweep = json.load(open(sys.argv[1]))
print(f"| {sys.argv[2]} | {sweep['auroc']:.4f} | {sweep['average_precision']:.4f} | {sweep['picks'][0]['recall']:.4f} |"
      f" {sweep['log_loss']:.4f} | {float(sys.argv[3]):.0f} |")
END
    done
    echo
    echo "kids, out-of-fold scores of 5 folds by group, seed 1, on $(machine):"
    echo
    echo "| options | AUROC | AP | recall at precision 0.3 | log loss | seconds |"
    echo "| --- | --- | --- | --- | --- | --- |"
    cat "$results/quality-kids"
}

# folds_of NAME DATA WORD...: what 5 folds say of a set, and what its test says of the network of all of them
folds_of() {
    name=$1
    data=$2
    shift 2
    is_there "folds, $name" "$data" || return 0
    measure "$bclass" train "$data" -o "$runs/folds" --force -q --folds 5 --seed 1 --threads "$threads" "$@"
    "$bclass" sweep "$runs/folds/scores.csv" --format json >"$scratch/sweep.json"
    python3 - "$scratch/sweep.json" "$name" "$seconds" <<'END' | tee -a "$results/quality-folds" >&2
import json, sys
sweep = json.load(open(sys.argv[1]))
def told(part):
    return f"{part['auroc']:.4f} | {part['auroc_low']:.4f} to {part['auroc_high']:.4f}"
print(f"| {sys.argv[2]} | {told(sweep)} | {told(sweep['test'])} | {float(sys.argv[3]):.0f} |")
END
}

folds() {
    : >"$results/quality-folds"
    folds_of photos "$shared/data/clothing-longsleeve-tshirt" --positive longsleeve
    fashion_pictures "$scratch/fashion-1000" 1000 1000
    folds_of "fashion, 1,000 a class" "$scratch/fashion-1000" --positive shirt
    echo
    echo "5 folds against test, seed 1, on $(machine):"
    echo
    echo "| set | AUROC out of fold | 95 % | AUROC of test | 95 % | seconds |"
    echo "| --- | --- | --- | --- | --- | --- |"
    cat "$results/quality-folds"
}

[ $# -gt 0 ] || set -- pneumonia cat-dog fashion photos folds kids
for wanted in "$@"; do
    case $wanted in
    pneumonia) set_of pneumonia "$shared/data/pneumoniamnist" --allow-leak ;; # 8 of val are in train too
    cat-dog) set_of cat-dog "$shared/data/cifar10-cat-dog" --positive dog ;;
    fashion) fashion ;;
    photos) set_of photos "$shared/data/clothing-longsleeve-tshirt" --positive longsleeve ;;
    folds) folds ;;
    kids) kids ;;
    *) fail "unknown set '$wanted'; see --help" ;;
    esac
done
