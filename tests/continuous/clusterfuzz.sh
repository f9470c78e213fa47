#!/usr/bin/env bash
# .clusterfuzzlite/build.sh with clang's own libFuzzer in place of ClusterFuzzLite's images: each fuzzer
# comes out with what belongs to it, and runs. A test of the preset fuzz, since it takes minutes.
# Arguments: the sanitizers; without any, address, undefined and coverage.
set -eu
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- address undefined coverage

# The flags of base-builder's `compile`.
base="-O1 -fno-omit-frame-pointer -gline-tables-only -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"
bounds=bool,array-bounds,float-divide-by-zero,function,integer-divide-by-zero,return,shift,signed-integer-overflow,vla-bound,vptr
declare -A flags=(
    [address]="-fsanitize=address -fsanitize-address-use-after-scope -fsanitize=fuzzer-no-link"
    [undefined]="-fsanitize=$bounds,unsigned-integer-overflow -fno-sanitize-recover=$bounds -fsanitize=fuzzer-no-link"
    [coverage]="-fprofile-instr-generate -fcoverage-mapping -pthread -Wl,--no-as-needed -Wl,-ldl -Wl,-lm -Wno-unused-command-line-argument"
)
# The settings of base-runner.
export ASAN_OPTIONS=alloc_dealloc_mismatch=0:allocator_may_return_null=1:check_malloc_usable_size=0:detect_odr_violation=0:detect_leaks=1:detect_stack_use_after_return=1:fast_unwind_on_fatal=0:handle_abort=1:handle_segv=1:handle_sigill=1:max_uar_stack_size_log=16:quarantine_size_mb=10:strict_memcmp=1:symbolize=0:use_sigaltstack=1
export UBSAN_OPTIONS=print_stacktrace=1:silence_unsigned_overflow=1:symbolize=0

mkdir "$work/src"
ln -s "$source" "$work/src/heapsim"
for sanitizer in "$@"; do
    export SRC=$work/src WORK=$work/work OUT=$work/$sanitizer SANITIZER=$sanitizer FUZZING_ENGINE=libfuzzer
    export CC=clang CXX=clang++ LIB_FUZZING_ENGINE=-fsanitize=fuzzer
    export CFLAGS="$base ${flags[$sanitizer]}" CXXFLAGS="$base ${flags[$sanitizer]}" LLVM_PROFILE_FILE=$work/%m.profraw
    mkdir -p "$OUT" "$WORK"
    bash -eu "$source/.clusterfuzzlite/build.sh" >"$work/log" 2>&1 || { tail -n 40 "$work/log"; exit 1; }
    fuzzers=0
    for fuzzer in "$OUT"/fuzz_*; do
        [[ ${fuzzer##*/} != *.* ]] && [[ $fuzzer != *.zip ]] || continue
        fuzzers=$((fuzzers + 1))
        name=${fuzzer##*/fuzz_}
        readelf --file-header "$fuzzer" | grep -q ' EXEC ' || { echo "$sanitizer: fuzz_$name has no fixed address"; exit 1; }
        seeds=$work/seeds
        rm -rf "$seeds" && mkdir "$seeds"
        if [ -d "$source/fuzz/corpus/$name" ]; then
            unzip -q "${fuzzer}_seed_corpus.zip" -d "$seeds"
            diff -r "$seeds" "$source/fuzz/corpus/$name" || { echo "fuzz_$name: its seed corpus is not fuzz/corpus/$name"; exit 1; }
        fi
        [ ! -f "$source/fuzz/dictionaries/$name.dict" ] || cmp "$source/fuzz/dictionaries/$name.dict" "$fuzzer.dict"
        inputs=("$seeds")
        if [ "$sanitizer" = coverage ]; then # it steers no fuzzing: the inputs are run, and that is it
            echo >"$seeds/a-line"
            inputs=("$seeds"/*)
        fi
        timeout 300 "$fuzzer" -runs=10 "${inputs[@]}" >"$work/log" 2>&1 ||
            { echo "$sanitizer: fuzz_$name fails"; tail -n 40 "$work/log"; exit 1; }
    done
    [ "$fuzzers" -gt 0 ] && [ "$fuzzers" -eq "$(wc -l <"$WORK/heapsim-$sanitizer/fuzzers.txt")" ] ||
        { echo "$sanitizer: $fuzzers fuzzers came out"; exit 1; }
    echo "$sanitizer: $fuzzers fuzzers build and run"
done
