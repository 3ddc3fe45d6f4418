#!/bin/sh
# Installs into a folder and uses what is there as a stranger would: install.sh BUILD. The README's
# C program is compiled against it through pkg-config, shared and static, as C and as C++, and run.
set -eu
build=$1
make=${MAKE:-make}
root=$PWD/$build/tmp/installed
rm -rf "$root"
$make -s --no-print-directory BUILD="$build" PREFIX="$root" install
for file in include/solotrack.h lib/libsolotrack.a lib/libsolotrack.so lib/libsolotrack.so.0 \
    lib/pkgconfig/solotrack.pc bin/solotrack share/man/man1/solotrack.1; do
    [ -e "$root/$file" ] || { echo "install: $file was not installed"; exit 1; }
done

export PKG_CONFIG_PATH="$root/lib/pkgconfig" LD_LIBRARY_PATH="$root/lib"
source=$root/readme.c
# shellcheck disable=SC2016 # the backticks are Markdown's
sed -n '/^```c$/,/^```$/p' README.md | sed '/^```/d' >"$source"
grep -q solo_call_create "$source" || { echo 'install: README.md has no C program'; exit 1; }
# shellcheck disable=SC2046 # lists of flags
{
    cc -std=c11 -Wall -Wextra -Werror "$source" $(pkg-config --cflags --libs solotrack) -o "$root/shared"
    cc -std=c11 "$source" $(pkg-config --cflags solotrack) "$root/lib/libsolotrack.a" \
        $(pkg-config --static --libs-only-l solotrack | sed 's/-lsolotrack//g') -o "$root/static"
    g++ -Wall -Wextra -Werror -x c++ "$source" -x none $(pkg-config --cflags --libs solotrack) -o "$root/cxx"
}
[ "$(pkg-config --modversion solotrack)" = "$("$root/bin/solotrack" --version | sed -n '1s/[^0-9.]*\([0-9.]*\).*/\1/p')" ] ||
    { echo 'install: the .pc file and the tool do not agree on the version'; exit 1; }

# One second of stereo silence in, one second and the latency of mono silence out.
for program in shared static cxx; do
    bytes=$(head -c 32000 /dev/zero | "$root/$program" | wc -c)
    [ "$bytes" -gt 16000 ] || { echo "install: the README's program ($program) gave $bytes bytes"; exit 1; }
done
echo 'install: the README'\''s program builds and runs, shared, static and as C++'
