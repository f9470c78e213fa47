#!/usr/bin/env bash
# inputs.sh BUILD: fuzz/show and fuzz/reproduce, of a program and of a text. What they print as C source
# was compiled (case_check_NAME) and does as many operations as the input.
set -eu
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$source/tests/continuous/inputs
program=$here/heap_tlsf-crash-example text=$here/corpus/schedule_file/odd-characters
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HEAPSIM_BUILD=$1
failures=0

wrong() { # TEXT
    echo "FAILED: $1"
    failures=$((failures + 1))
}

"$source/fuzz/show" "$program" >"$work/shown"
grep -qE '^begin layout=[0-9]+, option1=[0-9]+' "$work/shown" || wrong "show prints no header: $(cat "$work/shown")"
[ "$(grep -cE '^ +[0-9]+ [a-z_ -]+( [a-z]+=[0-9]+,?)*$' "$work/shown")" -eq $(($(wc -l <"$work/shown") - 1)) ] ||
    wrong "show prints what is no operation: $(cat "$work/shown")"
"$source/fuzz/show" "$text" | cmp - "$text" || wrong "show prints another text"

operations() { # of a program's output
    grep -oE '[1-9][0-9]* operations' || echo "no operations"
}

for input in "$program" "$text"; do
    [ "$input" = "$program" ] && target=heap_tlsf || target=schedule_file
    cp "$input" "$work/any"
    "$source/fuzz/reproduce" "$input" >"$work/$target.c"
    "$source/fuzz/reproduce" "$work/any" "$target" | cmp - "$work/$target.c" || wrong "$target: named, it is another source"
    grep -q "^/\* $target: as fuzz/reproduce writes it" "$work/$target.c" || wrong "$target: the source does not say whose it is"
    wanted=$("$1/bin/replay_fuzz_$target" "$input" 2>/dev/null | operations)
    given=$("$1/bin/case_check_$target" | operations)
    [ "$wanted" = "$given" ] && [ "$given" != "no operations" ] ||
        wrong "$target: the input is $wanted, what fuzz/reproduce makes of it $given"
done

refused() { # WORDS COMMAND...
    local code=0
    "${@:2}" >"$work/out" 2>"$work/err" || code=$?
    [ $code -eq 2 ] || wrong "${*:2}: exit code $code"
    [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF -e "$1" "$work/err" || wrong "${*:2}: $(cat "$work/err")"
    [ ! -s "$work/out" ] || wrong "${*:2} prints $(cat "$work/out")"
}

for script in show reproduce; do
    refused "there is no file '$work/none'" "$source/fuzz/$script" "$work/none"
    refused "does not say of which target it is" "$source/fuzz/$script" "$work/any"
    refused "there is no target 'heap-tlsf'" "$source/fuzz/$script" "$program" heap-tlsf
    refused "there is no target 'heap_none'" "$source/fuzz/$script" "$program" heap_none
    refused "usage: fuzz/$script INPUT [TARGET]" "$source/fuzz/$script"
done
[ $failures -eq 0 ]
