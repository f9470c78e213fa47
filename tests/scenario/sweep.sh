#!/bin/sh
# sweep.sh [-c CORES] [-k CARRIERS] [-s SEEDS] [-e EXIT] [-m REGEX]... [-t TRIES] PROGRAM [OPTION...]
#
# Runs a scenario on each number of cores (a list, standard "1 4") and each carrier (a list,
# standard "pthread") with the seeds 1 to SEEDS (standard 50). Each run must end with EXIT (standard
# 0) and print what matches every REGEX. Prints the command of the first run that does not, with its
# output.
#
# With -t, for runs in real time, one whose own checks fail (exit 1, or a REGEX) is tried that often:
# on a host that stands still for a while, a task sleeps longer than the one that looks after it.
# What ends otherwise, by misuse, deadlock or a signal, fails at once.
set -u

cores="1 4"
carriers=pthread
seeds=50
expected=0
patterns=""
tries=1
newline='
'
while getopts c:k:s:e:m:t: option; do
    case $option in
    c) cores=$OPTARG ;;
    k) carriers=$OPTARG ;;
    s) seeds=$OPTARG ;;
    e) expected=$OPTARG ;;
    m) patterns=$patterns$OPTARG$newline ;;
    t) tries=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
program=$1
shift

options=$*

failed() {
    printf '%s\n' "$output" \
        "$1 in: $program --cores $count --carrier $carrier --seed $seed $options"
    [ "$left" -gt 0 ] && { [ "$code" -eq "$expected" ] || [ "$code" -eq 1 ]; } || exit 1
}

passes() {
    output=$("$program" --cores "$count" --carrier "$carrier" --seed "$seed" "$@" 2>&1)
    code=$?
    [ "$code" -eq "$expected" ] || { failed "exit $code, not $expected"; return 1; }
    IFS=$newline
    for pattern in $patterns; do
        printf '%s\n' "$output" | grep -qE -- "$pattern" ||
            { unset IFS; failed "no line matches '$pattern'"; return 1; }
    done
    unset IFS
}

run() {
    left=$((tries - 1))
    until passes "$@"; do
        left=$((left - 1))
    done
}

for count in $cores; do
    for carrier in $carriers; do
        seed=1
        while [ "$seed" -le "$seeds" ]; do
            run "$@"
            seed=$((seed + 1))
        done
    done
done
