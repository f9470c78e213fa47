#!/usr/bin/env bash
# The explorer's tests. explore.sh CHECK PROGRAM [ARGUMENT...]:
#
#   finds CODE PROGRAM...    a failing run is found that ends with CODE, its command repeats it
#                            (REPLAYS times) with the same trace as the run, and shrunk it has at
#                            most ACTIONS actions
#   passes PROGRAM...        none fails
#   hashes PROGRAM...        each of the first RUNS runs has the trace that it has alone, in a
#                            process of its own, and with another number of workers
#   file CODE PROGRAM COPY... the schedule file is written, replays, and with COPY too
#   refused PROGRAM...       bad schedules and options end with 2 and one sentence
#   silent PROGRAM...        nothing but the report is printed into a file; progress on a terminal
#   orphans PROGRAM...       no process is left when the explorer is killed
#
# From the environment: EXPLORE (runs), REPLAYS, RUNS, ACTIONS, FORKED (1: it must say so, 0: must not)
set -u
runs=${EXPLORE:-3000} replays=${REPLAYS:-10} hashes=${RUNS:-50} actions=${ACTIONS:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    printf 'FAILED: %s\n' "$*"
    [ ! -f "$work/out" ] || head -c 4000 "$work/out"
    exit 1
}

# Without libmd there are no hashes.
has_hashes() {
    ! "$@" --trace-hash --explore 1 2>&1 | grep -q 'needs libmd'
}

explore() { # EXPECTED OPTION... : what it prints is in $work/out
    local expected=$1
    shift
    "$@" >"$work/out" 2>&1
    local code=$?
    [ "$code" -eq "$expected" ] || fail "exit $code, not $expected: $*"
}

check_forked() {
    case ${FORKED:-} in
    0) ! grep -q 'each run is a process' "$work/out" || fail "it forks each run" ;;
    1) grep -q 'each run is a process of its own: it' "$work/out" || fail "it does not fork each run" ;;
    esac
}

command_in_report() { # the command that is printed
    sed -n 's/^  Replay: //p' "$work/out"
}

check_finds() {
    local code=$1
    shift
    explore "$code" "$@" --explore "$runs"
    check_forked
    local command run
    command=$(command_in_report)
    [ -n "$command" ] || fail "no command is printed"
    for ((i = 0; i < replays; i++)); do
        bash -c "exec $command" >"$work/replay" 2>&1
        local got=$?
        [ $got -eq "$code" ] || fail "replay $i ended with $got, not $code: $command"
    done
    run=$(sed -n 's/.* run \([0-9]*\) fails: .*/\1/p' "$work/out")
    if [ "$code" -lt 128 ] && [ -n "$run" ] && [ -z "${NO_HASH:-}" ] && has_hashes "$@"; then
        local alone again
        alone=$("$@" --explore "$runs" --run "$run" --trace-hash 2>&1 | sed -n 's/.*trace-hash //p')
        again=$(bash -c "exec $command --trace-hash" 2>&1 | sed -n 's/^trace-hash //p')
        [ "$alone" = "$again" ] || fail "run $run has the trace $alone, its replay $again"
    fi
    explore "$code" "$@" --explore "$runs" --workers 1
    [ "$(command_in_report)" = "$command" ] || fail "one worker finds another run"
    explore "$code" "$@" --explore "$runs" --shrink
    local left
    left=$(sed -n 's/.* shrunk from [0-9]* to \([0-9]*\) action.*/\1/p' "$work/out")
    [ -z "$left" ] || [ "$left" -le "$actions" ] || fail "shrunk to $left actions"
}

hash_lines() {
    "$@" --trace-hash 2>&1 | grep '^run ' | sort -n -k 2
}

check_hashes() {
    has_hashes "$@" || exit 77
    hash_lines "$@" --explore "$runs" >"$work/all"
    [ "$(wc -l <"$work/all")" -ge "$hashes" ] || fail "only $(wc -l <"$work/all") runs"
    hash_lines "$@" --explore "$runs" --workers 3 | cmp - "$work/all" >"$work/out" || fail "3 workers"
    for ((i = 1; i <= hashes; i++)); do
        hash_lines "$@" --explore "$runs" --run $i >>"$work/alone"
    done
    head -n "$hashes" "$work/all" | diff - "$work/alone" >"$work/out" || fail "alone a run differs"
    if [ -n "${FORK_TOO:-}" ]; then
        hash_lines "$@" --explore "$runs" --fork-runs | cmp - "$work/all" >"$work/out" ||
            fail "forked runs differ"
    fi
}

