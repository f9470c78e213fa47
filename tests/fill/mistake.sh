#!/usr/bin/env bash
# mistake.sh EXIT PROGRAM ARGUMENT... -- TEXT...: the program ends with that exit code, and what it
# prints to standard error has each text.
set -u
exit=$1
shift
command=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    command+=("$1")
    shift
done
shift
output=$("${command[@]}" 2>&1)
code=$?
if [ "$code" != "$exit" ]; then
    printf '%s\n' "$output" "exit code $code, not $exit"
    exit 1
fi
for text in "$@"; do
    if ! printf '%s\n' "$output" | grep -qF -- "$text"; then
        printf '%s\n' "$output" "not there: $text"
        exit 1
    fi
done
if [ "$exit" = 0 ] && printf '%s\n' "$output" | grep -qE '^heapsim: [a-z-]+ \('; then
    printf '%s\n' "$output" "a diagnosis in a correct run"
    exit 1
fi
