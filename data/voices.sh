#!/bin/sh
# Fetches the recorded voices that the recipes in data/ speak with: Debian packages, downloaded and
# unpacked into a folder of ours. Nothing is installed and no root is needed.
#
# DEST/<package>/ holds what the package has below /usr/share/asterisk/sounds (for `transcriber`: its
# example recordings), and the package's copyright file.
set -eu

PACKAGES='
asterisk-core-sounds-en-wav
asterisk-core-sounds-es-wav
asterisk-core-sounds-fr-wav
asterisk-core-sounds-it-wav
asterisk-core-sounds-ru-wav
asterisk-prompt-es-co
asterisk-prompt-fr-armelle
asterisk-prompt-it-menardi-wav
transcriber
'
STAMP=.complete-1 # raise the number when the layout below changes

fail() {
    echo "voices.sh: $*" >&2
    exit 1
}

[ $# -eq 1 ] || {
    echo 'usage: data/voices.sh DEST' >&2
    exit 2
}
dest=$1

missing=0
total=0
for package in $PACKAGES; do
    total=$((total + 1))
    [ -e "$dest/$package/$STAMP" ] || missing=$((missing + 1))
done
[ "$missing" -gt 0 ] || exit 0

for tool in apt-get apt-cache dpkg-deb gzip; do
    command -v "$tool" >/dev/null || fail "$tool is missing: run this on Debian or Ubuntu"
done
mkdir -p "$dest" || fail "cannot make the folder $dest: name one that you may write to"
dest=$(cd "$dest" && pwd)
temp=$(mktemp -d "$dest/.fetch.XXXXXX")
trap 'rm -rf "$temp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

root_option=
if [ "$(id -u)" -eq 0 ]; then
    root_option='-o APT::Sandbox::User=root'
    if ! apt-cache show asterisk-core-sounds-en-wav >/dev/null 2>&1; then
        echo 'voices: reading the package lists (apt-get update)'
        apt-get update >"$temp/log" 2>&1 ||
            fail "apt-get update failed: $(tail -n 1 "$temp/log")"
    fi
fi

# unpack_package PACKAGE: from $temp/download/*.deb to $dest/PACKAGE
unpack_package() {
    rm -rf "$temp/tree" "$temp/ready"
    mkdir "$temp/ready"
    dpkg-deb -x "$temp"/download/*.deb "$temp/tree" || return 1
    if [ "$1" = transcriber ]; then
        examples=$temp/tree/usr/share/doc/transcriber/examples
        for file in know.sph frint980428.wav; do
            gzip -dc "$examples/$file.gz" >"$temp/ready/$file" || return 1
        done
        cp "$examples/know.trs" "$examples/frint980428.trs" "$temp/ready/" || return 1
    else
        mv "$temp"/tree/usr/share/asterisk/sounds/* "$temp/ready/" || return 1
    fi
    cp "$temp/tree/usr/share/doc/$1/copyright" "$temp/ready/copyright" || return 1
    : >"$temp/ready/$STAMP"
    rm -rf "${dest:?}/$1"
    mv "$temp/ready" "$dest/$1"
}

number=0
for package in $PACKAGES; do
    number=$((number + 1))
    if [ -e "$dest/$package/$STAMP" ]; then
        continue
    fi
    echo "voices: $number of $total, $package"
    rm -rf "$temp/download"
    mkdir "$temp/download"
    # $root_option is empty or two words.
    # shellcheck disable=SC2086
    (cd "$temp/download" && apt-get $root_option -q download "$package") >"$temp/log" 2>&1 ||
        fail "package $package cannot be downloaded ($(tail -n 1 "$temp/log")):" \
            'check the network and run apt-get update as root'
    unpack_package "$package" ||
        fail "package $package cannot be unpacked: is there room in $dest? Then run this again"
done
