#!/bin/sh
# sweep.sh CHECK_TRACE CORES SEEDS EXIT PROGRAM [OPTION...]: traces of the seeds 1 to SEEDS keep the
# format's rules and agree with the text traces of the same runs. Each by itself is the same, byte for
# byte: no trace changes the run.
set -u
check=$1 cores=$2 seeds=$3 expected=$4
shift 4
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

for count in $cores; do
    seed=1
    while [ "$seed" -le "$seeds" ]; do
        "$@" --cores "$count" --seed "$seed" --trace "$work/a.json" --trace-text "$work/a.txt" \
            >"$work/out" 2>&1
        code=$?
        if [ "$code" -ne "$expected" ]; then
            cat "$work/out"
            echo "exit $code, not $expected: $* --cores $count --seed $seed"
            exit 1
        fi
        "$check" "$work/a.json" "$work/a.txt" || {
            echo "that was: $* --cores $count --seed $seed"
            exit 1
        }
        "$@" --cores "$count" --seed "$seed" --trace "$work/b.json" >/dev/null 2>&1
        "$@" --cores "$count" --seed "$seed" --trace-text "$work/b.txt" >/dev/null 2>&1
        cmp "$work/a.json" "$work/b.json" && cmp "$work/a.txt" "$work/b.txt" || exit 1
        seed=$((seed + 1))
    done
done
