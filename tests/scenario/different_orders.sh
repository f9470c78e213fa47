#!/bin/sh
# different_orders.sh SEEDS LEAST PROGRAM [OPTION...]: that many seeds give at least LEAST different
# orders of task wake-ups (times do not count), on 1 and on 4 cores.
set -u
seeds=$1 least=$2
shift 2

trace=$(mktemp) || exit 1
trap 'rm -f "$trace" "$trace.orders"' EXIT

for cores in 1 4; do
    : >"$trace.orders"
    seed=1
    while [ "$seed" -le "$seeds" ]; do
        "$@" --cores "$cores" --seed "$seed" --trace-text "$trace" >/dev/null || exit 1
        awk '$4 == "wake" { print $6, $7 }' "$trace" | sha256sum >>"$trace.orders"
        seed=$((seed + 1))
    done
    different=$(sort -u "$trace.orders" | wc -l)
    echo "$cores cores: $different different orders of $seeds"
    [ "$different" -ge "$least" ] || exit 1
done
