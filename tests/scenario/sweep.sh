#!/bin/sh
# sweep.sh [-c CORES] [-s SEEDS] [-e EXIT] [-m REGEX]... PROGRAM [OPTION...]
#
# Runs a scenario on each number of cores (a list, standard "1 4") with the seeds 1 to SEEDS
# (standard 50). Each run must end with EXIT (standard 0) and print what matches every REGEX.
# Prints the command of the first run that does not, with its output.
set -u

cores="1 4"
seeds=50
expected=0
patterns=""
newline='
'
while getopts c:s:e:m: option; do
    case $option in
    c) cores=$OPTARG ;;
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
    printf '%s\n' "$output" "$1 in: $program --cores $count --seed $seed $options"
    exit 1
}

for count in $cores; do
    seed=1
    while [ "$seed" -le "$seeds" ]; do
        output=$("$program" --cores "$count" --seed "$seed" "$@" 2>&1)
        code=$?
        [ "$code" -eq "$expected" ] || failed "exit $code, not $expected"
        IFS=$newline
        for pattern in $patterns; do
            printf '%s\n' "$output" | grep -qE -- "$pattern" || failed "no line matches '$pattern'"
        done
        unset IFS
        seed=$((seed + 1))
    done
done
