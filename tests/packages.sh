# The packages that building and testing need: the only list the scripts use. To be sourced, not run.
# shellcheck shell=sh disable=SC2086,SC2154 # lists of package names are meant to be split; root is the caller's
#
#   packages_install SET...   finds which packages of the sets build, test and check are missing and installs them
#
# Wants $root, the repository.

# The packages of a set. After a bar: the name where the system does not know the first one.
packages_of() {
    case $1 in
    build) # compiler, CMake and the libraries
        echo "gcc libc6-dev make cmake pkg-config|pkgconf libcjson-dev zlib1g-dev libsodium-dev libcairo2-dev" \
            "libpng-dev libturbojpeg0-dev|libturbojpeg-dev libexif-dev libstb-dev" ;;
    test) # what the tests need besides
        echo "libcmocka-dev" ;;
    check) # what the checks of continuous integration need besides
        echo "clang libclang-rt-dev|libclang-common-14-dev clang-format clang-tidy valgrind shellcheck libxml2-utils locales"
        [ "$(uname -m)" != x86_64 ] || echo "gcc-aarch64-linux-gnu libc6-dev-arm64-cross" ;; # to compile the kernels for NEON
    browser) # what the tests of pages in a browser need besides; node and npm may come from elsewhere
        echo chromium
        command -v node >/dev/null || echo nodejs
        command -v npm >/dev/null || echo npm ;;
    esac
}

# Ends the script with a reason and the table of packages in README.md.
packages_fail() {
    printf '%s: %s\n\n' "$0" "$1" >&2
    sed -n '/^| system/,/^$/p; /^The tests need/p' "$root/README.md" >&2
    exit 1
}

package_is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# The name that this system knows an entry by.
package_name() {
    if apt-cache show "${1%|*}" >/dev/null 2>&1; then
        echo "${1%|*}"
    else
        echo "${1#*|}"
    fi
}

packages_missing() {
    for set in "$@"; do
        for entry in $(packages_of "$set"); do
            package_is_installed "${entry%|*}" || package_is_installed "$(package_name "$entry")" ||
                printf ' %s' "$entry"
        done
    done
}

packages_apt_get() {
    if [ "$(id -u)" -eq 0 ]; then
        DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@" </dev/null
    else
        sudo DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@"
    fi
}

# Where there is no apt-get: looks for the programs; CMake looks for the libraries and names what is missing.
packages_look() {
    for program in cc cmake pkg-config; do
        command -v "$program" >/dev/null ||
            packages_fail "$program is missing, and there is no apt-get to install it"
    done
    echo "No apt-get here, nothing installed."
}

packages_install() {
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        packages_look
        return
    fi
    missing=$(packages_missing "$@")
    if [ -z "$missing" ]; then
        echo "All packages are there."
        return
    fi
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        packages_fail "missing packages, and neither root nor sudo to install them:$missing"
    fi
    packages_apt_get update || echo "apt-get update failed; going on with the lists that are there." >&2
    wanted=
    for entry in $missing; do
        wanted="$wanted $(package_name "$entry")"
    done
    echo "Installing the missing packages:$wanted"
    packages_apt_get install -y --no-install-recommends $wanted >/dev/null ||
        packages_fail "apt-get could not install:$wanted"
}
