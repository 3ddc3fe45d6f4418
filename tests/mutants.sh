#!/bin/sh
# Deliberate faults in the path that erases, one at a time: each has to make a test of solo-test fail.
# mutants.sh BUILD VOICES [WORD]: only the faults whose name holds WORD. Status 1: one was missed, or
# could not be made.
#
# A fault's own tests run first, and the whole suite if none of them notices.
set -eu
build=$1
voices=$2
word=${3:-}
tree=$build/tree
make=${MAKE:-make}

rm -rf "$tree"
mkdir -p "$tree/examples" "$build/tmp"
cp -r Makefile include lib tests data bench training "$tree"
cp -r examples/tool examples/asterisk "$tree/examples"
export SOLO_VOICES="$voices" SOLO_DATA="$tree/data" SOLO_TMP="$build/tmp"

build_tests() {
    $make -s --no-print-directory -C "$tree" BUILD=build VOICES="$voices" CFLAGS=-O2 build/solo-test >"$build/log" 2>&1
}

# Names the first test that fails among those whose name is like $1, and ends it all there. Status 0:
# one does.
failing() {
    timeout 900 stdbuf -oL "$tree/build/solo-test" ${1:+"$1"} 2>&1 |
        awk '/^\[  FAILED  \] / { sub(/^.*\] /, ""); print; found = 1; exit }
             /^\[==========\]/ { ended = 1 }
             END { if (!found && !ended) print "a test that never ended"; exit !found && ended }'
}

total=0 missed=0

# $1: what is wrong, $2: the file, $3: how sed makes it so, $4...: its tests
fault() {
    name=$1 file=$2 edit=$3
    shift 3
    case $name in *"$word"*) ;; *) return 0 ;; esac
    total=$((total + 1))
    sed "$edit" "$file" >"$tree/$file"
    if cmp -s "$file" "$tree/$file"; then
        echo "NOT MADE   $name: sed changes nothing in $file"
        missed=$((missed + 1))
        return 0
    fi
    by=
    if build_tests; then
        for tests in "$@" ''; do
            by=$(failing "$tests") && break
        done
        if [ -n "$by" ]; then
            echo "caught     $name: by $by"
        else
            echo "SURVIVED   $name ($file)"
            missed=$((missed + 1))
        fi
    else
        echo "NOT MADE   $name: $file does not compile"
        missed=$((missed + 1))
    fi
    cp "$file" "$tree/$file"
}

build_tests || { cat "$build/log"; exit 1; }
. tests/mutants.table
echo "mutants: $((total - missed)) of $total faults caught"
[ "$missed" -eq 0 ]
