#!/bin/bash
# races.sh PROGRAM LOAD...: each load takes less than 10 times as much of the host's time with
# --races. Tries again where the host was busy with something else.
set -u
program=$1
shift
TIMEFORMAT=%U

# The least user time of three runs, in ms.
least() {
    local best='' ms
    for _ in 1 2 3; do
        ms=$({ time "$program" --carrier fibre "$@" >/dev/null 2>&1; } 2>&1)
        ms=$((10#${ms/./}))
        [ -n "$best" ] && [ "$best" -le "$ms" ] || best=$ms
    done
    echo "$((best + 1))"
}

result=0
for load; do
    for try in 1 2 3; do
        without=$(least "$load")
        with=$(least --races "$load")
        [ "$with" -ge $((10 * without)) ] || break
    done
    echo "$load: $without ms, with --races $with ms"
    [ "$with" -lt $((10 * without)) ] || result=1
done
exit $result
