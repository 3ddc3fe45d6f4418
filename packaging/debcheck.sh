#!/bin/sh
# Installs the packages of a folder, uses what they bring, and purges them: debcheck.sh FOLDER, as root.
set -eu
folder=$1
[ "$(id -u)" -eq 0 ] || { echo 'debcheck: only root installs packages' >&2; exit 1; }
packages=$(for deb in "$folder"/*.deb; do dpkg-deb -f "$deb" Package; done | grep -v dbgsym)
for package in $packages; do
    ! dpkg-query -W "$package" >/dev/null 2>&1 || { echo "debcheck: $package is installed already" >&2; exit 1; }
done
scratch=$(mktemp -d)
# shellcheck disable=SC2086 # a list of packages
trap 'rm -rf "$scratch"; dpkg --purge $packages >/dev/null 2>&1' EXIT
for package in $packages; do
    echo "$folder/${package}_"*.deb
done | xargs dpkg -i >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; exit 1; }

[ "$(command -v solotrack)" = /usr/bin/solotrack ]
solotrack --version
man -w solotrack >/dev/null
version=$(pkg-config --modversion solotrack)
# shellcheck disable=SC2046 # lists of flags
{
    cc -std=c99 tests/caller.c $(pkg-config --cflags --libs solotrack) -o "$scratch/shared"
    cc -std=c99 tests/caller.c $(pkg-config --cflags solotrack) -Wl,-Bstatic -lsolotrack -Wl,-Bdynamic \
        $(pkg-config --static --libs solotrack | sed 's/-lsolotrack//') -o "$scratch/static"
}
"$scratch/shared"
"$scratch/static"
echo "debcheck: a program builds and runs with libsolotrack $version, shared and static"
if command -v analyseplugin >/dev/null; then
    analyseplugin /usr/lib/ladspa/solotrack.so | grep -i 'name.*solotrack\|label'
fi
nm -D --defined-only /usr/lib/ladspa/solotrack.so | grep -q ladspa_descriptor
if command -v gst-inspect-1.0 >/dev/null; then
    GST_REGISTRY=$scratch/registry gst-inspect-1.0 solotrack | grep -i 'long-name\|version'
fi
# shellcheck disable=SC2086 # a list of packages
dpkg --purge $packages >/dev/null
trap 'rm -rf "$scratch"' EXIT
left=$(find /usr -name '*solotrack*' -not -path '/usr/local/*' 2>/dev/null)
[ -z "$left" ] || { echo "debcheck: FAILED: the purge left $left" >&2; exit 1; }
echo 'debcheck: installed, used, purged; nothing is left'
