#!/bin/sh
# Installs into a folder and uses what is there as a stranger would: install.sh BUILD. The README's
# C program and examples/minimal.c are compiled against it through pkg-config, shared and static, as
# C and as C++, and run.
set -eu
folder=$1
make=${MAKE:-make}
root=$PWD/$folder/tmp/installed
rm -rf "$root"
$make -s --no-print-directory BUILD="$folder" PREFIX="$root" install
for file in include/solotrack.h lib/libsolotrack.a lib/libsolotrack.so lib/libsolotrack.so.0 \
    lib/pkgconfig/solotrack.pc bin/solotrack share/man/man1/solotrack.1; do
    [ -e "$root/$file" ] || { echo "install: $file was not installed"; exit 1; }
done

export PKG_CONFIG_PATH="$root/lib/pkgconfig" LD_LIBRARY_PATH="$root/lib"
source=$root/readme.c
# shellcheck disable=SC2016 # the backticks are Markdown's
sed -n '/^```c$/,/^```$/p' README.md | sed '/^```/d' >"$source"
grep -q solo_call_create "$source" || { echo 'install: README.md has no C program'; exit 1; }
# build NAME SOURCE: NAME-shared, NAME-static and NAME-cxx in $root
build() {
    # shellcheck disable=SC2046 # lists of flags
    {
        cc -std=c11 -Wall -Wextra -Werror "$2" $(pkg-config --cflags --libs solotrack) -lm -o "$root/$1-shared"
        cc -std=c11 "$2" $(pkg-config --cflags solotrack) "$root/lib/libsolotrack.a" \
            $(pkg-config --static --libs-only-l solotrack | sed 's/-lsolotrack//g') -o "$root/$1-static"
        g++ -Wall -Wextra -Werror -x c++ "$2" -x none $(pkg-config --cflags --libs solotrack) -o "$root/$1-cxx"
    }
}
build readme "$source"
build minimal examples/minimal.c
[ "$(pkg-config --modversion solotrack)" = "$("$root/bin/solotrack" --version | sed -n '1s/[^0-9.]*\([0-9.]*\).*/\1/p')" ] ||
    { echo 'install: the .pc file and the tool do not agree on the version'; exit 1; }

# One second of stereo silence in, one second and the latency of mono silence out. The minimal program
# looks for itself whether the customer is gone.
for way in shared static cxx; do
    bytes=$(head -c 32000 /dev/zero | "$root/readme-$way" | wc -c)
    [ "$bytes" -gt 16000 ] || { echo "install: the README's program ($way) gave $bytes bytes"; exit 1; }
    "$root/minimal-$way" || { echo "install: examples/minimal.c ($way) failed"; exit 1; }
done
echo 'install: the README'\''s program and examples/minimal.c build and run, shared, static and as C++'
