#!/bin/sh
# symbols.sh LIBSOLOTRACK.SO: what the shared library shows of itself, against the header and the list
# in lib/solotrack.map, and whether programs in every C and C++ of today build and run with it. Prints a
# line for each thing checked; status 1 if one is wrong.
set -u
library=$1
here=$(dirname "$0")
header=$here/../include/solotrack.h
list=$here/../lib/solotrack.map
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

# Each with the version that it has, the versions themselves left out.
nm -D --defined-only "$library" | awk '$2 != "A" { print $NF }' | sort >"$scratch/versioned"
sed 's/@.*//' "$scratch/versioned" >"$scratch/exported"
[ -s "$scratch/exported" ] || { echo "FAILED: $library exports nothing"; exit 1; }
check "only solo_* is exported" "$(grep -v '^solo_' "$scratch/exported")"
check "every exported symbol has a version" "$(grep -v '@@SOLOTRACK_[0-9.]*$' "$scratch/versioned")"

sed -n 's/^ *\(solo_[a-z0-9_]*\);$/\1/p' "$list" | sort >"$scratch/listed"
check "every exported symbol is in the list" "$(comm -23 "$scratch/exported" "$scratch/listed")"
check "everything in the list is exported" "$(comm -13 "$scratch/exported" "$scratch/listed")"

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
    cat "$here/caller.c"
    echo 'typedef void (*function)(void);'
    sed 's/.*/function caller_&(void); function caller_&(void) { return (function)&; }/' "$scratch/declared"
} >"$scratch/caller.c"
cp "$scratch/caller.c" "$scratch/caller.cc"
run_caller() { # source, compiler, standard
    problem=$({ "$2" -std="$3" -pedantic-errors -Wall -Wextra -Werror -I"$(dirname "$header")" "$scratch/$1" "$library" \
        -o "$scratch/caller" && LD_LIBRARY_PATH=$(dirname "$library") "$scratch/caller"; } 2>&1) && problem='' ||
        problem=$(echo "${problem:-it ran and failed}" | head -3)
    check "a program in $3 builds and runs" "$problem"
}
for standard in c99 c11 c17; do
    run_caller caller.c "${CC:-cc}" $standard
done
if command -v "${CXX:-c++}" >/dev/null; then
    for standard in c++98 c++11 c++20; do
        run_caller caller.cc "${CXX:-c++}" $standard
    done
else
    echo "skipped: no C++ compiler"
fi
exit $failed
