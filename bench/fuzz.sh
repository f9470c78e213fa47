#!/usr/bin/env bash
# fuzz.sh BIN [SECONDS] [ROUNDS] [TARGET...]: how many inputs and operations of its corpus each fuzz target
# runs a second, without mutations, and how many its bare harness does (fuzz/bare.c). Both in turns, ROUNDS
# (standard 5) times about SECONDS (standard 1) of the CPU each; rates and ratio are medians.
set -eu
bin=$1 seconds=${2:-1} rounds=${3:-5}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
targets=("${@:4}")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(sed s/^fuzz_// "$bin/../fuzzers.txt")

median() { # of the numbers on standard input
    sort -n | awk '{ value[NR] = $1 } END { print NR == 0 ? "-" : value[int((NR + 1) / 2)] }'
}

# run PROGRAM TIMES FILE...: microseconds on the CPU, and operations, of each file so often.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() {
    local TIMEFORMAT='%U %S' spent
    spent=$({ time "$1" -runs="$2" "${@:3}" >"$log" 2>&1; } 2>&1) || { tail -n 20 "$log" >&2; return 1; }
    awk -v spent="$spent" '/^stat::operations/ { did = $2 }
        END { split(spent, of); printf "%d %d\n", 1e6 * (of[1] + of[2]), did }' "$log"
}

# times PROGRAM FILE...: how often each file fits into the seconds.
times() {
    local took
    read -r took _ <<<"$(run "$1" 20 "${@:2}")"
    awk "BEGIN { n = 20e6 * $seconds / $took; printf \"%d\", n < 20 ? 20 : n }"
}

printf 'replays of the corpora, a second of the CPU; medians of %d rounds of about %s s\n\n' "$rounds" "$seconds"
printf '%-26s %6s %12s %14s %12s %14s %6s\n' target inputs inputs/s operations/s "bare: /s" operations/s ratio
for target in "${targets[@]}"; do
    files=("fuzz/corpus/$target"/*)
    [ -f "${files[0]}" ] || continue
    bare=$bin/bare_${target#heap_}
    runs=() operations=() bare_runs=() bare_operations=() ratios=()
    n=$(times "$bin/fuzz_$target" "${files[@]}")
    for ((round = 0; round < rounds; round++)); do
        read -r took did <<<"$(run "$bin/fuzz_$target" "$n" "${files[@]}")"
        runs+=($((n * ${#files[@]} * 1000000 / took)))
        operations+=($((did * 1000000 / took)))
        [ -x "$bare" ] || continue
        read -r bare_took did <<<"$(run "$bare" "$n" "${files[@]}")"
        bare_runs+=($((n * ${#files[@]} * 1000000 / bare_took)))
        bare_operations+=($((did * 1000000 / bare_took)))
        ratios+=("$(awk "BEGIN { printf \"%.2f\", $bare_took / $took }")")
    done
    printf '%-26s %6d %12s %14s %12s %14s %6s\n' "$target" ${#files[@]} \
        "$(printf '%s\n' "${runs[@]}" | median)" "$(printf '%s\n' "${operations[@]}" | median)" \
        "$(printf '%s\n' "${bare_runs[@]-}" | sed '/^$/d' | median)" \
        "$(printf '%s\n' "${bare_operations[@]-}" | sed '/^$/d' | median)" \
        "$(printf '%s\n' "${ratios[@]-}" | sed '/^$/d' | median)"
done
