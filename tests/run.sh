#!/bin/sh
# Installs what is missing, builds, and runs every test; "sh tests/run.sh --help" tells more.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
work=$root/build-test
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

# shellcheck source=tests/packages.sh
. "$root/tests/packages.sh"

usage() {
    cat <<'HELP'
Usage: sh tests/run.sh [--quick | --ci] [--long]

Installs missing packages (Debian, Ubuntu), builds a release and runs every test with CTest.
Everything is built below build-test/.

  --ci      before that, what continuous integration checks: the formatting, the shell scripts, the
            scores-only build, a build with clang and its static analysis, the tests under the address, undefined behaviour
            and thread sanitizers, 100,000 inputs to each fuzz target (with --long 60 seconds), and the demo; this
            is the default where CI=true
  --quick   not that, even where CI=true
  --long    run the long test campaigns at full length
  --help    print this
HELP
}

step() {
    printf '\n== %s\n' "$*"
}

# configure NAME OPTION...: in a folder of that name; a warning is an error.
configure() {
    folder=$work/$1
    shift
    cmake -S "$root" -B "$folder" -DBCLASS_WERROR=ON "$@" >"$work/configure.log" 2>&1 || {
        cat "$work/configure.log" >&2
        exit 1
    }
}

# build NAME OPTION...: configures and builds all.
build() {
    configure "$@"
    cmake --build "$folder" -j "$jobs"
}

# build_only TARGET NAME OPTION...: configures all, and builds that.
build_only() {
    target=$1
    shift
    configure "$@"
    cmake --build "$folder" -j "$jobs" --target "$target"
}

# run_tests NAME OPTION...: in the folder of that name; having no test to run is a failure.
run_tests() {
    folder=$work/$1
    shift
    (cd "$folder" && ctest --output-on-failure --no-tests=error -j "$jobs" "$@")
}

# Of the formatter only the version that formatted the sources agrees with them to the letter.
check_formatting() {
    case $(clang-format --version) in
    *"version 14."*)
        find "$root/src" "$root/include" "$root/tests" -name '*.[ch]' -print0 |
            xargs -0 clang-format --dry-run -Werror
        ;;
    *) echo "Not checked: it takes clang-format 14." ;;
    esac
}

check_scripts() {
    find "$root/tests" "$root/data" -name '*.sh' -print0 | xargs -0 shellcheck -x -s sh -P "$root"
    shellcheck "$root/.ci/run"
}

# Not of the kernels, which are made of the compiler's vectors. Other versions have other checks.
analyse() {
    case $(clang-tidy --version) in
    *"version 14."*)
        find "$root/src" -name '*.c' ! -path '*/kernels/*' -print0 |
            xargs -0 -n 8 -P "$jobs" clang-tidy -p "$work/clang" --quiet 2>"$work/analysis.log" || {
            cat "$work/analysis.log" >&2
            exit 1
        }
        ;;
    *) echo "Not analysed: it takes clang-tidy 14." ;;
    esac
}

# The golden tests by a program that valgrind runs; needs the release build.
check_memory() {
    mkdir -p "$work/memory"
    printf '#!/bin/sh\nexec valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --suppressions="%s" "%s" "$@"\n' \
        "$root/tests/golden/valgrind.supp" "$work/release/src/cli/bclass" >"$work/memory/bclass"
    chmod +x "$work/memory/bclass"
    for command in "$root"/tests/golden/*/cmd; do
        folder=${command%/cmd}
        code=0
        sh "$root/tests/golden/run.sh" "$work/memory/bclass" "$folder" "$work/memory/${folder##*/}" "$root/../shared" || code=$?
        [ $code -eq 0 ] || [ $code -eq 77 ] || exit 1
    done
}

