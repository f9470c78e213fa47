#!/bin/bash
# valgrind_correct.sh VALGRIND PROGRAM -- HEAP... -- PROGRAM...: no finding in correct programs: the
# first with each heap, then on fibres, and the others as they are.
set -u
valgrind=$1 of_heaps=$2
shift 3
failures=0

run() { # PROGRAM OPTION...
    local output code
    output=$("$valgrind" -q --error-exitcode=3 "$@" 2>&1)
    code=$?
    if [ $code != 0 ] || grep -q "^==" <<<"$output"; then
        echo "FAILED: $*: exit $code"
        printf '%s\n' "$output" | head -40
        failures=$((failures + 1))
    fi
}

while [ "$1" != -- ]; do
    run "$of_heaps" --heap "$1"
    shift
done
run "$of_heaps" --carrier fibre
shift
for program; do
    run "$program"
done
echo "$failures failures"
[ $failures = 0 ]
