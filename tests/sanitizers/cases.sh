#!/bin/bash
# cases.sh TABLE TASK SOURCE PROGRAM [OPTION...]: each line of the table names a mistake of the program's, its kind,
# who reports it (AddressSanitizer first, or heapsim alone), and by which lines of SOURCE the block
# was taken and freed (those that end in such a comment; -: not told). It is done by TASK.
set -u
table=$1 task=$2 source=$3 program=$4
shift 4
failures=0 count=0

line_of() { # MARKER
    grep -n "/\* $1 \*/$" "$source" | sed "s/:.*//;s/^/${source##*/}:/"
}

fail() { # TEXT
    echo "FAILED: $mistake: $*"
    failures=$((failures + 1))
}

paragraph() {
    printf '%s\n' "$output" | sed -n '/^heapsim: /,$p'
}

deed() { # WORD MARKER
    local told
    told=$(paragraph | grep "^  $1 by ")
    if [ "$2" = - ]; then
        [ -z "$told" ] || fail "'$1' is told"
    else
        grep -qF "($(line_of "$2"))" <<<"$told" || fail "'$1' is not at $(line_of "$2")"
    fi
}

while read -r mistake kind reporter taken freed; do
    [[ -n $mistake && $mistake != \#* ]] || continue
    count=$((count + 1))
    before=$failures
    output=$("$program" "$@" --trace-text /dev/stdout "${mistake}" 2>&1)
    code=$?
    [ $code = 3 ] || fail "exit $code"
    [[ $(paragraph | head -1) == "heapsim: $kind ("* ]] || fail "it is no $kind"
    paragraph | grep -q "^  At .*($(line_of "mistake $mistake")).* by task '$task'" ||
        fail "not by '$task' at $(line_of "mistake $mistake")"
    deed Allocated "$taken"
    deed Freed "$freed"
    case $reporter in
    asan) [[ $output == *"ERROR: AddressSanitizer: "*"heapsim: $kind"* ]] || fail "no report before it" ;;
    own) [[ $output != *"AddressSanitizer"* ]] || fail "a report before it" ;;
    *) fail "the table says '$reporter'" ;;
    esac
    grep -q "^[0-9]* 0 $task heap-alloc " <<<"$output" || fail "the trace is not complete"
    [ $failures = $before ] || printf '%s\n' "$output" | grep -v '^[0-9]* [0-9]* '
done <"$table"
echo "$count cases, $failures failures"
[ $count -gt 0 ] && [ $failures = 0 ]
