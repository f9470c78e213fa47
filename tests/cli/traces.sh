# Traces that don't fit: exit 1 with the line and the size of the first request that failed.
. "$SOURCE/tests/cli/lib.bash"

small_mem=(--heap rt-small-mem --region ram=0x20000000:4K)
answers 0 "4 operations; at most 3,100 bytes live in 2 blocks; largest request 3,000" \
    "${small_mem[@]}" "$work/good.trace"
answers 1 "first failed at line 5, a request of 3,000 bytes with 100 live" \
    --heap rt-small-mem --region ram=0x20000000:3K "$work/good.trace"

head='# heap-trace 1\n# source a test\n# time us\n'
trace() { # LINES
    printf "$head$1" >"$work/trace"
}

trace '0 0 c 0 100 50\n'
answers 1 "line 4, a request of 5,000 bytes with 0 live" "${small_mem[@]}" "$work/trace"
trace '0 0 a 0 1000\n0 0 a 1 1000\n0 0 r 1 3000\n0 0 f 0\n0 0 r 1 2500\n0 0 f 1\n'
answers 1 "line 6, a request of 3,000 bytes with 2,000 live" "${small_mem[@]}" "$work/trace"
trace '0 0 m 0 1000 4096\n0 0 f 0\n'
answers 1 "line 4, a request of 1,000 bytes" "${small_mem[@]}" "$work/trace"
# What failed stays empty: its realloc is a new block, its free is none.
trace '0 0 a 0 5000\n0 0 r 0 100\n0 0 f 0\n0 0 a 0 5000\n0 0 f 0\n0 0 a 0 0\n0 0 f 0\n'
answers 1 "line 4, a request of 5,000 bytes" "${small_mem[@]}" "$work/trace"
grep -q " NO .* 2  " "$work/out" || fail "not two failures: $(cat "$work/out")"

# A pool whose region has room for no block fits nothing; it is no misuse of the trace's program.
answers 1 "rt-mempool: first failed at line 4" --heap rt-mempool --region ram=0x20000000:64 \
    "$work/good.trace"
[ -s "$work/err" ] && fail "the pool without blocks: $(cat "$work/err")"
answers 1 "rt-small-mem: first failed" --region ram=0x20000000:1K "$work/good.trace"
answers 1 "rt-slab: no heap: it is too small" --region ram=0x20000000:1K "$work/good.trace"
refuses "no rt-slab heap in 1024 bytes" --heap rt-slab --region ram=0x20000000:1K "$work/good.trace"

# Twice the same, and several files: the worst exit code counts.
run "${small_mem[@]}" "$SOURCE/traces/s-cjson-telemetry.trace.gz"
cp "$work/out" "$work/first"
run "${small_mem[@]}" "$SOURCE/traces/s-cjson-telemetry.trace.gz"
cmp -s "$work/first" "$work/out" || fail "two runs differ"
trace '0 0 a 0 5000\n'
answers 1 "yes" "${small_mem[@]}" "$work/trace" "$work/good.trace"
for name in s-lua-sensor s-cjson-telemetry; do
    answers 0 "yes" --heap rt-small-mem --region ram=0x20000000:64K \
        "$SOURCE/traces/$name.trace.gz"
done
finish
