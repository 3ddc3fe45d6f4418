#!/bin/sh
# What the library and its tests need of Debian's ARCH, unpacked into a folder and not installed:
# sysroot.sh ARCH FOLDER. apt has a state of its own there, so that this machine's is left alone.
set -eu
arch=$1
root=$(realpath -m "$2")
apt=$root.apt
packages='libc6-dev libfftw3-dev libspeexdsp-dev libsndfile1-dev libcmocka-dev'

[ ! -e "$root/.complete" ] || exit 0
rm -rf "$root" "$apt"
mkdir -p "$root" "$apt/lists/partial" "$apt/archives/partial"
: >"$apt/status"
apt_get() {
    apt-get -qq -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o Dir::State="$apt" \
        -o Dir::State::status="$apt/status" -o Dir::Cache="$apt" -o APT::Sandbox::User="$(id -un)" \
        -o Acquire::Languages=none "$@"
}
# Where one list of several cannot be had the others may do; if not, the next step says what is missing.
apt_get update || echo 'sysroot: going on with the package lists that were had' >&2
# shellcheck disable=SC2086 # a list of package names
apt_get install -y --no-install-recommends --download-only $packages >/dev/null
for package in "$apt"/archives/*.deb; do
    dpkg-deb -x "$package" "$root"
done
rm -rf "$apt"

# Links to absolute targets would lead out of the folder.
find "$root" -type l -lname '/*' | while read -r link; do
    ln -sfn "$(realpath -m --relative-to="$(dirname "$link")" "$root/$(readlink "$link")")" "$link"
done
touch "$root/.complete"
