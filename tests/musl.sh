#!/bin/sh
# The library's own sources against musl's headers, every one compiled with warnings as errors. FFTW and
# speexdsp are glibc's on this machine: of them only the headers are taken, so nothing is linked.
set -eu
make=${MAKE:-make}
build='build-musl'
headers=$build/headers
mkdir -p "$headers/speex"
cp /usr/include/fftw3.h "$headers/"
cp /usr/include/speex/speex_resampler.h /usr/include/speex/speexdsp_types.h "$headers/speex/"
find /usr/include/speex -name 'speexdsp_config_types.h' -exec cp {} "$headers/speex/" \;
$make -s --no-print-directory BUILD="$build" CC=musl-gcc CPPFLAGS="-isystem $headers" CFLAGS='-O2 -Werror' \
    "$build/libsolotrack.a"
# What is left to the C library has to be in musl.
nm --undefined-only "$build/libsolotrack.a" | awk '$1 == "U" { print $2 }' | sort -u >"$build/wanted"
nm --defined-only "$build/libsolotrack.a" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u >"$build/own"
nm -D --defined-only "$(musl-gcc -print-file-name=libc.so)" | awk '{ print $NF }' | sort -u >"$build/musl"
missing=$(comm -23 "$build/wanted" "$build/own" | comm -23 - "$build/musl" | grep -v '^fftwf_\|^speex_' || true)
[ -z "$missing" ] || { echo "musl: FAILED: it has no $missing" >&2; exit 1; }
echo 'musl: the library compiles, and musl has all that it asks of a C library'
