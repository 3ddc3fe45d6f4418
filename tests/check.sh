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
under address address,undefined,float-cast-overflow build-address/solo-replay build-address/solo-test build-address/test-tool \
    build-address/test-data build-address/test-figures build-address/test-recorder build-address/solotrack \
    build-address/test-batch build-address/test-crash build-address/test-retention build-address/test-page \
    build-address/test-verify
under thread thread build-thread/solo-test build-thread/test-recorder
mkdir -p build-address/tmp

# $@: a program and what it takes
timed() {
    began=$(date +%s)
    "$@"
    echo "check: $1: $(($(date +%s) - began)) s"
}

# $@: programs of the address sanitizer's
all_of() {
    for program in "$@"; do
        timed "build-address/$program"
    done
}

# The threads on the other core meanwhile, and half of the programs once the longest is done; what
# they print comes after the rest.
(build-thread/solo-test --mode threads && build-thread/test-recorder) >build-thread/log 2>&1 &
threads=$! half=
trap 'kill "$threads" $half 2>/dev/null || true' EXIT
# The conditions of a leak run the same lines with other figures, for two minutes.
timed build-address/solo-test --mode plain '!test_condition*'
all_of test-tool test-page test-verify >build-address/log 2>&1 &
half=$!
timed build-address/solo-replay tests/fuzz/corpus
all_of test-data test-figures test-batch test-crash test-retention test-recorder
trap - EXIT
status=0
wait "$half" || status=$?
wait "$threads" || status=$?
cat build-address/log build-thread/log
[ "$status" -eq 0 ] || exit "$status"
echo 'check: nothing found'
