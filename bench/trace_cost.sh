#!/bin/bash
# trace_cost.sh [ROUNDS]: what --trace and --trace-text cost. The same scenario without a trace and
# with each, in turns, so that all meet the same machine; the least time of ROUNDS (standard 7) counts.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${1:-7}
program=(build/default/bin/trace_odd --cores 2 --duration 60s endless)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
options=("" "--trace $work/run.json" "--trace-text $work/run.txt")
least=(1000000000 1000000000 1000000000)

for ((round = 0; round < rounds; round++)); do
    for kind in 0 1 2; do
        begin=$(date +%s%N)
        # shellcheck disable=SC2086
        "${program[@]}" ${options[kind]} >/dev/null
        took=$((($(date +%s%N) - begin) / 1000))
        [ $took -ge ${least[kind]} ] || least[kind]=$took
    done
done

count() { # FILE WHAT TIME
    local events bytes
    events=$(wc -l <"$1") bytes=$(stat -c %s "$1")
    echo "$2: $(($3 / 1000)) ms, $events events: $((($3 - least[0]) * 1000 / events)) ns and $((bytes / events)) bytes each"
}
echo "without a trace: $((least[0] / 1000)) ms"
count "$work/run.json" --trace "${least[1]}"
count "$work/run.txt" --trace-text "${least[2]}"
