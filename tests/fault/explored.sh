#!/bin/sh
# explored.sh PROGRAM: an exploration finds a fault, and the command that it prints tells of it.
set -u

failed() {
    printf '%s\n' "$output" "FAILED: $*"
    exit 1
}

for mistake in null_write:null-access:null_write recursion:stack-overflow:descend; do
    name=${mistake%%:*} function=${mistake##*:}
    kind=${mistake#*:} kind=${kind%:*}
    output=$("$1" --explore 20 "$name" 2>&1)
    code=$?
    [ "$code" -eq 3 ] || failed "$name: exit $code"
    replay=$(printf '%s\n' "$output" | sed -n 's/^  Replay: //p')
    [ -n "$replay" ] || failed "$name: no command"
    output=$(sh -c "exec $replay" 2>&1)
    code=$?
    [ "$code" -eq 3 ] || failed "$name: exit $code of $replay"
    printf '%s\n' "$output" | grep -q "^heapsim: $kind " || failed "$name: $replay names no $kind"
    printf '%s\n' "$output" | grep -q "^  At $function (faults.c:" || failed "$name: $replay names no line"
done
