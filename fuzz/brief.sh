#!/usr/bin/env bash
# brief.sh FUZZER NAME SECONDS FOUND: fuzzes so long, from the target's corpus on, which stays as it is. What is
# found is kept in the folder FOUND. With one seed: a change is tested, luck is for the fuzzing that goes on.
set -eu
fuzzer=$1 name=$2 seconds=$3 found=$4
here=$(dirname "${BASH_SOURCE[0]}")
corpus=$(mktemp -d)
trap 'rm -rf "$corpus"' EXIT
options=(-seed=1 -max_total_time="$seconds" -timeout=20 -print_final_stats=1 -artifact_prefix="$found/$name-")
inputs=("$corpus")
[ ! -d "$here/corpus/$name" ] || inputs+=("$here/corpus/$name")
[ ! -f "$here/dictionaries/$name.dict" ] || options+=(-dict="$here/dictionaries/$name.dict")
mkdir -p "$found"
"$fuzzer" "${options[@]}" "${inputs[@]}" 2>&1 | tail -n 60
[ "${PIPESTATUS[0]}" -eq 0 ]
