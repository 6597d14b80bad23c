#!/bin/sh
# Who includes whom: "sh includes.sh ROOT" fails when a source includes a module that its own may not use, when a
# public header includes more than the C library and other public headers, and when a library's header is
# included in more than one folder.
set -eu
cd "$1"

# Which module each public header belongs to, as the modules' CMakeLists.txt say: "HEADER name.h MODULE".
owners() {
    for list in src/*/CMakeLists.txt; do
        module=$(basename "$(dirname "$list")")
        tr '\n' ' ' <"$list" | tr -s ' )' '\n' | awk -v module="$module" '
            /^[A-Z]+$/ { inside = $0 == "HEADERS" }
            inside && /\.h$/ { print "HEADER", $0, module }'
    done
}

# One line an include: "FILE MODULE "name"" or "FILE MODULE <name>".
includes() {
    find src include -name '*.[ch]' | sort | while read -r file; do
        sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*\(["<][^">]*[">]\).*/\1/p' "$file" |
            awk -v file="$file" '{ split(file, part, "/"); print file, part[2], $0 }'
    done
}

{ owners && includes; } | awk '
    BEGIN {
        uses["base"] = "base"
        uses["image"] = "base image"
        uses["dataset"] = "base image dataset"
        uses["net"] = "base net"
        uses["scores"] = "base scores"
        uses["threshold"] = "base scores threshold"
        uses["plot"] = "base scores threshold plot"
        uses["report"] = "base image scores threshold plot report"
        uses["check"] = "base image dataset scores threshold check"
        uses["train"] = "base net dataset scores threshold train"
        uses["cli"] = "base image dataset net scores threshold plot report check train cli"
        known = "assert ctype errno float inttypes limits locale math setjmp signal stdalign stdarg stdatomic " \
                "stdbool stddef stdint stdio stdlib stdnoreturn string tgmath time " \
                "dirent fcntl fnmatch glob poll pthread regex sched strings termios unistd"
        split(known, names, " ")
        for (i in names)
            system_header[names[i] ".h"] = 1
    }
    function wrong(what) {
        print $1 ": " what
        failures++
    }
    function may_use(folder, module) {
        return index(" " uses[folder] " ", " " module " ") > 0
    }
    function module_of(name) { # a name without a module is that of a file beside or below
        return substr(name, 1, index(name, "/") - 1)
    }
    $1 == "HEADER" {
        owner[$2] = $3
        next
    }
    {
        count++
        folder = $2
        name = substr($3, 2, length($3) - 2)
        public = $1 ~ /^include\//
    }
    !public && !(folder in uses) { wrong("the folder " folder " is no module that this test knows") }
    $3 ~ /^"/ {
        if (public)
            wrong("a public header includes " $3)
        else if (name ~ /\.\.\//)
            wrong("an include climbs out of its folder: " $3)
        else if ((module_of(name) in uses) && !may_use(folder, module_of(name)))
            wrong(folder " may not include " $3)
        next
    }
    name ~ /^bclass\// {
        sub(/^bclass\//, "", name)
        if (!(name in owner))
            wrong("no module has the header <bclass/" name ">")
        else if (!public && !may_use(folder, owner[name]))
            wrong(folder " may not include <bclass/" name "> of " owner[name])
        else if (public) {
            header = $1
            sub(/.*\//, "", header)
            if (!may_use(owner[header], owner[name]))
                wrong("a header of " owner[header] " may not include <bclass/" name "> of " owner[name])
        }
        next
    }
    name in system_header || name ~ /^sys\// { next }
    public { wrong("a public header includes <" name ">"); next }
    {
        if (!(name in library_folder))
            library_folder[name] = folder
        else if (library_folder[name] != folder)
            wrong("<" name "> is included in " library_folder[name] " and in " folder)
    }
    END {
        if (count < 50) {
            print "only " count " includes were found"
            failures++
        }
        print count " includes, " failures + 0 " of them wrong"
        exit failures > 0
    }'
