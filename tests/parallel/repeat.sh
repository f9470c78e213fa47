#!/bin/sh
# repeat.sh RUNS EXIT PROGRAM [OPTION...]: each of the runs ends by itself, with EXIT.
set -u
runs=$1 expected=$2
shift 2

while [ "$runs" -gt 0 ]; do
    timeout -s KILL 60 "$@" >/dev/null 2>&1
    code=$?
    if [ "$code" -ne "$expected" ]; then
        echo "exit $code, not $expected, with $runs runs to go in: $*"
        exit 1
    fi
    runs=$((runs - 1))
done
