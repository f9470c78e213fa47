#!/bin/sh
# sweep.sh CHECK_TRACE CORES SEEDS EXIT PROGRAM [OPTION...]: traces of the seeds 1 to SEEDS keep the
# format's rules and agree with the text traces of the same runs; the second run of a seed, beside
# which there is no text trace, writes the same bytes.
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
        cmp "$work/a.json" "$work/b.json" || exit 1
        seed=$((seed + 1))
    done
done
