#!/bin/sh
# Makes a release ready: release.sh VERSION FOLDER COMMAND..., which COMMAND has to pass first. FOLDER then
# holds the tarball, SHA256SUMS and, where SIGN_KEY names a key, SHA256SUMS.asc. Nothing is tagged, sent or
# published: that is a person's word.
set -eu
version=$1
folder=$2
shift 2
refuse() {
    echo "release: $*" >&2
    exit 1
}

[ -z "$(git status --porcelain 2>&1)" ] || refuse 'the work tree is not clean: commit or remove what git status shows'
grep -q "^## $version - [0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]$" CHANGELOG.md ||
    refuse "CHANGELOG.md has no line '## $version - YYYY-MM-DD': say what is in it, and since when"
[ -s "bench/results/$version.json" ] || refuse "bench/results/$version.json is missing: run make results"
tagged=$(git rev-parse -q --verify "refs/tags/v$version^{commit}" || git rev-parse HEAD)
[ "$tagged" = "$(git rev-parse HEAD)" ] || refuse "v$version is another commit's tag: raise the version in include/solotrack.h"

rm -f "$folder/SHA256SUMS" "$folder/SHA256SUMS.asc"
"$@" || refuse "'$*' failed: nothing was made"
tarball=$folder/solotrack-$version.tar.xz
[ -s "$tarball" ] || refuse "'$*' made no $tarball"
(cd "$folder" && sha256sum "solotrack-$version.tar.xz" >SHA256SUMS && cat SHA256SUMS)
if [ -n "${SIGN_KEY:-}" ]; then
    gpg --batch --yes --local-user "$SIGN_KEY" --armor --detach-sign "$folder/SHA256SUMS" ||
        refuse "GnuPG does not sign with the key $SIGN_KEY"
else
    echo 'release: not signed: SIGN_KEY=KEY names the key'
fi
echo "release: $folder holds $version; check it, tag it v$version, and publish it yourself"
