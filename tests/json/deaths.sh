#!/bin/bash
# deaths.sh CHECK_JSON CHECK_TRACE DIAGNOSES OPTIONS...: however a run ends, its three files are
# complete: --json with its last line, --trace with its bracket, --trace-text to the end of a line.
set -u
check=$1 check_trace=$2 program=$3
shift 3
options=("$@")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

failed() {
    echo "FAILED: ${options[*]} $*"
    failures=$((failures + 1))
}

start() { # ARGUMENTS...
    exec env --default-signal=INT "$program" "${options[@]}" --json "$work/run.jsonl" --trace "$work/run.json" \
        --trace-text "$work/run.txt" "$@" >"$work/out" 2>"$work/err"
}

whole() { # NAME LAST-LINE
    "$check" "$work/run.jsonl" >"$work/checked" || failed "$1: --json: $(cat "$work/checked")"
    tail -n 1 "$work/checked" | grep -Eqx "$2" || failed "$1: the end is not $2: $(cat "$work/checked")"
    "$check_trace" -u "$work/run.json" >"$work/traced" || failed "$1: --trace: $(cat "$work/traced")"
    [ "$(tail -n 1 "$work/run.json")" = ']' ] || failed "$1: --trace has no bracket"
    [ -s "$work/run.txt" ] && [ -z "$(tail -c 1 "$work/run.txt")" ] ||
        failed "$1: --trace-text ends in the middle of a line"
    grep -q " heap-alloc " "$work/run.txt" || failed "$1: the last lines of --trace-text are lost"
}

ends() { # MISTAKE LAST-LINE
    rm -f "$work"/run.*
    (start "$1" 500) 2>/dev/null
    whole "$1" "$2"
}

for mistake in double-free assertion bad-context; do
    ends $mistake "end 3 -"
    grep -q "^$mistake worker " "$work/checked" || failed "$mistake: no line: $(cat "$work/checked")"
done
[ "${SANITIZED:-}" != "" ] || ends heap-overflow "end 3 -"
ends exits "end 7 -"
ends deadlock "end 4 -"
ends passes "end 0 -"
ends aborts "end (-1 SIGABRT|3 -)" # the latter by AddressSanitizer
ends faults "end 3 -"
grep -q "^wild-access worker " "$work/checked" || failed "faults: $(cat "$work/checked")"

begin() { # OPTIONS...: one that does not end by itself
    rm -f "$work"/run.*
    (start "$@" waits 100000000) &
    child=$!
    for _ in $(seq 500); do
        [ -s "$work/run.json" ] && return # its buffer was full
        sleep 0.02
    done
    failed "it does not begin"
}

for signal in TERM INT; do
    begin
    kill -$signal $child
    wait $child 2>/dev/null
    whole $signal "end -1 SIG$signal"
done

# What SIGKILL leaves has whole lines in --json.
begin
kill -9 $child
wait $child 2>/dev/null
"$check" -u "$work/run.jsonl" >"$work/checked" || failed "SIGKILL: $(cat "$work/checked")"
[ $failures -eq 0 ]
