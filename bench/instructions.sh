#!/usr/bin/env bash
# Instructions an operation, counted by callgrind, of each heap beside those of its original.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    cat <<END
Usage: bench/instructions.sh [--all] [--preset PRESET] [HEAP[:key=value,...] | WORKLOAD]...
Standard: every heap, w1 to w4. A workload is w1 to w4 or the path of a trace; mimalloc, glibc,
jemalloc, and list (the limit) count as heaps. Cells of more than 50,000 instructions an operation
take minutes and are left out without --all.

direct: through struct heap_ops, as the originals were called. front: through kernel/heap/heap.c.
64-bit and 32-bit: the original's (bench/originals.txt). ratio: front over the 32-bit original.
END
}

fail() { # SENTENCE
    echo "instructions.sh: $1" >&2
    exit 2
}

preset=default all=false heaps=() workloads=()
while [ $# -gt 0 ]; do
    case $1 in
    --all) all=true ;;
    --preset)
        [ $# -ge 2 ] || fail "--preset takes a name"
        preset=$2
        shift
        ;;
    -h | --help) usage; exit ;;
    -*) usage >&2; fail "there is no option '$1'" ;;
    w[1-4]) workloads+=("$1") ;;
    *) if [ -f "$1" ]; then workloads+=("$1"); else heaps+=("$1"); fi ;;
    esac
    shift
done
bench=build/$preset/bin/bench_heap
[ -x "$bench" ] || fail "$bench is not there: ./dev build $preset"
command -v valgrind >/dev/null || fail "valgrind is not installed: ./dev bench --help installs it"
[ ${#workloads[@]} -gt 0 ] || workloads=(w1 w2 w3 w4)
if [ ${#heaps[@]} -eq 0 ]; then
    mapfile -t heaps < <("$bench" --list-heaps | sed -n 's/^  \([a-z][^ ]*\) .*/\1/p')
    heaps+=(glibc mimalloc jemalloc list)
fi

# "OPERATIONS INSTRUCTIONS", or nothing if the workload does not fit the heap.
count() { # SUBJECT WORKLOAD [OPTION]
    local output where=("$2")
    [[ $2 != w[1-4] ]] || where=(--workload "$2")
    output=$(GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384 valgrind --tool=callgrind \
        --instr-atstart=no --toggle-collect=drive_measured --callgrind-out-file=/dev/null \
        "$bench" "${@:3}" --once "$1" "${where[@]}" 2>&1) || return 0
    sed -nE -e 's/^([0-9]+) operations$/\1/p' -e 's/^==[0-9]+== Collected : ([0-9]+)$/\1/p' <<<"$output" |
        xargs
}

per_operation() { # "OPERATIONS INSTRUCTIONS" "OPERATIONS INSTRUCTIONS OF THE NULL DRIVER"
    awk -v all="$1" -v null="$2" 'BEGIN {
        split(all, a); split(null, n)
        if (a[1] > 0) printf "%.1f", (a[2] - n[2]) / a[1]; else print "-" }'
}

original() { # HEAP WORKLOAD COLUMN
    awk -v heap="${1%%:*}" -v workload="$2" -v column="$3" \
        '$1 == heap && $2 == workload { found = $column } END { print found == "" ? "-" : found }' \
        bench/originals.txt
}

is_host() { # HEAP
    [[ $1 =~ ^(glibc|mimalloc|jemalloc|list)$ ]]
}

printf '%-28s %-9s %9s %9s %9s %9s %6s\n' heap workload direct front 64-bit 32-bit ratio
for workload in "${workloads[@]}"; do
    null=$(count null "$workload")
    [ -n "$null" ] || fail "'$workload' can't be run on the null driver"
    for heap in "${heaps[@]}"; do
        wide=$(original "$heap" "$workload" 3) narrow=$(original "$heap" "$workload" 4)
        direct=- front=- ratio=-
        if $all || awk -v n="$wide" 'BEGIN { exit !(n + 0 <= 50000) }'; then
            direct=$(per_operation "$(count "$heap" "$workload")" "$null")
            is_host "$heap" ||
                front=$(per_operation "$(count "$heap" "$workload" --front)" "$null")
        fi
        ours=$front
        ! is_host "$heap" || ours=$direct
        [ "$ours" = - ] || [ "$narrow" = - ] ||
            ratio=$(awk -v a="$ours" -v b="$narrow" 'BEGIN { printf "%.2f", a / b }')
        name=${workload##*/}
        printf '%-28s %-9s %9s %9s %9s %9s %6s\n' "$heap" "${name:0:9}" "$direct" "$front" \
            "$wide" "$narrow" "$ratio"
    done
done
