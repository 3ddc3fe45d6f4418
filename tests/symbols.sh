#!/bin/sh
# symbols.sh LIBSOLOTRACK.SO [HEADER]: what the shared library shows of itself, and whether its header
# stands alone. Prints a line for each thing checked; status 1 if one is wrong.
set -u
library=$1
header=${2:-$(dirname "$0")/../include/solotrack.h}
soname=libsolotrack.so.0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

check() { # what, and the lines that are wrong
    if [ -z "$2" ]; then
        echo "ok: $1"
    else
        echo "FAILED: $1: $(echo "$2" | tr '\n' ' ')"
        failed=1
    fi
}

nm -D --defined-only "$library" | awk '{ print $NF }' | sort >"$scratch/exported" || exit 1
[ -s "$scratch/exported" ] || { echo "FAILED: $library exports nothing"; exit 1; }
check "only solo_* is exported" "$(grep -v '^solo_' "$scratch/exported")"

# A declaration is SOLO_API up to the semicolon: its name is what stands before the parenthesis.
sed 's,/\*.*\*/,,' "$header" | tr '\n' ' ' | grep -o 'SOLO_API [^;#]*(' |
    sed 's/(.*//; s/.*[ *]//' | grep '^solo_' | sort >"$scratch/declared"
[ -s "$scratch/declared" ] || { echo "FAILED: $header declares nothing"; exit 1; }
check "every exported symbol is declared" "$(comm -23 "$scratch/exported" "$scratch/declared")"
check "every declared function is exported" "$(comm -13 "$scratch/exported" "$scratch/declared")"

found=$(readelf -d "$library" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
[ "$found" = $soname ] && found='' || found="${found:-none}"
check "the soname is $soname" "$found"

stack=$(readelf -lW "$library" | awk '/GNU_STACK/ && /E/ && $7 ~ /E/')
check "the stack is not executable" "$stack"
check "no text relocations" "$(readelf -d "$library" | grep TEXTREL)"

# A caller's strictest compiler, in each language. Every function is named, so that it must link.
{
    echo '#include <solotrack.h>'
    echo 'typedef void (*function)(void);'
    echo 'int main(void) { int n = 0;'
    sed 's/.*/n += (function)& != (function)0;/' "$scratch/declared"
    echo 'return n == 0; }'
} >"$scratch/caller.c"
cp "$scratch/caller.c" "$scratch/caller.cc"
compile() { # what, compiler and flags, source
    what=$1
    shift
    "$@" -Wall -Wextra -Wno-address -Werror -pedantic -I"$(dirname "$header")" -c \
        -o "$scratch/caller.o" 2>"$scratch/log" || wrong=$(head -3 "$scratch/log")
    check "$what" "${wrong:-}"
    wrong=''
}
compile "the header is C99" "${CC:-cc}" -std=c99 "$scratch/caller.c"
compile "the header is C11" "${CC:-cc}" -std=c11 "$scratch/caller.c"
if command -v "${CXX:-c++}" >/dev/null; then
    compile "the header is C++17" "${CXX:-c++}" -std=c++17 "$scratch/caller.cc"
else
    echo "skipped: no C++ compiler"
fi
exit $failed
