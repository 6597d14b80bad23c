# shellcheck shell=sh disable=SC2034,SC2154 # variables come from and go to the scripts that read this file
# What the benchmark scripts share: options, where things are, measuring calmly, medians, and the figures' places in
# README.md. The script that reads this file has set `here` to its folder and `rounds` to what it does by default; of its
# arguments, those that are no options remain.
#
# Of the environment: PYTHON, a python3 that has the peers' packages; BLAS, a folder with a fast libblas.so.3 for PyTorch
# where the system's is a plain one; SHARED, the folder with data and peers; AROUND, a command and its arguments that each
# measurement runs under, such as "flock FILE" where several people measure.

build=$here/../../build
threads=2
while [ $# -gt 0 ]; do
    case $1 in
    --rounds | --build | --threads)
        [ $# -ge 2 ] || set -- -
        ;;
    esac
    case $1 in
    --rounds) rounds=$2 && shift 2 ;;
    --build) build=$2 && shift 2 ;;
    --threads) threads=$2 && shift 2 ;;
    -*) # the script's first lines tell of its options
        sed -n '/^#!/d; /^[^#]/q; /^$/q; s/^# \{0,1\}//p' "$0"
        [ "$1" = --help ] || exit 2
        exit 0
        ;;
    *) break ;;
    esac
done
build=$(cd "$build" && pwd)
root=$here/../..
shared=${SHARED:-$root/../shared}
peers=$shared/peers
tools=$build/tests
bclass=$build/src/cli/bclass
scratch=$build/bench
results=$scratch/results
readme=$here/README.md
export LC_ALL=C
mkdir -p "$results"

say() {
    echo "bench: $*" >&2
}

fail() {
    say "$*"
    exit 1
}

# find_python MODULE...: sets python to one that can import them all, or to nothing
find_python() {
    modules=$(echo "$*" | tr ' ' ',')
    for python in ${PYTHON:-python3 /usr/bin/python3}; do
        if command -v "$python" >"$scratch/found" 2>&1 && "$python" -c "import $modules" 2>"$scratch/found"; then
            return 0
        fi
    done
    python=
    return 1
}

# measure COMMAND...: runs it when the machine is calm, or as calm as it gets; sets seconds, cpu, memory (MiB at the
# highest) and foreign (share of the CPUs that others used); its output is in $scratch/out
measure() {
    # shellcheck disable=SC2086 # AROUND is several words
    ${AROUND:-} "$tools/bench-run" --calm "${calm:-0.06}" --out "$scratch/out" -- "$@" >"$scratch/cost" ||
        fail "this failed: $*"
    read -r seconds cpu memory foreign <"$scratch/cost"
}

# member NAME: of the JSON line in $scratch/out, a number
member() {
    sed -n "s/.*\"$1\": *\\([-0-9.eE+]*\\).*/\\1/p" "$scratch/out"
}

# median FILE COLUMN
median() {
    awk -v column="$2" '{ print $column }' "$1" | sort -g |
        awk '{ value[NR] = $1 } END { print (value[int((NR + 1) / 2)] + value[int(NR / 2) + 1]) / 2 }'
}

# Three digits, or all of them with commas where it is 1000 or more.
pretty() {
    awk -v value="$1" 'BEGIN {
        if (value >= 1000) {
            value = sprintf("%.0f", value)
            while (value ~ /[0-9][0-9][0-9][0-9]($|,)/)
                sub(/[0-9][0-9][0-9]($|,)/, ",&", value)
        } else if (value >= 100)
            value = sprintf("%.0f", value)
        else
            value = sprintf("%.3g", value)
        print value
    }'
}

# The machine that was measured, in words.
machine() {
    model=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo 2>/dev/null | head -n 1)
    system=$(sed -n 's/^PRETTY_NAME="\(.*\)"$/\1/p' /etc/os-release 2>/dev/null)
    compiler=$(sed -n 's/^CMAKE_C_COMPILER:[^=]*=//p' "$build/CMakeCache.txt")
    echo "$(getconf _NPROCESSORS_ONLN) CPUs of an ${model:-$(uname -m)}, ${system:-$(uname -s)}, $("$compiler" --version | head -n 1)"
}

# put_section NAME FILE: the text between the lines "<!-- NAME -->" and "<!-- end of NAME -->" of README.md becomes FILE's
put_section() {
    grep -q "^<!-- $1 -->\$" "$readme" || fail "README.md has no place for '$1'"
    awk -v name="$1" -v file="$2" '
        $0 == "<!-- end of " name " -->" { inside = 0 }
        !inside { print }
        $0 == "<!-- " name " -->" {
            inside = 1
            while ((getline line < file) > 0)
                print line
        }' "$readme" >"$scratch/readme"
    cat "$scratch/readme" >"$readme"
}
