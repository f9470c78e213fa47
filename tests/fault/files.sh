#!/bin/sh
# files.sh PROGRAM: a run that ends by a fault leaves whole files, and all that it printed.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

failed() {
    echo "FAILED: $*"
    exit 1
}

for options in "--carrier pthread" "--carrier fibre" "--engine parallel"; do
    for mistake in null_write recursion; do
        # shellcheck disable=SC2086
        "$1" $options --trace "$work/trace.json" --trace-text "$work/trace.txt" $mistake \
            >"$work/out" 2>"$work/err"
        code=$?
        [ "$code" -eq 3 ] || failed "$options $mistake: exit $code"
        grep -q '^begins$' "$work/out" || failed "$options $mistake: what was printed is lost"
        tail -n 1 "$work/trace.json" | grep -q ']$' || failed "$options $mistake: the JSON trace is cut"
        grep -q worker "$work/trace.json" || failed "$options $mistake: no task in the JSON trace"
        grep -q worker "$work/trace.txt" || failed "$options $mistake: no task in the text trace"
        [ "$(grep -c '^heapsim: ' "$work/err")" -eq 1 ] || failed "$options $mistake: told twice"
    done
done
