#!/bin/sh
# isr_rules.sh PROGRAM: each rule it lists, broken by name, stops the run with exit 3 and a paragraph
# that names the call of the list, the source and the context; a name it does not list is refused.
set -u
program=$1
count=0

failed() {
    printf '%s\n' "$output" "$1: $program $options rule=$name"
    exit 1
}

rules=$("$program") || exit 1
while read -r name call rest; do
    case $rest in
    *ISR*) where="in the interrupt of line 7" ;;
    *idle*) where="by task 'tidle0" ;;
    *) where="by task 'main'" ;;
    esac
    for options in "--cores 1" "--cores 2" "--cores 8"; do
        output=$("$program" $options rule="$name" 2>&1)
        [ $? -eq 3 ] || failed "no exit 3"
        case $output in
        *"heapsim: bad-context ("*"): $call: "*"(isr_rules.c:"*"$where"*) ;;
        *) failed "call, line or context is not named" ;;
        esac
        options="--on-violation=report $options"
        output=$("$program" $options rule="$name" 2>&1)
        [ $? -eq 3 ] || failed "no exit 3"
        case $output in *"1 rules broken, 0 calls"*) ;; *) failed "it did not go on" ;; esac
    done
    count=$((count + 1))
done <<LIST
$rules
LIST
echo "$count rules"
name=no_such_rule options=
output=$("$program" rule=$name 2>&1)
[ $? -eq 2 ] || failed "no exit 2"
[ "$count" -ge 17 ]
