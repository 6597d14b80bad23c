#!/bin/sh
# The built program has what src/hardening.cmake asks for: sh hardened.sh BCLASS
set -eu

program=$1
command -v readelf >/dev/null || {
    echo "skipped: no readelf"
    exit 77
}

# has WHAT PATTERN OPTION: that readelf shows of the program
has() {
    readelf -W "$3" "$program" | grep -Eq -- "$2" || {
        echo "FAILED: $program: $1" >&2
        exit 1
    }
}

has "is no position-independent program" 'Type: +DYN' -h
has "has tables of the linker that stay writable" 'GNU_RELRO' -l
has "fills them in as it goes" 'BIND_NOW|Flags:.* NOW' -d
has "has a stack that can be executed" 'GNU_STACK .* RW ' -l
has "has no stack protector" '__stack_chk_fail' --dyn-syms
has "does not check sizes" '__(memcpy|snprintf|vsnprintf|fprintf)_chk' --dyn-syms
