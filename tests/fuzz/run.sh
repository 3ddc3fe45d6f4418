#!/bin/sh
# Fuzzes targets one after another: run.sh BUILD SECONDS TARGET... Inputs that reach new code gather
# in BUILD/corpus/TARGET, findings in BUILD/TARGET-crash-*, what libFuzzer says in BUILD/TARGET.log.
set -eu
build=$1 seconds=$2
shift 2
make=${MAKE:-make}
flags='-O2 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined,float-cast-overflow'
flags="$flags -fno-sanitize-recover=all -U_FORTIFY_SOURCE -fsanitize-ignorelist=tests/fuzz/ignore.txt"
flags="$flags -fsanitize-coverage-ignorelist=tests/fuzz/ignore.txt"

# Longer inputs are slower, and say no more.
longest() {
    case $1 in
    calls | push | vad) echo 384 ;;
    voice) echo 640 ;;
    sound) echo 16384 ;;
    tool) echo 24576 ;;
    *) echo 4096 ;;
    esac
}

# $1: target, $2: a figure of the last line that libFuzzer printed about its progress
figure() {
    grep -E '(DONE|NEW|pulse|REDUCE|INITED)' "$build/$1.log" | tail -n 1 | sed -n "s/.* $2: \([^ ]*\).*/\1/p"
}

# $1: flags, $2...: what to build
build() {
    chosen=$1
    shift
    $make -s --no-print-directory BUILD="$build" CC=clang CFLAGS="$chosen" "$@"
}

# The library and the targets compare numbers in long loops, not words: to watch them costs half the speed.
mkdir -p "$build"
targets=$(for file in tests/fuzz/*.c; do echo "$build/${file%.c}.o"; done | grep -v -e entry -e seeds)
# shellcheck disable=SC2086 # lists of names
build "$flags -fno-sanitize-coverage=trace-cmp" "$build/libsolotrack.a" \
    $targets
programs=$(for target in "$@"; do echo "$build/fuzz-$target"; done)
# shellcheck disable=SC2086 # the same
build "$flags" $programs

tmp=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export SOLO_TMP="$tmp" UBSAN_OPTIONS=print_stacktrace=1
status=0
for target in "$@"; do
    mkdir -p "$build/corpus/$target"
    found=no
    "$build/fuzz-$target" -max_total_time="$seconds" -max_len="$(longest "$target")" -timeout=100 \
        -rss_limit_mb=2048 -close_fd_mask=3 -print_final_stats=1 -artifact_prefix="$build/$target-" \
        "$build/corpus/$target" "tests/fuzz/corpus/$target" >"$build/$target.log" 2>&1 || found=yes
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$target.log")
    echo "fuzz: $target: ${runs:-?} runs, $(figure "$target" cov) edges, corpus $(figure "$target" corp)"
    [ "$found" = no ] && continue
    status=1
    echo "fuzz: $target: FOUND something: see $build/$target.log"
done
exit "$status"
