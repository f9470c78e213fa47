#!/bin/sh
# refused.sh PROGRAM OPTIONS SENTENCE: these options end the run before it begins, with 2 and one line.
set -u
# shellcheck disable=SC2086
output=$("$1" $2 2>&1)
code=$?
printf '%s\n' "$output"
[ $code -eq 2 ] && [ "$(printf '%s\n' "$output" | wc -l)" -eq 1 ] &&
    printf '%s\n' "$output" | grep -qF -- "$3"
