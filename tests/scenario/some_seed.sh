#!/bin/sh
# some_seed.sh CORES SEEDS EXIT PROGRAM [OPTION...]: some of the seeds 1 to SEEDS must end with EXIT,
# on each number of cores; the others with 0.
set -u
cores=$1 seeds=$2 expected=$3
shift 3

for count in $cores; do
    seed=1
    found=0
    while [ "$seed" -le "$seeds" ]; do
        output=$("$@" --cores "$count" --seed "$seed" 2>&1)
        code=$?
        if [ "$code" -eq "$expected" ]; then
            found=$((found + 1))
        elif [ "$code" -ne 0 ]; then
            printf '%s\n' "$output" "exit $code in: $* --cores $count --seed $seed"
            exit 1
        fi
        seed=$((seed + 1))
    done
    echo "$count cores: $found of $seeds seeds end with $expected"
    [ "$found" -gt 0 ] || exit 1
done
