#!/bin/sh
# Builds the library, its tests and the tool for another processor and runs them under qemu: cross.sh ARCH
# BUILD VOICES [PATTERN...], ARCH being a Debian architecture, BUILD this machine's own build, whose test-tool
# asks the foreign tool. The patterns pick tests of the library; with none the core ones run.
set -eu
arch=$1
native=$2
voices=$3
shift 3
make=${MAKE:-make}

# What differs between processors: kernels, networks, saved voices, structs of other versions, a stereo
# call; and through the tool, bit for bit: files of G.711, WAV from and to pipes.
core='every_kernel_* features_are_* speech_is_as_* voices_are_those_* who_speaks_is_* saved_voices_*
    test_configs_of_every_size test_answers_of_every_size'
tool='test_g711_codes test_streamed_headers'

case $arch in
armhf) triplet=arm-linux-gnueabihf qemu=qemu-arm ;;
arm64) triplet=aarch64-linux-gnu qemu=qemu-aarch64 ;;
i386) triplet=i686-linux-gnu qemu=qemu-i386 ;;
s390x) triplet=s390x-linux-gnu qemu=qemu-s390x ;;
*) echo "cross: $arch: take armhf, arm64, i386 or s390x" >&2; exit 2 ;;
esac
root=$PWD/build-cross/sysroot-$arch
build=$PWD/build-cross/$arch
libraries=$(echo "$triplet" | sed 's/i686/i386/')
sh tests/sysroot.sh "$arch" "$root"

PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$root/usr/lib/$libraries/pkgconfig:$root/usr/share/pkgconfig \
    $make -s --no-print-directory BUILD="build-cross/$arch" CC="$triplet-gcc --sysroot=$root" CFLAGS=-O2 \
    "build-cross/$arch/libsolotrack.so" "build-cross/$arch/solo-test" "build-cross/$arch/solotrack"

export SOLO_VOICES="$voices" SOLO_DATA=data SOLO_TMP="$build/tmp" QEMU_LD_PREFIX="$root"
mkdir -p "$SOLO_TMP"
run() { # program and pattern: its lines, less those of groups in which nothing matched
    status=0
    "$@" >"$build/log" 2>&1 || status=$?
    grep -v '^\[=\|^\[ RUN\|PASSED  \] 0 test' "$build/log" || true
    grep -q '\[       OK \]' "$build/log" || status=1 # the pattern picks nothing
    [ "$status" -eq 0 ] || {
        echo "cross: FAILED: $arch: $*" >&2
        exit 1
    }
}
if [ $# -gt 0 ]; then
    for pattern in "$@"; do
        run "$qemu" "$build/solo-test" "$pattern"
    done
    exit 0
fi
set -f
for pattern in $core; do
    run "$qemu" "$build/solo-test" "$pattern"
done
printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$qemu" "$build/solotrack" >"$build/tool"
chmod +x "$build/tool"
for pattern in $tool; do
    SOLO_TOOL=$build/tool run "$native/test-tool" "$pattern"
done
echo "cross: $arch: the library and the tool pass"
