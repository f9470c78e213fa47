#!/bin/sh
# bad_options.sh PROGRAM: an option that can't be ends the run before it begins, with 2 and one line.
set -u
while read -r option; do
    # shellcheck disable=SC2086
    output=$("$1" $option 2>&1)
    code=$?
    if [ $code -ne 2 ] || [ "$(printf '%s\n' "$output" | wc -l)" -ne 1 ]; then
        printf '%s\n' "$output" "FAILED: exit $code of $1 $option"
        exit 1
    fi
done <<LIST
--cores 0
--cores 65
--cores x
--seed -1
--duration 5
--duration 0ms
--engine none
--carrier none
--heap-lock spin
--rtthread 3.1.0
--heap nothing
--uart tty
--on-violation ignore
--quirks none
LIST
