#!/bin/bash
# strings.sh PROGRAM SOURCE [option...]: runs every case of it (cases.h). A case that fits says
# nothing; of the others the first line names the diagnosis, and another one task and source line.
set -u
program=$1 source=$2
shift 2
failed=0 count=0

fail()
{
    printf '%s: %s; it says:\n%s\n' "$name" "$1" "$said"
    failed=1
}

while read -r name kind line; do
    count=$((count + 1))
    said=$("$program" "$@" -- "$name" 2>&1 </dev/null)
    code=$?
    said=$(sed '/^heapsim: heap .* it could have been /d' <<<"$said") # the last line of any run
    if [ "$kind" = - ]; then
        [ $code = 0 ] && [ -z "$said" ] || fail "there is nothing wrong (exit $code)"
        continue
    fi
    [ $code = 3 ] || fail "exit $code instead of 3"
    [[ $said == "heapsim: $kind "* ]] || fail "it is no $kind"
    [[ $said == *"($source:$line)"*" by task 'worker'"* ]] || fail "$source:$line is not named"
done < <("$program" list 2>/dev/null)
[ $count -gt 0 ] || { echo "there is no case"; exit 1; }
exit $failed
