#!/bin/sh
# stress.sh BIN SECTIONS SECONDS: the parallel engine under load, with what it printed. Each run is
# killed if it has not ended long after it should have.
set -u
bin=$1 sections=$2 seconds=$3
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

run() { # EXIT REGEX COMMAND...: a line on standard error must match; a report may follow it
    expected=$1 pattern=$2
    shift 2
    timeout -s KILL $((seconds * 3 + 300)) "$@" >/dev/null 2>"$log"
    code=$?
    if grep -q ' 0 rules broken' "$log"; then # on a machine with much else to do
        expected=0
    fi
    if ! grep -E "$pattern" "$log" || [ "$code" -ne "$expected" ]; then
        head -n 60 "$log"
        echo "exit $code, not $expected, or no '$pattern' from: $*"
        exit 1
    fi
}

for cores in 1 2; do
    run 0 ", 0 wrong" "$bin/parallel_masked" --engine parallel --cores "$cores" "$sections"
done
run 3 ", 0 wrong" "$bin/parallel_load" --engine parallel --cores 4 --on-violation=report "$seconds"
run 3 ", 0 wrong" "$bin/parallel_load" --engine parallel --cores 8 --on-violation=report \
    $((seconds / 3 + 1))
