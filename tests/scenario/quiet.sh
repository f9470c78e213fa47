#!/bin/sh
# quiet.sh CORES PROGRAM: with the standard seed, as it is and with --fix, on both carriers, it must
# end with 0 and print nothing at all but the last line that every run prints.
set -u
cores=$1 program=$2

for carrier in pthread fibre; do
    for fix in "" --fix; do
        output=$("$program" --cores "$cores" --carrier "$carrier" $fix 2>&1)
        code=$?
        rest=$(printf '%s' "$output" | grep -v '^heapsim: heap .* could have been')
        if [ "$code" -ne 0 ] || [ -n "$rest" ]; then
            printf '%s\n' "$output" "exit $code in: $program --cores $cores --carrier $carrier $fix"
            exit 1
        fi
    done
done
