#!/bin/sh
# The source's tarball out of the last commit: dist.sh NAME FOLDER SBOM. Its bytes depend on the commit
# and the SBOM, and on nothing else.
set -eu
name=$1
folder=$2
sbom=$3
git rev-parse -q --verify HEAD >/dev/null 2>&1 || {
    echo 'dist: a tarball is made out of a git clone, and this is none; you may have a tarball already' >&2
    exit 1
}
date=$(git log -1 --format=%ct)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
git archive --prefix="$name/" HEAD | tar -x -C "$scratch"
cp "$sbom" "$scratch/$name/solotrack.spdx.json"
mkdir -p "$folder"
LC_ALL=C tar -c -C "$scratch" --sort=name --format=ustar --mtime="@$date" --owner=0 --group=0 --numeric-owner \
    --mode=u+rw,go+r-w,a+X "$name" | xz -6 -T1 >"$folder/$name.tar.xz"
(cd "$folder" && sha256sum "$name.tar.xz")