check_file() {
    local code=$1 program=$2 copy=$3
    shift 3
    explore "$code" "$program" "$@" --explore "$runs" --shrink --schedule "$work/schedule"
    explore "$code" "$program" "$@" --schedule "$work/schedule"
    explore "$code" "$copy" "$@" --schedule "$work/schedule"
    explore 0 "$program" "$@" --fix --schedule "$work/schedule"
    sed '/^#/!s/+[0-9]* /+77 /' "$work/schedule" >"$work/stale"
    explore 2 "$program" "$@" --fix --schedule "$work/stale"
    grep -q "never came to '.*+77 " "$work/out" || fail "the place is not named"
}

check_refused() {
    printf 'tick server\n' >"$work/short"
    printf 'tock server serve+2 write 1\n' >"$work/word"
    : >"$work/empty"
    while read -r options; do
        # shellcheck disable=SC2086
        eval "explore 2 \"\$@\" $options"
        [ "$(wc -l <"$work/out")" -eq 1 ] || fail "not one line: $options"
    done <<LIST
--inject nothing
--inject main@x:tick
--inject main@1:tock
--inject main@1:line64
--inject main@1:core64
--inject @1:tick
--inject main@1
--inject main@99999999999:tick
--inject $'ma\ein@1:tick'
--inject $'main@1:tick\nx'
--schedule $work/short
--schedule $work/word
--schedule $work/empty
--schedule $work/none
--schedule $work
--explore 0
--explore x
--explore 10 --run 11
--explore 10 --run 0
--explore 10000000 --strategy sweep --run 9999999
--explore 10 --strategy best
--explore 10 --workers 0
--explore 10 --inject main@1:tick
--explore 10 --schedule $work/no/file
--explore 10 --trace-text $work/no/file
--explore 10 --engine parallel
--explore 10 --uart pty
--explore 10 --uart-record $work/record
--inject main@1:tick --schedule $work/short
--run 5
--shrink
--strategy pct
--workers 2
LIST
}

check_silent() {
    explore 0 "$@" --fix --explore "$runs" --trace-text "$work/trace" --trace "$work/json"
    ! grep -q $'\r' "$work/out" || fail "progress in a file"
    [ ! -e "$work/trace" ] && [ ! -e "$work/json" ] || fail "the exploration writes a trace"
    [ "$(wc -l <"$work/out")" -le 4 ] || fail "more than the report"
    "$@" --explore "$runs" --trace-text "$work/trace" >"$work/out" 2>&1
    [ -s "$work/trace" ] || fail "the replay writes no trace"
    script -qec "$* --fix --explore 400000" /dev/null >"$work/out" 2>&1
    grep -q 'explore: [0-9]* of 400000 runs' "$work/out" || fail "no progress on a terminal"
}

children_of() {
    local status pid
    for status in /proc/[0-9]*/status; do
        grep -qsx "PPid:[[:space:]]*$1" "$status" || continue
        pid=${status//[!0-9]/}
        echo "$pid"
        children_of "$pid"
    done
}

wait_for_end() { # PROCESS: as long as a loaded host takes for it
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        grep -qs '^State:.*[^Z] (' "/proc/$1/status" || return 0
        sleep 0.1
    done
    return 1
}

check_orphans() {
    for forks in "" --fork-runs; do
        # shellcheck disable=SC2086
        "$@" --fix --explore 1000000000 --workers 2 $forks >/dev/null 2>&1 &
        local explorer=$! children='' tries
        for ((tries = 0; tries < 100 && $(wc -w <<<"$children") < 2; tries++)); do
            sleep 0.1
            children=$(children_of "$explorer")
        done
        [ -n "$children" ] || { kill -KILL "$explorer"; fail "it has no workers"; }
        kill -INT "$explorer" && sleep 0.1
        kill -KILL "$explorer" 2>/dev/null
        wait "$explorer" 2>/dev/null
        for child in $children; do
            wait_for_end "$child" || fail "process $child is left"
        done
    done
    return 0
}

check=$1
shift
if [ "$check" = passes ]; then
    explore 0 "$@" --explore "$runs"
    check_forked
    grep -q 'none fails' "$work/out" || fail "it does not say so"
else
    "check_$check" "$@"
fi
