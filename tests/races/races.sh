#!/bin/sh
# races.sh CASES PROGRAM OPTION...: runs every case of the file CASES with --races, on both carriers,
# with the seeds 1 to SEEDS (standard 5).
#
# A line of CASES: NAME CORES OBJECT. With an OBJECT, every run must report a race on it, and
# on nothing else, and end with 3; with "-", none may, and it ends with 0. Two objects: A,B.
set -u
cases=$1 program=$2
shift 2
failures=0

failed() {
    printf '%s\n' "$output" "FAILED ($1): $program --races $* $name --cores $cores --seed $seed"
    failures=$((failures + 1))
}

# The objects of the races that were reported, with commas, in order of the alphabet.
objects() {
    printf '%s\n' "$output" |
        sed -n "s/^heapsim: race (accesses that nothing orders): \([^:]*\) at 0x[0-9a-f]*:.*/\1/p" |
        sed "s/ + [0-9]*$//; s/'//g; s/\.[0-9]*$//; s/memory of heap .*/heap/; s/^memory$/stack/" | sort -u | paste -sd, -
}

while read -r name cores expected; do
    case $name in '' | '#'*) continue ;; esac
    for carrier in pthread fibre; do
        for seed in $(seq "${SEEDS:-5}"); do
            output=$("$program" --races --on-violation=report --carrier "$carrier" --cores "$cores" \
                --seed "$seed" "$@" "$name" 2>&1)
            code=$?
            found=$(objects)
            [ "${found:--}" = "$expected" ] || failed "races on '$found', not on '$expected'"
            [ "$expected" = - ] && wanted=0 || wanted=3
            [ "$code" -eq "$wanted" ] || failed "exit $code"
        done
    done
done <"$cases"
echo "$failures failed"
[ "$failures" -eq 0 ]
