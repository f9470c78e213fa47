#!/usr/bin/env bash
# sim_instructions.sh [OPERATION/CARRIER...]: instructions an operation of bench_sim, counted by
# valgrind's callgrind (the kernel's of the host not included).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=build/default/bin/bench_sim
[ $# -gt 0 ] || set -- switch/fibre mask/fibre semaphore/fibre interrupt/fibre task/fibre
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name in "$@"; do
    count=$(valgrind --tool=callgrind --instr-atstart=no --callgrind-out-file="$work/out" \
        "$program" --once "$name" 2>"$work/log" | sed -n 's/ operations$//p')
    sum=$(sed -nE 's/^==[0-9]+== Collected : ([0-9]+)$/\1/p' "$work/log")
    [ -n "$count" ] && [ -n "$sum" ] || { cat "$work/log" >&2; exit 1; }
    awk -v name="$name" -v sum="$sum" -v count="$count" \
        'BEGIN { printf "%-18s %8.1f instructions\n", name, sum / count }'
done
