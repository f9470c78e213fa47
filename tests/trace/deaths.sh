#!/bin/bash
# deaths.sh CHECK_TRACE ODD CORES: runs that die leave whole traces, or, after SIGKILL, ones that
# need the repair that docs/trace-json.md names.
set -u
check=$1 odd=$2 cores=$3
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
names=(-n 'say "hi"' -n 'C:\tmp' -n $'a\tb\nc\x01' -n 'café' -n '�� bad' -n 'cut ��' -n '���' -n '😀')

failed() {
    echo "FAILED: $*"
    exit 1
}

"$odd" --cores "$cores" --trace "$work/whole.json" --trace-text "$work/whole.txt" || failed "no exit 0"
"$check" "${names[@]}" "$work/whole.json" "$work/whole.txt" || failed "the whole trace"

for ending in fault abort terminate; do
    ("$odd" --cores "$cores" --trace "$work/$ending.json" --trace-text "$work/cut.txt" $ending) \
        >/dev/null 2>&1 && failed "$ending: exit 0"
    "$check" -u "${names[@]}" "$work/$ending.json" || failed "$ending"
    # The text trace ends with a whole line, and has all but what a task's end adds.
    [ -z "$(tail -c 1 "$work/cut.txt")" ] || failed "$ending: the text trace ends in the middle of a line"
    [ "$(wc -l <"$work/cut.txt")" -ge "$(($(wc -l <"$work/whole.txt") - 20))" ] ||
        failed "$ending: the last lines of the text trace are lost"
    # All of it is there: but for the ends of the slices it is as long as the whole trace.
    [ "$(grep -c '"ph":"i"' "$work/$ending.json")" -ge "$(grep -c '"ph":"i"' "$work/whole.json")" ] ||
        failed "$ending: the last events are lost"
done

for size in 50000 200000 400000; do
    rm -f "$work/kill.json"
    "$odd" --cores "$cores" --trace "$work/kill.json" slow &
    while [ ! -e "$work/kill.json" ] || [ "$(stat -c %s "$work/kill.json")" -lt $size ]; do sleep 0.02; done
    kill -9 $!
    wait $! 2>/dev/null
    [ "$(tail -n 1 "$work/kill.json")" != ']' ] || failed "it was whole already"
    # Every line but the last is an object by itself.
    sed -e 1d -e '$d' -e 's/,$//' "$work/kill.json" >"$work/lines"
    (echo '[' && sed -e '$d' -e 's/$/,/' "$work/lines" && tail -n 1 "$work/lines" && echo ']') >"$work/lines.json"
    "$check" -u "${names[@]}" "$work/lines.json" || failed "kill: a line is no object"
    # The repair.
    (sed '$d' "$work/kill.json" | sed '$s/,$//'; echo ']') >"$work/fixed.json"
    "$check" -u "${names[@]}" "$work/fixed.json" || failed "kill"
done
