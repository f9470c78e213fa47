#!/bin/bash
# valgrind.sh VALGRIND SOURCE PROGRAM: memcheck names what our own look would, when that is off, and
# values that nobody wrote.
set -u
valgrind=$1 source=$2 program=$3
failures=0

expect() { # MISTAKE FINDING [CARRIER...]
    local mistake=$1 finding=$2 line output code
    shift 2
    line=$(grep -n "/\* mistake $mistake \*/$" "$source" | sed 's/:.*//')
    for carrier in "${@:-pthread}"; do
        output=$("$valgrind" -q --error-exitcode=3 "$program" --no-check-access \
            --carrier "$carrier" "$mistake" 2>&1)
        code=$?
        if [ $code != 3 ] || ! grep -qF "$finding" <<<"$output" ||
            ! grep -q "(${source##*/}:$line)" <<<"$output"; then
            echo "FAILED: $mistake on $carrier: exit $code"
            printf '%s\n' "$output"
            failures=$((failures + 1))
        fi
    done
}

expect overflow "Invalid write of size 1" pthread fibre
expect overflow-read "Invalid read of size 1"
expect underflow "Invalid write of size 1"
expect memcpy "Invalid write of size"
expect strcpy "Invalid write of size"
expect use-after-free "Invalid write of size 1"
expect memcpy-after-free "Invalid read of size"
expect slack "Invalid write of size 1"
expect pool-overflow "Invalid write of size 1"
expect pool-use-after-free "Invalid write of size 1"
expect static-overflow "Invalid write of size 1"
expect static-header "Invalid write of size 1"
expect unwritten "Conditional jump or move depends on uninitialised value(s)" pthread fibre

# heapsim's own look comes first, where it is on, and says the same as without Valgrind.
if ! "$valgrind" -q "$program" overflow 2>&1 | grep -q "^heapsim: heap-overflow"; then
    echo "FAILED: our own look under Valgrind"
    failures=$((failures + 1))
fi
echo "$failures failures"
[ $failures = 0 ]
