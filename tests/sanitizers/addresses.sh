#!/bin/bash
# addresses.sh EXPECTED PROGRAM HEAP...: where blocks of a correct program lie, in each heap.
set -u
expected=$1 program=$2
shift 2
list() {
    for heap; do
        echo "--heap $heap"
        "$program" --heap "$heap" 2>&1 | grep -v "^heapsim: heap .* smaller"
        [ "${PIPESTATUS[0]}" = 0 ] || echo "FAILED"
    done
}
list "$@" | diff "$expected" - && echo "the same addresses"
