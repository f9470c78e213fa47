#!/bin/bash
# mistakes.sh SOURCE PROGRAM...: runs programs that were built of SOURCE, as its first comment says
# (with RUNS=first in the environment only the first line `Run:`):
#
#   Expected: KIND by task 'NAME'      the diagnosis, and who did it (nothing more: before the start)
#   Expected: nothing                  none, and exit 0
#   Build: LIBC_HEAP, or the source of a library that is not instrumented (CMakeLists.txt)
#   Run: OPTION...                     once for each such line; none: once, without options
#   Leak: NAME                         it is the allocations' task that counts
#   Says: WORDS                        each must stand in what the run prints
#
# and as comments behind the lines say: MISTAKE, the line that must be named; TAKEN, where the block
# was allocated; FREED, where it was freed. Where a line does not say so, no such line may be named.
set -u
source=$1
shift
failures=0 told=

fail() { # TEXT...
    [ "$told" = "$command" ] || printf '%s\n' "$output"
    told=$command
    echo "FAILED: $*: $command"
    failures=$((failures + 1))
}

header() { # WORD: what the first comment says behind it, a line for each time
    sed -n "1,/\*\//s/^ \* $1: *//p" "$source"
}

line_of() { # MARKER: FILE:LINE where it stands, or nothing
    grep -n "[^ ].*/\* [A-Z, ]*\<$1\>[A-Z, ]* \*/" "$source" | sed "s/:.*//;s/^/${source##*/}:/"
}

expected=$(header Expected)
kind=${expected%% *}
who=${expected#"$kind"}
mistake=$(line_of MISTAKE) taken=$(line_of TAKEN) freed=$(line_of FREED)
code=3
[ "$kind" = leak ] && code=5
[ "$kind" = nothing ] && code=0

# The first paragraph of heapsim's, without what a sanitizer says around it.
paragraph() {
    printf '%s\n' "$output" | sed -n '/^heapsim: /,$p' | sed -n '1p;1!{/^  /!q;p}'
}

# A deed of the paragraph: each of its lines must name that place; without a place there is none.
deed() { # WORD PLACE
    local deeds
    deeds=$(paragraph | grep "^  $1 by ")
    if [ -z "$2" ]; then
        [ -z "$deeds" ] || fail "'$1' is told, but there is nothing to tell"
    elif ! grep -q "^[^<]* at [^<(]*(${2//./\\.})" <<<"$deeds"; then
        fail "'$1' is not at $2"
    fi
}

judge_mistake() {
    local first place
    first=$(paragraph | head -1)
    place=$(paragraph | grep -E "^  (At|Called from|Found) ")
    [ "${first%% (*}" = "heapsim: $kind" ] || fail "the kind is not $kind"
    if [ -n "$mistake" ]; then
        grep -q "^  [ACF][^(]*(${mistake//./\\.})" <<<"$place" || fail "the place is not $mistake"
        grep -qE "^  [^(]*\([^)]*\)$who\. " <<<"$place" || fail "it is not told as done$who"
    fi
    deed Allocated "$taken"
    deed Freed "$freed"
}

judge_leak() {
    printf '%s\n' "$output" | grep -q "${taken//./\\.}" || fail "no leak is told of $taken"
    printf '%s\n' "$output" | grep -q "^heapsim: leak.*" || fail "no leak is told"
}

run() { # PROGRAM OPTION...
    command="$*"
    output=$("$@" 2>&1 </dev/null)
    local got=$?
    [ "$got" -eq "$code" ] || fail "exit $got, not $code"
    case $kind in
    nothing) ! grep -qE "^heapsim: [a-z-]+ \(" <<<"$output" || fail "something is diagnosed" ;;
    leak) judge_leak ;;
    *) judge_mistake ;;
    esac
    while read -r words; do
        [ -z "$words" ] || grep -qF -e "$words" <<<"$output" || fail "it does not say '$words'"
    done < <(header Says)
}

[ -n "$kind" ] || { echo "$source: no line 'Expected:'" && exit 1; }
mapfile -t options < <(header Run)
[ ${#options[@]} -gt 0 ] || options=("")
[ "${RUNS:-all}" = all ] || options=("${options[0]}")
# All runs of the first program; of the others, and on the other carrier, the first one.
# shellcheck disable=SC2086 # the options are words
{
    for each in "${options[@]}"; do
        run "$1" $each
    done
    run "$1" --carrier fibre ${options[0]}
    shift
    for program in "$@"; do
        run "$program" ${options[0]}
    done
}
[ "$failures" -eq 0 ]
