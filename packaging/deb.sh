#!/bin/sh
# Debian's packages out of a tarball: deb.sh TARBALL FOLDER. What lintian says of them, from a warning on, is
# an error.
set -eu
tarball=$(realpath "$1")
folder=$2
here=$PWD/packaging/debian
name=$(basename "$tarball" .tar.xz)
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
cp "$tarball" "solotrack_${name#solotrack-}.orig.tar.xz"
tar -x -f "$tarball"
cp -R "$here" "$name/debian"
(cd "$name" && dpkg-buildpackage -us -uc) >log 2>&1 || {
    tail -30 log >&2
    exit 1
}
rm -rf "$name"
ls ./*.deb
# No bug of Debian's asks for these packages: they are not for its archive.
lintian --tag-display-limit 0 --allow-root --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs ./*.changes
echo 'deb: lintian finds no error and no warning'
