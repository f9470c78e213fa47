#!/bin/bash
# explored.sh CHECK_JSON SCENARIO: of an exploration only the replay of the failing run is written;
# one that finds nothing leaves the file as it was.
set -u
check=$1 program=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

failed() {
    echo "FAILED: $*"
    exit 1
}

"$program" --explore 3000 --json "$work/run.jsonl" >"$work/out" 2>&1
code=$?
[ $code -eq 1 ] || failed "exit $code: $(cat "$work/out")"
grep -q "  Replay: .* --json $work/run.jsonl" "$work/out" || failed "no replay: $(cat "$work/out")"
[ "$("$check" "$work/run.jsonl")" = "end 1 -" ] || failed "$(cat "$work/run.jsonl")"
grep -q '^{"kind":"run".*"carrier":"fibre".*"--inject"' "$work/run.jsonl" || failed "$(cat "$work/run.jsonl")"

echo before >"$work/run.jsonl"
"$program" --fix --explore 20 --json "$work/run.jsonl" >"$work/out" 2>&1 || failed "$(cat "$work/out")"
[ "$(cat "$work/run.jsonl")" = before ] || failed "the file was touched"
"$program" --explore 20 --json "$work/nowhere/run.jsonl" >"$work/out" 2>&1
code=$?
[ $code -eq 2 ] && grep -q "can't be written" "$work/out" || failed "exit $code: $(cat "$work/out")"
