#!/bin/bash -eu
# Builds the fuzzers for ClusterFuzzLite and OSS-Fuzz into $OUT, each with its seed corpus, its dictionary
# and its options, as $SANITIZER says: address, undefined or coverage. Which fuzzers there are, CMake knows.
# From their images come $SRC, $WORK, $OUT, $CC, $CXX, $CFLAGS, $CXXFLAGS and $LIB_FUZZING_ENGINE.
cd "$SRC/heapsim"
build=$WORK/heapsim-$SANITIZER

# What heapsim must know of the sanitizer, beside the flags.
case $SANITIZER in
address)
    sanitize=fuzzer-no-link,address
    # Tasks share addresses of locals: they stay on the stack, whatever ASAN_OPTIONS says.
    CFLAGS+=" -fsanitize-address-use-after-return=never"
    ;;
undefined)
    sanitize=fuzzer-no-link,undefined
    # The allocators' arithmetic wraps at 32 bits, as on the target.
    CFLAGS+=" -fno-sanitize=unsigned-integer-overflow"
    ;;
*) sanitize= ;;
esac
export CFLAGS

cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE= -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" \
    -DHEAPSIM_SANITIZE="$sanitize" -DHEAPSIM_FUZZ=ON -DHEAPSIM_FUZZ_CXX=ON \
    -DHEAPSIM_FUZZ_ENGINE="$LIB_FUZZING_ENGINE" -DZLIB_USE_STATIC_LIBS=ON
cmake --build "$build" --target fuzzers

while read -r fuzzer; do
    name=${fuzzer#fuzz_}
    cp "$build/bin/$fuzzer" "$OUT/"
    if [ -d "fuzz/corpus/$name" ]; then
        (cd "fuzz/corpus/$name" && zip --quiet --recurse-paths - .) >"$OUT/${fuzzer}_seed_corpus.zip"
    fi
    if [ -f "fuzz/dictionaries/$name.dict" ]; then
        cp "fuzz/dictionaries/$name.dict" "$OUT/$fuzzer.dict"
    fi
    # Exploring puts memory back page by page, and learns by page faults which.
    printf '[asan]\nhandle_segv=1\nallow_user_segv_handler=1\n' >"$OUT/$fuzzer.options"
done <"$build/fuzzers.txt"
