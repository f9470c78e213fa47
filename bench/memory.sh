#!/usr/bin/env bash
# memory.sh PROGRAM [ROUNDS]: what the ledger costs per allocation and free, and how much slower
# looking at each access makes a program; with and without in turns, so that all meet the same
# machine. Medians of ROUNDS (standard 9).
set -eu
program=$1 rounds=${2:-9}

median() { # of the numbers on standard input
    sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

# compare LOAD COUNT WITHOUT WITH: prints both medians, and the difference and ratio of the rounds'.
compare() {
    local load=$1 count=$2 without=$3 with=$4 round a b
    local -a as=() bs=() differences=() ratios=()
    for ((round = 0; round < rounds; round++)); do
        # shellcheck disable=SC2086
        a=$("$program" --carrier fibre $without load="$load" count="$count" 2>/dev/null)
        # shellcheck disable=SC2086
        b=$("$program" --carrier fibre $with load="$load" count="$count" 2>/dev/null)
        as+=("$a") bs+=("$b")
        differences+=("$(awk "BEGIN { print $b - $a }")")
        ratios+=("$(awk "BEGIN { print $b / $a }")")
    done
    printf '%-16s %10.1f %10.1f %12.1f %8.2f\n' "$load" "$(printf '%s\n' "${as[@]}" | median)" \
        "$(printf '%s\n' "${bs[@]}" | median)" "$(printf '%s\n' "${differences[@]}" | median)" \
        "$(printf '%s\n' "${ratios[@]}" | median)"
}

printf 'ns on the CPU, medians of %d rounds\n\n' "$rounds"
printf '%-16s %10s %10s %12s %8s\n' "alloc + free" "--no-ledger" "ledger" difference ratio
compare allocates 1000000 --no-ledger "--no-check-access --fill=none"
compare allocates_large 1000000 --no-ledger "--no-check-access --fill=none"
printf '%-16s %10s %10s %12s %8s\n' "" "--no-ledger" "all" difference ratio
compare allocates 1000000 --no-ledger ""
compare allocates_large 1000000 --no-ledger ""
printf '\n%-16s %10s %10s %12s %8s\n' "access" "no check" "check" difference ratio
for load in walks_heap walks_static; do
    compare $load 10000000 --no-check-access ""
done
compare copies 1000000 --no-check-access ""
