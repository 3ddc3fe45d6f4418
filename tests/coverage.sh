#!/bin/sh
# Lines and branches of lib/ that the tests run: coverage.sh VOICES [missing]. With `missing`, what
# they do not reach is listed. Status 1: a test failed, or too little was run.
#
# All of lib/ is compiled without optimisation, so that every jump of the source counts, but for the
# inner loops of the networks, which would take most of the time; they have the same jumps either way.
set -eu
voices=$1
missing=${2:-}
build="build-coverage"
make=${MAKE:-make}
count='--coverage -fprofile-update=atomic'

make_tests() {
    $make -s --no-print-directory BUILD="$build" VOICES="$voices" CFLAGS='-O2 -DLIB_UNOPTIMISED' HARDEN= LDFLAGS='--coverage -Wl,-u,__gcov_dump' "$@"
}

# Counts of an earlier run are of an earlier source.
find "$build" -name '*.gcda' -delete 2>/dev/null || true
make_tests LIB_CFLAGS="-Og $count" "$build/lib/net/kernels.o" "$build/lib/net/kernels_x86.o" "$build/lib/net/layers.o"
make_tests LIB_CFLAGS="-O0 $count" "$build/solo-test"

export SOLO_VOICES="$voices" SOLO_DATA=data
for mode in plain memory threads; do
    "$build/solo-test" --mode "$mode"
done

echo
find "$build/lib" -name '*.gcno' | sed 's/gcno$/o/' | LC_ALL=C sort | xargs gcov -b -c -t 2>/dev/null |
    awk -v missing="$missing" -v least_lines=95 -v least_branches=85 -f tests/coverage.awk
