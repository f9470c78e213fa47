#!/bin/sh
# context.sh PROGRAM: each call from each context where it is forbidden. It must stop the run with
# exit 3 and a paragraph that names the call, the source line and the context; under report the run
# goes on and ends with 3.
set -u
program=$1
count=0

failed() {
    printf '%s\n' "$output" "$1: $program --on-violation=$policy $index $context"
    exit 1
}

pairs=$("$program" list) || exit 1
while read -r index call context; do
    case $context in
    isr) where="in the interrupt of line 3, over task 'main'" ;;
    idle) where="by task 'tidle00'" ;;
    *) where="by task 'main'" ;;
    esac
    policy=stop
    output=$("$program" --on-violation=stop "$index" "$context" 2>&1)
    [ $? -eq 3 ] || failed "no exit 3"
    case $output in
    *"heapsim: bad-context ("*"): $call: "*"(context.c:"*"$where"*) ;;
    *) failed "call, line or context is not named" ;;
    esac
    case $output in *"went on"*) failed "it went on" ;; esac
    policy=report
    output=$("$program" --on-violation=report "$index" "$context" 2>&1)
    [ $? -eq 3 ] || failed "no exit 3"
    case $output in *"heapsim: bad-context ("*"): $call: "*"went on"*) ;; *) failed "it did not go on" ;; esac
    count=$((count + 1))
done <<LIST
$pairs
LIST
echo "$count pairs of call and context"
[ "$count" -ge 50 ]
