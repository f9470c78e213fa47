# bench_heap: a row for every heap and allocator, exact steps and bytes, its JSON, bad usage.
. "$SOURCE/tests/cli/lib.bash"
REPLAY=$(dirname "$REPLAY")/bench_heap
heaps=$("$REPLAY" --list-heaps | sed -n 's/^  \([a-z][^ ]*\) .*/\1/p')

# What a heap's row says behind the ns: steps and bytes moved, mean, p99.9 and worst.
costs() { # HEAP
    awk -v heap="$1" '$1 == heap { print $(NF - 6), $(NF - 5), $(NF - 4), $(NF - 3), $(NF - 2), $(NF - 1) }' \
        "$work/out"
}

expect_costs() { # HEAP FIGURES
    [ "$(costs "$1")" = "$2" ] || fail "$1: '$(costs "$1")', not '$2'"
}

answers 0 "200,000 operations measured after 0" --runs 1 --workload w4
for name in $heaps glibc mimalloc jemalloc; do
    [ "$(grep -cE "^$name( \(|  )" "$work/out")" -eq 1 ] || fail "w4 has no row for $name"
done
expect_costs rt-mempool "1.0 1 1 0.0 0 0"
expect_costs rt-small-mem "2.5 3 3 0.0 0 0"
grep -qE '^freertos-heap-1 +it has no free$' "$work/out" || fail "heap_1 is said to be measured"
grep -qE '^none +does not fit: operation 1 of 200000 got no memory$' "$work/out" ||
    fail "a heap that gives nothing is said to be measured"

# Calls through the front cost the same steps.
answers 0 "called by kernel/heap/heap.c" --front --runs 1 --workload w4 --heap rt-small-mem
expect_costs rt-small-mem "2.5 3 3 0.0 0 0"

# 300 bytes cleared, grown to 400, then by an aligned block's way to 500: realloc copies.
printf '%s\n' '# heap-trace 1' '# source a test' '# time us' '0 0 c 0 3 100' '0 0 a 1 8' \
    '0 0 r 0 400' '0 0 m 2 500 64' '0 0 r 2 600' '0 0 a 3 0' '0 0 f 3' '0 0 f 0' '0 0 f 2' \
    >"$work/small.trace"
pool=rt-mempool:block_size=1024 # no realloc, no aligned blocks
answers 0 "9 operations measured after 0" --runs 1 --heap rt-small-mem --heap tlsf \
    --heap $pool --heap freertos-heap-4 --workload none "$work/small.trace"
for name in $pool freertos-heap-4; do expect_costs $name "$(costs $name | cut -d ' ' -f 1-3) 122.2 500 500"; done
answers 0 "does not fit: operation 1 of 9" --heap rt-mempool:block_size=64 --runs 1 \
    --workload none "$work/small.trace"

answers 0 "w4" --workload w4 --heap rt-small-mem --runs 2 --seconds 0.001
grep -qE '^rt-small-mem .* 1$' "$work/out" || fail "a run too many: $(cat "$work/out")"

# One workload, once, for profilers.
for name in null list glibc rt-small-mem; do
    answers 0 "200000 operations" --once $name --workload w4
done
run --once none --workload w4
[ $code -eq 1 ] || fail "--once none: exit code $code, not 1"

run --workload w4 --heap tlsf --runs 1 --json "$work/json"
if [ $code -eq 0 ]; then
    for text in '"heapsim_bench": 1' '"name": "w4"' '"name": "tlsf"' '"name": "mimalloc"' \
        '"steps": {' '"p99.9": ' '"operations": 200000'; do
        grep -qF "$text" "$work/json" || fail "the JSON does not hold '$text'"
    done
    refuses "/x can't be written" --workload w4 --heap tlsf --runs 1 --json "$work/no-such/x"
else
    refuses "this build can't write JSON" --workload w4 --json "$work/json"
fi

refuses "there is no heap 'nothing'" --heap nothing --workload w4
refuses "--workload is w1, w2, w3, w4 or none, not 'w5'" --workload w5
refuses "no workload" --workload none
refuses "'x' is no positive number" --runs x
refuses "--runs is 1 to 99" --runs 100
refuses "'-1' is no positive number" --seconds -1
refuses "--once takes one workload" --once tlsf
refuses "can't be opened" "$work/no-such-file"

# The figures of the originals are those of heaps that there are.
awk '!/^#/ { print $1 }' "$SOURCE/bench/originals.txt" | sort -u >"$work/named"
while read -r name; do
    grep -qxF -e "$name" <<<"$heaps"$'\nglibc\nmimalloc\njemalloc\nlist\n-' ||
        fail "bench/originals.txt names '$name', which is no heap"
done <"$work/named"
finish
