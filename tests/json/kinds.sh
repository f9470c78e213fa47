#!/bin/bash
# kinds.sh CHECK_JSON DIAGNOSES: each kind of mistake has its line, with the task, function and exit
# code; --on-violation changes what is printed and how the run goes on, not what is written.
set -u
check=$1 program=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

failed() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

expect() { # EXIT LINES ARGUMENTS...: what check_json prints, but for the source lines
    local code=$1 lines=$2
    shift 2
    "$program" --json "$work/run.jsonl" "$@" >"$work/out" 2>"$work/err"
    local status=$?
    [ $status -eq "$code" ] || failed "$*: exit $status, not $code: $(cat "$work/err")"
    "$check" "$work/run.jsonl" >"$work/checked" || failed "$*: $(cat "$work/checked")"
    [ "$(sed 's/ [0-9]*$//' "$work/checked" | paste -sd ,)" = "$lines" ] ||
        failed "$*: not $lines, but: $(cat "$work/checked")"
}

mistake() { # KIND FUNCTION OPTIONS...
    expect 3 "$1 worker $2,end 3 -" "${@:3}" "$1"
}

mistake size-overflow size_overflow
mistake foreign-pointer foreign_pointer
mistake interior-pointer interior_pointer
mistake double-free double_free
mistake freed-realloc freed_realloc
mistake wrong-heap wrong_heap
mistake stack-overflow deeper
mistake bad-alignment bad_alignment
mistake bad-region bad_region
mistake unaligned-heap unaligned_heap
mistake bad-context on_adc
mistake bad-object bad_object
mistake assertion assertion
mistake unsupported unsupported
if [ "${SANITIZED:-}" = "" ]; then
    mistake heap-overflow heap_overflow
    mistake heap-underflow heap_underflow
    mistake use-after-free use_after_free
    mistake wild-access wild_access
    mistake null-access null_access
    mistake stack-estimate stack_estimate
    expect 3 "race tidle00 restart,end 3 -" --races race
fi
expect 5 "leak worker leak,end 5 -" --leaks leak
expect 4 "deadlock - -,end 4 -" deadlock
expect 0 "stuck worker vendor_compute,end 0 -" stuck
expect 0 "end 0 -" passes
expect 7 "end 7 -" exits

expect 3 "double-free worker double_free,end 3 -" --on-violation=report double-free
[ -s "$work/err" ] || failed "report: nothing is printed"
expect 0 "double-free worker double_free,end 0 -" --on-violation=return double-free
grep -q double-free "$work/err" && failed "return: $(cat "$work/err")"
expect 3 "double-free worker double_free,end 3 -" --engine=parallel double-free
expect 0 "double-free worker double_free,end 0 -" --engine=parallel --on-violation=return double-free

# On standard output; and the command in a line is the one that was given.
"$program" --json - --seed 5 double-free one 'two "words"' 2>"$work/err" >"$work/run.jsonl"
"$check" "$work/run.jsonl" >"$work/checked" || failed "-: $(cat "$work/checked")"
[ "$(grep -c '"seed":5,"command":\[".*","--json","-","--seed","5","double-free","one","two \\"words\\""\]}' "$work/run.jsonl")" -eq 2 ] ||
    failed "the command: $(cat "$work/run.jsonl")"

"$program" --json /nowhere/run.jsonl passes 2>"$work/err"
[ $? -eq 2 ] && grep -q -- "--json /nowhere/run.jsonl can't be written: No such file" "$work/err" ||
    failed "nowhere: $(cat "$work/err")"
[ $failures -eq 0 ]
