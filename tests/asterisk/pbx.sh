# shellcheck shell=bash
# A Debian bullseye root with an Asterisk of its own, SIPp for telephones, and the manager. Sourced by
# run.sh, which has set root, build, voices and scratch. Everything is bounded in time and on loopback.

# shellcheck disable=SC2154 # what run.sh has set
started=() # ids of the processes that we started and that run on their own
pbx=
next_port=0

fail() {
    echo "test-asterisk: FAILED: $*" >&2
    exit 1
}

within() { # SECONDS COMMAND...: until the command succeeds
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $until ] || return 1
        sleep 0.2
    done
}

inside() {
    timeout 600 chroot "$root" "$@"
}

# --- the root ------------------------------------------------------------------------------------

make_root() {
    [ -e "$root/.complete" ] && return
    echo 'test-asterisk: building a Debian bullseye root (once)'
    rm -rf "$root"
    mkdir -p "$root/etc/dpkg/dpkg.cfg.d"
    echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io" # no fsync a file: it can be made anew
    timeout 900 debootstrap --variant=minbase --include=ca-certificates bullseye "$root" \
        >"$scratch/debootstrap.log" 2>&1 || fail "debootstrap, see $scratch/debootstrap.log"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no package starts a service
    chmod +x "$root/usr/sbin/policy-rc.d"
    inside sh -c 'export DEBIAN_FRONTEND=noninteractive; apt-get update -qq &&
        apt-get install -y -qq --no-install-recommends asterisk asterisk-modules asterisk-config asterisk-dev \
        gcc libc6-dev make pkg-config sip-tester libfftw3-dev libsndfile1-dev libspeexdsp-dev' \
        >"$scratch/packages.log" 2>&1 || fail "the root's packages, see $scratch/packages.log"
    printf '127.0.0.1 localhost %s\n' "$(hostname)" >"$root/etc/hosts"
    echo 'hosts: files' >"$root/etc/nsswitch.conf" # Asterisk looks up its own name: no waiting for DNS
    touch "$root/.complete"
}

