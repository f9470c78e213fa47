#!/bin/sh
# same_trace.sh PROGRAM: the trace is the same with --races and without, whatever it finds.
set -u
trace=$(mktemp) || exit 1
trap 'rm -f "$trace"' EXIT

hash_of_run() {
    "$@" --on-violation=return --trace-text "$trace" >/dev/null 2>&1 || return
    sha256sum <"$trace"
}

for cores in 1 2 8; do
    for carrier in pthread fibre; do
        without=$(hash_of_run "$1" --cores "$cores" --carrier "$carrier") || exit 1
        with=$(hash_of_run "$1" --cores "$cores" --carrier "$carrier" --races) || exit 1
        if [ "$without" != "$with" ]; then
            echo "--races changes the trace: $1 --cores $cores --carrier $carrier"
            exit 1
        fi
    done
done
