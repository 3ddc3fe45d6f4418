#!/bin/sh
# Instructions that a 20 ms frame of a live call takes, by stage: stages.sh BUILD VOICES. Callgrind
# counts them, so that a change of 1 % shows on a busy machine too. They depend on the compiler, the
# FFT library and the CPU's vector instructions: compare figures of one machine.
set -eu
build=$1
voices=$2
calls=$build/stages
stereo="en-speakerphone"
mixed="mixed-en-loud-agent"
mkdir -p "$calls"
"$build/solo-render" --voices "$voices" -o "$calls" "data/$stereo.call" "data/$mixed.call" >/dev/null

# One line a stage: STAGE INSTRUCTIONS. $1: the column, $2...: what solo-stages takes
count() {
    column=$1
    shift
    frames=$(valgrind -q --tool=callgrind --toggle-collect=solo_call_process_s16 \
        --callgrind-out-file="$calls/$column.callgrind" "$build/solo-stages" "$@")
    callgrind_annotate --threshold=100 --show-percs=no --auto=no "$calls/$column.callgrind" |
        awk -v frames="$frames" -v column="$column" '
            # Inlined code of the compiler'\''s and the C library'\''s headers counts for the function it is in.
            $1 !~ /^[0-9,]+$/ { next }
            /PROGRAM TOTALS/ { gsub(",", "", $1); sum["all"] = $1; next }
            {
                gsub(",", "", $1)
                function_name = $2
                sub(/.*:/, "", function_name)
                stage = ""
                if (match($2, /(^|\/)lib\/[a-z]+\/[a-z0-9_]+\.[ch]:/)) {
                    stage = substr($2, RSTART, RLENGTH)
                    sub(/^\/?lib\//, "", stage)
                    sub(/\/.*/, "", stage)
                } else if ($2 ~ /(^|\/)lib\/[a-z_]+\.[ch]:/) {
                    stage = "call, voices"
                } else if ($0 ~ /fftw|kissfft/) {
                    stage = "FFT library"
                } else {
                    elsewhere[function_name] += $1
                    next
                }
                stage_of[function_name] = stage
                sum[stage] += $1
            }
            END {
                for (name in elsewhere)
                    sum[name in stage_of ? stage_of[name] : "libc, libm"] += elsewhere[name]
                for (stage in sum) printf "%s\t%s\t%.1f\n", column, stage, sum[stage] / frames
            }'
}

{
    count stereo "$calls/$stereo"
    count mixed "$calls/$mixed"
    count extract "$calls/$mixed" extract
} | awk -F '\t' '
    { value[$1, $2] = $3 }
    END {
        rows = split("pcm,leak,spectrum,vad,attribute,extract,erase,net,speaker,call; voices," \
                     "FFT library,libc; libm,all", stage, ",")
        print "Instructions a 20 ms frame at 8 kHz, by stage\n"
        printf "%-12s  %10s  %10s  %17s\n", "stage", "stereo", "mixed", "mixed, extraction"
        for (i = 1; i <= rows; i++) {
            gsub(";", ",", stage[i])
            printf "%-12s  %10.0f  %10.0f  %17.0f\n", stage[i], value["stereo", stage[i]],
                value["mixed", stage[i]], value["extract", stage[i]]
        }
    }'
