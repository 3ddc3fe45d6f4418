#!/bin/sh
# The tests under the sanitizers: check.sh VOICES. Each has its own build folder.
set -eu
voices=$1
make=${MAKE:-make}

# $1: name, $2: what -fsanitize= takes, $3...: the programs to run
under() {
    name=$1
    flags="-O2 -g -fno-omit-frame-pointer -fsanitize=$2"
    shift 2
    echo "check: building with the $name sanitizer"
    $make -s --no-print-directory BUILD="build-$name" VOICES="$voices" CFLAGS="$flags" "$@"
}

export SOLO_VOICES="$voices" SOLO_DATA=data
export SOLO_TOOL="$PWD/build-address/solotrack" SOLO_TMP="$PWD/build-address/tmp"
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1
under address address,undefined build-address/solo-test build-address/test-tool \
    build-address/test-data build-address/test-figures build-address/solotrack \
    build-address/test-batch build-address/test-crash build-address/test-retention
mkdir -p build-address/tmp
build-address/solo-test --mode plain
build-address/test-data
build-address/test-figures
build-address/test-tool
build-address/test-batch
build-address/test-crash
build-address/test-retention
under thread thread build-thread/solo-test
build-thread/solo-test --mode threads
echo 'check: nothing found'