build_module() {
    mkdir -p "$root/src"
    tar cf - --exclude='*.o' --exclude='*.so' Makefile include lib training/export data/*.[ch] bench/*.[ch] examples | tar xf - -C "$root/src"
    inside make -s -C /src build/libsolotrack.a >"$scratch/library.log" 2>&1 ||
        fail "the library does not build, see $scratch/library.log"
    inside make -s -C /src/examples/asterisk install SOLOTRACK_CFLAGS=-I../../include CFLAGS='-O2 -Werror' \
        SOLOTRACK_LIBS='../../build/libsolotrack.a -lfftw3f_threads -lfftw3f -lspeexdsp -lm' >"$scratch/module.log" 2>&1 ||
        fail "the module does not build, see $scratch/module.log"
}

# --- the PBX -------------------------------------------------------------------------------------

cli() {
    timeout 20 chroot "$root" asterisk -rx "$*" 2>/dev/null
}

says() { # TEXT COMMAND: whether it is in the answer
    case $(cli "$2" || true) in *"$1"*) return 0 ;; *) return 1 ;; esac
}

booted() {
    says 'fully booted' 'core waitfullybooted'
}

start_pbx() {
    cp tests/asterisk/etc/*.conf "$root/etc/asterisk/"
    chroot "$root" asterisk -f -n -q >"$scratch/asterisk.log" 2>&1 &
    pbx=$!
    within 60 booted || fail "Asterisk does not start, see $scratch/asterisk.log"
    says Loaded 'module load app_solotrack.so' || fail 'the module is not loaded'
}

gone() {
    ! kill -0 "$1" 2>/dev/null
}

stop_pbx() {
    [ -n "$pbx" ] || return 0
    cli 'core stop now' >/dev/null || true
    within 20 gone "$pbx" || kill -9 "$pbx"
    wait "$pbx" 2>/dev/null || true
    pbx=
}

kill_pbx() {
    kill -9 "$pbx"
    wait "$pbx" 2>/dev/null || true
    pbx=
}

# --- the telephones ------------------------------------------------------------------------------

# The sounds and scenarios of both sides, for one codec: NAME PAYLOAD RTPMAP
prepare_call() {
    local folder=$scratch/calls/$1 side
    "$build/solo-judge" split "$folder"
    for side in agent customer; do
        cp "$folder/$side.raw" "$root/opt/$1-$side.raw"
        sed "s|@PAYLOAD@|$2|g; s|@NAME@|$3|; s|@SOUND@|/opt/$1-$side.raw|; s|@MS@|19500|" \
            tests/asterisk/$side.xml >"$root/opt/$1-$side.xml"
    done
}

# What SIPp sends as G.722 is Asterisk's own encoding.
encode_g722() {
    local side
    for side in agent customer; do
        mv "$root/opt/g722-$side.raw" "$root/opt/g722-$side.sln16"
        says Converted "file convert /opt/g722-$side.sln16 /opt/g722-$side.g722" || fail 'no G.722'
        mv "$root/opt/g722-$side.g722" "$root/opt/g722-$side.raw"
    done
}

prepare_calls() {
    "$build/solo-render" --voices "$voices" -o "$scratch/calls" tests/asterisk/calls/*.call >/dev/null
    "$build/solotrack" enroll -o "$scratch/agent.voice" "$scratch/calls/alaw/enrol.wav" >/dev/null
    cp "$scratch/agent.voice" "$root/opt/"
    prepare_call alaw 8 PCMA
    prepare_call ulaw 0 PCMU
    prepare_call g722 9 G722
}

codec_of() { # NN: the second digit
    case $1 in ?1) echo alaw ;; ?2) echo ulaw ;; *) echo g722 ;; esac
}

sipp() { # SCENARIO PORT MEDIA_PORT ARGUMENTS...
    local scenario=$1 port=$2 media=$3
    shift 3
    exec timeout 300 chroot "$root" sipp -sf "/opt/$scenario.xml" -i 127.0.0.1 -mi 127.0.0.1 -p "$port" \
        -mp "$media" -nostdin "$@" >"$scratch/$scenario-$port.log" 2>&1
}

start_agents() {
    local digit
    for digit in 1 2 3; do
        sipp "$(codec_of "x$digit")-agent" $((15070 + digit)) $((30000 + digit * 1000)) &
        started+=($!)
    done
    sleep 1
}

# One customer, or several, who call NN; gives the process's id in `customer`.
call() { # NN ARGUMENTS...
    local number=$1
    shift
    next_port=$((next_port + 1))
    sipp "$(codec_of "$number")-customer" $((15100 + next_port)) $((40000 + next_port * 1000 % 20000)) \
        -s "$number" "$@" 127.0.0.1:15060 &
    customer=$!
    started+=("$customer")
}

end_process() {
    kill "$1" 2>/dev/null || true
    within 5 gone "$1" || kill -9 "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

end_telephones() {
    local process
    for process in "${started[@]}"; do
        end_process "$process"
    done
    started=()
}

# --- the manager ---------------------------------------------------------------------------------

open_manager() {
    events=$scratch/events
    exec {manager}<>/dev/tcp/127.0.0.1/15038
    timeout 300 sed -u 's|\r$||' <&"$manager" >"$events" &
    listener=$!
    ask login Login Username test Secret loopback
    within 10 answered login || fail 'the manager does not answer'
}

close_manager() {
    [ -n "${listener:-}" ] || return 0
    exec {manager}>&-
    end_process "$listener"
    listener=
}

ask() { # ID ACTION [KEY VALUE]...
    local text="Action: $2"$'\r\n'"ActionID: $1"$'\r\n'
    shift 2
    while [ $# -gt 0 ]; do
        text+="$1: $2"$'\r\n'
        shift 2
    done
    printf '%s\r\n' "$text" >&"$manager"
}

# Of the manager's messages that hold a line LINE and a line OTHER: the value of KEY, one a message.
message() { # KEY LINE [OTHER]
    awk -v key="$1: " -v one="$2" -v other="${3:-$2}" 'BEGIN { RS = ""; FS = "\n" } {
        found = ""; a = b = 0
        for (i = 1; i <= NF; i++) {
            if ($i == one) a = 1
            if ($i == other) b = 1
            if (index($i, key) == 1) found = substr($i, length(key) + 1)
        }
        if (a && b) print found
    }' "$events"
}

answered() {
    [ -n "$(message Response "ActionID: $1")" ]
}

# Asks and gives the answer: Success or Error.
answer() { # ID ACTION [KEY VALUE]...
    ask "$@"
    within 10 answered "$1" || fail "the manager does not answer $1"
    message Response "ActionID: $1"
}
