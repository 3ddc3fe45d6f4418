#!/bin/sh
# The tests of the library under the memory sanitizer (clang) or valgrind, which look for values that
# were never written: check_memory.sh sanitizer|valgrind VOICES [PATTERN...]. The patterns pick tests
# by name; without them it is all tests, and for valgrind, thirty times as slow, whole uses of the
# library.
set -eu
with=$1
voices=$2
shift 2
make=${MAKE:-make}
export SOLO_VOICES="$voices" SOLO_DATA=data

build() {
    echo "check: building for the $with"
    $make -s --no-print-directory VOICES="$voices" "$@"
}

case $with in
sanitizer)
    build BUILD=build-memory CC=clang build-memory/test-memory \
        CFLAGS='-O1 -g -U_FORTIFY_SOURCE -fno-omit-frame-pointer -fsanitize=memory -fsanitize-ignorelist=tests/memory/ignore.txt'
    export MSAN_OPTIONS=halt_on_error=1
    [ $# -gt 0 ] || set -- '*'
    run=build-memory/test-memory
    ;;
valgrind)
    build BUILD=build-valgrind CFLAGS='-O1 -g -DHOOKS=0' build-valgrind/solo-test
    [ $# -gt 0 ] || set -- '* *' packets voice 'test_own_memory_refused' 'test_interleaved*'
    run='valgrind -q --error-exitcode=1 --leak-check=full --errors-for-leak-kinds=definite,indirect build-valgrind/solo-test'
    ;;
*)
    echo "usage: check_memory.sh sanitizer|valgrind VOICES [PATTERN...]" >&2
    exit 2
    ;;
esac
for pattern in "$@"; do
    $run "$pattern"
done
echo 'check: nothing found'
