#!/bin/sh
# What a build is linked with, as SPDX 2.3 in JSON on standard output: sbom.sh VERSION FFT LIBRARY TOOL.
# Asked are the binaries themselves: every shared library that the loader would load, with its hash and the
# version of the package that it is of.
set -eu
version=$1
fft=$2
library=$3
tool=$4
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The licence of what is known to be linked; the rest is not asserted.
licence_of() {
    case $1 in
    libfftw3*) echo GPL-2.0-or-later ;;
    libkissfft* | libspeexdsp* | libFLAC* | libvorbis* | libogg* | libopus*) echo BSD-3-Clause ;;
    libsndfile* | libc.so* | libm.so* | libpthread* | ld-linux*) echo LGPL-2.1-or-later ;;
    libmpg123*) echo LGPL-2.1-only ;;
    libmp3lame*) echo LGPL-2.0-or-later ;;
    libgcc_s* | libgomp*) echo GPL-3.0-or-later WITH GCC-exception-3.1 ;;
    *) echo NOASSERTION ;;
    esac
}

# NAME VERSION of the Debian package that a file is of, if any. dpkg knows it by the name that it was
# installed under, /usr or not.
package_of() {
    file=$(realpath "$1")
    owner=$(dpkg-query -S "$file" 2>/dev/null || dpkg-query -S "${file#/usr}" 2>/dev/null || true)
    # shellcheck disable=SC2016 # dpkg's own variables
    dpkg-query -W -f='${Package} ${Version}\n' "${owner%%: /*}" 2>/dev/null | head -1
}

# pkg-config's version where it knows the library, else that of the package.
version_of() { # soname, package's version
    case $1 in
    libfftw3f*) module=fftw3f ;;
    libkissfft*) module=kissfft-float ;;
    libspeexdsp*) module=speexdsp ;;
    libsndfile*) module=sndfile ;;
    *) module= ;;
    esac
    [ -n "$module" ] && pkg-config --modversion "$module" 2>/dev/null || echo "${2:-NOASSERTION}"
}

sha256_of() {
    sha256sum "$1" | cut -d' ' -f1
}

# SONAME PATH of every shared library but the kernel's own.
ldd "$tool" | sed -n 's/^[[:space:]]*\([^ /]*\) => \(\/[^ ]*\) .*/\1 \2/p' | LC_ALL=C sort >"$scratch/loaded"
[ -s "$scratch/loaded" ] || { echo "sbom: $tool loads no shared library" >&2; exit 1; }
needed_by() {
    readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | LC_ALL=C sort
}

if [ "$fft" = fftw ]; then
    concluded='BSD-3-Clause AND GPL-2.0-or-later'
else
    concluded=BSD-3-Clause
fi

package() { # id, name, version, file, licence declared, licence concluded, Debian package and version
    printf '  {"SPDXID": "SPDXRef-%s", "name": "%s", "versionInfo": "%s", "downloadLocation": "NOASSERTION",\n' "$1" "$2" "$3"
    printf '   "filesAnalyzed": false, "licenseDeclared": "%s", "licenseConcluded": "%s", "copyrightText": "NOASSERTION",\n' "$5" "$6"
    if [ -n "${7:-}" ]; then
        printf '   "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",\n'
        printf '    "referenceLocator": "pkg:deb/debian/%s"}],\n' "$(echo "$7" | sed 's/+/%2B/g; s/:/%3A/g; s/ /@/')"
    fi
    printf '   "checksums": [{"algorithm": "SHA256", "checksumValue": "%s"}]}' "$(sha256_of "$4")"
}
relation() {
    printf '  {"spdxElementId": "SPDXRef-%s", "relationshipType": "%s", "relatedSpdxElement": "SPDXRef-%s"}' "$1" "$2" "$3"
}

packages() {
    package library libsolotrack "$version" "$library" BSD-3-Clause "$concluded"
    printf ',\n'
    package tool solotrack "$version" "$tool" BSD-3-Clause "$concluded"
    while read -r soname path; do
        printf ',\n'
        licence=$(licence_of "$soname")
        debian=$(package_of "$path")
        package "$soname" "$soname" "$(version_of "$soname" "${debian#* }")" "$path" "$licence" "$licence" "$debian"
    done <"$scratch/loaded"
}
relations() {
    relation DOCUMENT DESCRIBES library
    printf ',\n'
    relation DOCUMENT DESCRIBES tool
    printf ',\n'
    relation tool STATIC_LINK library
    { echo "library $library"; echo "tool $tool"; cat "$scratch/loaded"; } >"$scratch/all"
    while read -r from path; do
        for soname in $(needed_by "$path"); do
            grep -q "^$soname " "$scratch/loaded" || continue
            printf ',\n'
            relation "$from" DYNAMIC_LINK "$soname"
        done
    done <"$scratch/all"
}
packages >"$scratch/packages"
relations >"$scratch/relations"
digest=$(cat "$scratch/packages" "$scratch/relations" | sha256sum | cut -d' ' -f1)
seconds=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y include/solotrack.h)}

cat <<END
{"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
 "name": "solotrack-$version", "documentNamespace": "https://spdx.org/spdxdocs/solotrack-$version-$digest",
 "creationInfo": {"created": "$(date -u -d "@$seconds" +%Y-%m-%dT%H:%M:%SZ)", "creators": ["Tool: packaging/sbom.sh"]},
 "packages": [
$(cat "$scratch/packages")
 ],
 "relationships": [
$(cat "$scratch/relations")
 ]}
END
