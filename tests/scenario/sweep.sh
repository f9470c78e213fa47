#!/bin/sh
# sweep.sh [-c CORES] [-k CARRIERS] [-s SEEDS] [-e EXIT] [-m REGEX]... PROGRAM [OPTION...]
#
# Runs a scenario on each number of cores (a list, standard "1 4") and each carrier (a list,
# standard "pthread") with the seeds 1 to SEEDS (standard 50). Each run must end with EXIT (standard 0) and print what matches every REGEX.
# Prints the command of the first run that does not, with its output.
set -u

cores="1 4"
carriers=pthread
seeds=50
expected=0
patterns=""
newline='
'
while getopts c:k:s:e:m: option; do
    case $option in
    c) cores=$OPTARG ;;
    k) carriers=$OPTARG ;;
    s) seeds=$OPTARG ;;
    e) expected=$OPTARG ;;
    m) patterns=$patterns$OPTARG$newline ;;
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
    exit 1
}

run() {
    output=$("$program" --cores "$count" --carrier "$carrier" --seed "$seed" "$@" 2>&1)
    code=$?
    [ "$code" -eq "$expected" ] || failed "exit $code, not $expected"
    IFS=$newline
    for pattern in $patterns; do
        printf '%s\n' "$output" | grep -qE -- "$pattern" || failed "no line matches '$pattern'"
    done
    unset IFS
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