# The kernels' level for another architecture, which no other step compiles.
check_neon() {
    compiler=aarch64-linux-gnu-gcc
    command -v "$compiler" >/dev/null || {
        echo "Not checked: it takes $compiler."
        return
    }
    for file in "$root"/src/net/kernels/*.c; do
        "$compiler" -std=c17 -O3 -ffp-contract=fast -fno-math-errno -fno-trapping-math -DBC_LEVEL=neon -DBC_NEON \
            -DBC_NEON_LEVEL -Wall -Wextra -Wshadow -Wconversion -Werror -c -o "$work/neon.o" "$file"
    done
}

# What drives the browser is a package of npm, in a version that runs with node 18; without it the tests that need it
# are skipped.
find_browser() {
    if [ ! -d "$work/browser/node_modules/playwright-core" ]; then
        npm install --prefix "$work/browser" --no-package-lock --no-audit --no-fund --loglevel=error playwright-core@1.55 ||
            echo "npm could not install playwright-core, so pages are not tested." >&2
    fi
    export BCLASS_BROWSER="$work/browser/node_modules"
}

# For the tests that output does not depend on the locale: one whose decimals have a comma.
make_locale() {
    export LOCPATH="$work/locales"
    mkdir -p "$LOCPATH"
    [ -d "$LOCPATH/de_DE.UTF-8" ] || localedef -i de_DE -f UTF-8 "$LOCPATH/de_DE.UTF-8"
}

check_everything() {
    step "Formatting"
    check_formatting
    step "Shell scripts"
    check_scripts
    step "Kernels for NEON"
    check_neon
    step "Scores and threshold alone"
    build scores-only -DBCLASS_SCORES_ONLY=ON
    run_tests scores-only
    step "clang"
    build_only unit-tests clang -DCMAKE_C_COMPILER=clang -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
    run_tests clang -L unit
    step "Static analysis"
    analyse
    # 99, so that no test takes a sanitizer's report for the failure it expects.
    step "Address and undefined behaviour sanitizers"
    export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99:print_stacktrace=1
    build address -DCMAKE_C_COMPILER=clang -DBCLASS_SANITIZE=address,undefined
    # Not e2e.path, a training on all samples: other tests do each of its steps on few pictures.
    run_tests address -L 'unit|golden|gradient|e2e|fuzz' -E '^e2e\.path$'
    run_tests address -R "$([ -n "${BCLASS_LONG:-}" ] && echo '^fault\.' || echo '^fault\.(apply|predict)$')"
    step "Fuzzing"
    if [ -n "${BCLASS_LONG:-}" ]; then
        sh "$root/tests/fuzz/run.sh"
    else # from one seed, so that what is found depends on the code and not on chance
        sh "$root/tests/fuzz/run.sh" --runs 100000 --seed 1
    fi
    step "Thread sanitizer"
    export TSAN_OPTIONS=exitcode=99:halt_on_error=1
    build_only thread-tests thread -DCMAKE_C_COMPILER=clang -DBCLASS_SANITIZE=thread
    run_tests thread -L threads
    if [ -n "${BCLASS_LONG:-}" ]; then
        step "Memory sanitizer" # tests/README.md says why not of more
        build memory -DCMAKE_C_COMPILER=clang -DBCLASS_SANITIZE=memory -DBCLASS_SCORES_ONLY=ON
        run_tests memory -R '^unit\.(check|guarantee|interval|measures|number|plot|reliability|resample|sort|suspects)$'
    fi
    step "Demo"
    sh "$root/data/demo.sh"
}

everything=false
[ "${CI:-}" != true ] || everything=true
for word in "$@"; do
    case $word in
    --ci) everything=true ;;
    --quick) everything=false ;;
    --long) export BCLASS_LONG=1 ;;
    --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
    esac
done

step "Packages"
mkdir -p "$work"
if $everything; then
    packages_install build test check browser
    make_locale
    check_everything
    step "Browser"
    find_browser
else
    packages_install build test
fi
step "Release"
build release
run_tests release
if $everything && [ -n "${BCLASS_LONG:-}" ]; then
    step "Memory"
    check_memory
    step "Coverage"
    (unset BCLASS_LONG && sh "$root/tests/coverage.sh")
fi
