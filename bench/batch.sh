#!/bin/sh
# What batch adds to the calls that it erases: batch.sh BUILD VOICES [ROUNDS [JOBS...]]. The calls of
# data/ that have a leg for each party, in two folders, are erased one by one and by batch with so
# many workers, in turn; the shortest of the rounds counts. 1.00: batch takes as long as the single
# calls together, divided by the workers. A worker wants a core of its own that nothing else uses.
set -eu
build=$1
voices=$2
rounds=${3:-5}
jobs="1 2"
if [ $# -gt 3 ]; then
    shift 3
    jobs=$*
fi
tree=$build/batch
times=$tree/times
rm -rf "$tree"
mkdir -p "$tree/in/a" "$tree/in/b"
recipes=$(grep -L -E '^(mixed|duplicate) ' data/*.call)
# shellcheck disable=SC2086 # one word a recipe
"$build/solo-render" --voices "$voices" -o "$tree/calls" $recipes >/dev/null
for recipe in $recipes; do
    name=$(basename "$recipe" .call)
    for folder in a b; do
        cp "$tree/calls/$name/legs.wav" "$tree/in/$folder/$name.wav"
    done
done

now() {
    date +%s.%N
}

# $1: what, $2...: the command. One line: WHAT SECONDS
measure() {
    what=$1
    shift
    rm -rf "$tree/out"
    mkdir -p "$tree/out/a" "$tree/out/b"
    sync
    from=$(now)
    "$@" >/dev/null
    echo "$what $from $(now)" | awk '{ print $1, $3 - $2 }' >>"$times"
}

one_by_one() {
    for call in "$tree"/in/*/*.wav; do
        "$build/solotrack" erase --agent left --sidecar "$call" "$tree/out/${call#"$tree"/in/}"
    done
}

round=0
while [ "$round" -lt "$rounds" ]; do
    measure single one_by_one
    for j in $jobs; do
        measure "$j" "$build/solotrack" batch -j "$j" --agent left "$tree/in" "$tree/out"
    done
    round=$((round + 1))
done

awk -v calls="$(find "$tree/in" -name '*.wav' | wc -l)" -v jobs="$jobs" '
    !($1 in least) || $2 < least[$1] { least[$1] = $2 }
    END {
        printf "%d calls one by one: %.2f s\n", calls, least["single"]
        count = split(jobs, job, " ")
        for (i = 1; i <= count; i++) {
            j = job[i]
            printf "batch -j %d: %.2f s, %.2f of the single calls divided by %d\n", j, least[j],
                   least[j] * j / least["single"], j
        }
    }' "$times"
rm -rf "$tree"
