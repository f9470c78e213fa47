#!/bin/bash
# grid.sh PROGRAM EXPECTATIONS [OPTION...]: makes each call of the file in each context and compares.
# A refused one is also made with --on-violation=stop and report: it must stop with 3 and a paragraph
# that names the call, its line and the place, or go on and end with 3. (With PARAGRAPHS=first in the
# environment this is done in the first context only that refuses the call.)
set -u
program=$1 file=$2
shift 2
contexts=(task isr urgent boot boot-isr locked off idle)
cells=0 refusals=0 wrong=0 told=

fail() {
    printf '%s\n' "$output" "FAILED $1: $program $* $name $context"
    wrong=$((wrong + 1))
}

check_refusal() { # OPTION...
    local call=${name%%__*} where="by task '" # what the paragraph must say of the place
    case $context in
    isr | urgent) where="in the interrupt of line 3, over task '" ;;
    boot-isr) where="in the interrupt of line 3, before the scheduler started" ;;
    idle) where="by task 'tidle00'" ;;
    boot) where="." ;;
    esac
    output=$("$program" "$@" --on-violation=stop "$name" "$context" 2>&1)
    [ $? -eq 3 ] || fail "it does not stop with 3"
    case $output in
    "heapsim: bad-context ("*"): $call: "*"Called from "*"(grid_"*".c:"*"$where"*) ;;
    *) fail "call, line or place is not named" ;;
    esac
    case $context,$output in
    *,*$'\n'allowed* | *,*$'\n'refused*) fail "it goes on" ;;
    isr,*"Interrupted was "*"(grid"[_.]* | urgent,*"Interrupted was "*"(grid"[_.]*) ;; # or grid.h's
    isr,* | urgent,*) fail "what was interrupted is not named" ;;
    esac
    output=$("$program" "$@" --on-violation=report "$name" "$context" 2>&1)
    [ $? -eq 3 ] || fail "a report does not end with 3"
    case $output in
    "heapsim: bad-context ("*"): $call: "*$'\n'"refused "*) ;;
    *) fail "after a report it does not go on" ;;
    esac
}

while read -r name rest; do
    case $name in '#'* | '') continue ;; esac
    read -ra cell <<<"$rest"
    [ ${#cell[@]} -eq 10 ] || { echo "FAILED: $file, $name: ${#cell[@]} cells, not 10"; exit 1; }
    for i in 0 1 2 3 4 5 6 7; do
        context=${contexts[i]} cells=$((cells + 1))
        output=$("$program" "$@" --on-violation=return "$name" "$context" 2>&1)
        [ $? -eq 0 ] || fail "no exit 0"
        output=${output%$'\n''heapsim: heap '*' could have been '*} # the last line of every run
        if [ "${cell[i]}" = + ]; then
            pattern="allowed ${cell[9]}"
        else
            pattern="refused ${cell[8]}" refusals=$((refusals + 1))
        fi
        pattern=${pattern/%./*}
        # shellcheck disable=SC2053
        [[ ${output##*$'\n'} == $pattern ]] || fail "expected '$pattern'"
        [ "${cell[i]}" != + ] || continue
        [ "${PARAGRAPHS:-all}" = all ] || [ "$told" != "$name" ] || continue
        told=$name
        check_refusal "$@"
    done
done <"$file"
echo "$cells cells, $refusals of them refused, $wrong wrong"
[ "$wrong" -eq 0 ] && [ "$cells" -gt 0 ]
