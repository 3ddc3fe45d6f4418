#!/bin/sh
# Whether a tarball stands alone: distcheck.sh TARBALL VOICES. Unpacked in a folder of its own, where
# no git is found, it runs its own `make test`.
set -eu
tarball=$1
voices=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tar -x -C "$scratch" -f "$tarball"
cd "$scratch"/*/
export GIT_CEILING_DIRECTORIES="$scratch" GIT_DIR=/nonexistent
${MAKE:-make} --no-print-directory VOICES="$voices" test
echo "distcheck: $(basename "$tarball") builds and passes its tests alone"
