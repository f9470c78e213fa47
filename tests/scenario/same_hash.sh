#!/bin/sh
# same_hash.sh RUNS PROGRAM [OPTION...]: the trace has one hash in all runs, on each of 1, 2 and 8
# cores, whatever carries the tasks (every third run is on pthreads, the others on fibres), whatever
# the size of the environment, every other run beside a busy process. Without --trace-hash in the
# build the trace itself is hashed.
set -u
runs=$1
shift

trace=$(mktemp) || exit 1
busy=
trap 'rm -f "$trace"; [ -z "$busy" ] || kill "$busy"' EXIT

hash_of_run() {
    "$@" --trace-text "$trace" >/dev/null 2>&1 || return
    sha256sum <"$trace"
}

for cores in 1 2 8; do
    expected=
    run=0
    filler=
    while [ "$run" -lt "$runs" ]; do
        if [ $((run % 2)) -eq 1 ]; then
            sh -c 'while :; do :; done' &
            busy=$!
        fi
        carrier=fibre
        [ $((run % 3)) -ne 0 ] || carrier=pthread
        FILLER=$filler
        export FILLER
        hash=$(hash_of_run "$@" --cores "$cores" --carrier "$carrier") || {
            echo "it fails: $* --cores $cores --carrier $carrier"
            exit 1
        }
        if [ -n "$busy" ]; then
            kill "$busy"
            wait "$busy" 2>/dev/null
            busy=
        fi
        : "${expected:=$hash}"
        if [ "$hash" != "$expected" ]; then
            echo "run $run has another trace: $* --cores $cores --carrier $carrier"
            exit 1
        fi
        filler=${filler}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
        run=$((run + 1))
    done
    echo "$cores cores, $runs runs: $expected"
done
