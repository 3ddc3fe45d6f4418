#!/bin/sh
# Builds the library and the tool twice, at two places of different lengths and with clocks, locales, time
# zones and masks that differ, and compares the bytes.
set -eu
make=${MAKE:-make}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
here=$PWD
built='build/libsolotrack.a build/libsolotrack.so.0 build/solotrack'

build() { # place, and what env takes
    place=$scratch/$1
    shift
    mkdir -p "$place"
    tar -c Makefile packaging include lib examples training/export data/*.[ch] bench/*.[ch] | tar -x -C "$place"
    find "$place" -type f -exec touch "$1" {} +
    shift
    # shellcheck disable=SC2086 # a list of files
    (cd "$place" && env "$@" $make -s --no-print-directory $built && sha256sum $built)
}
umask 022
build a -d@1700000000 LC_ALL=C TZ=UTC >"$scratch/first"
umask 077
build another/place/for/it -d@1750000000 LC_ALL=C.UTF-8 TZ=Asia/Tokyo >"$scratch/second"
[ "$(wc -l <"$scratch/first")" -eq 3 ]
diff "$scratch/first" "$scratch/second" || {
    echo "reproducible: FAILED: two builds of the same source differ" >&2
    exit 1
}
cd "$here"
echo 'reproducible: two builds gave the same bytes:'
cat "$scratch/first"
