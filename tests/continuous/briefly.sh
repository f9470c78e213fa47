#!/usr/bin/env bash
# briefly.sh SECONDS: builds the preset fuzz and runs each fuzzer for so long, from its corpus on, which
# stays as it is. The last line is the count. What is found is kept in build/fuzz/found/.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=$1
corpus=$(mktemp -d)
trap 'rm -rf "$corpus"' EXIT
werror=()
[ "${CI:-}" != true ] || werror=(-DHEAPSIM_WERROR=ON)
cmake --preset fuzz "${werror[@]}" >/dev/null
cmake --build build/fuzz --target fuzzers >&2
mkdir -p build/fuzz/found

passed=0 failed=0
while read -r fuzzer; do
    name=${fuzzer#fuzz_}
    rm -rf "$corpus" && mkdir "$corpus"
    seeds=() dictionary=()
    [ ! -d "fuzz/corpus/$name" ] || seeds=("fuzz/corpus/$name")
    [ ! -f "fuzz/dictionaries/$name.dict" ] || dictionary=(-dict="fuzz/dictionaries/$name.dict")
    if "build/fuzz/bin/$fuzzer" -max_total_time="$seconds" -timeout=20 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/found/$name-" "${dictionary[@]}" "$corpus" "${seeds[@]}" >"build/fuzz/$fuzzer.log" 2>&1; then
        passed=$((passed + 1))
        echo "$fuzzer: $(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$fuzzer.log") runs"
    else
        failed=$((failed + 1))
        echo "$fuzzer: FAILED" && tail -n 40 "build/fuzz/$fuzzer.log"
    fi
done <build/fuzz/fuzzers.txt
echo "$passed passed, $failed failed"
[ $passed -gt 0 ] && [ $failed -eq 0 ]
