#!/bin/sh
# The library's own sources with musl, every one compiled with warnings as errors. FFTW and speexdsp are
# glibc's on this machine: of them only the headers are taken, so what is linked cannot run.
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
# It has to link with musl alone, but for the functions of those two, which stand-ins are made for.
nm --undefined-only "$build/libsolotrack.a" | sed -n 's/^.* U \(fftwf_.*\|speex_.*\)$/void \1(void); void \1(void) {}/p' |
    sort -u >"$build/others.c"
musl-gcc -shared -fPIC -Wl,-z,defs -Wl,--whole-archive "$build/libsolotrack.a" -Wl,--no-whole-archive "$build/others.c" \
    -lm -o "$build/libsolotrack.so"
! readelf -d "$build/libsolotrack.so" | grep -q 'NEEDED.*[.]so[.]6' || { echo 'musl: FAILED: glibc is linked' >&2; exit 1; }
echo 'musl: the library compiles, and links with nothing of glibc'
