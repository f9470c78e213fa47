#!/bin/bash
# What --leaks, --snapshot and their kin name, on both carriers: leaks.sh PART, with $BIN.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0
carrier=

fail() { # TEXT...
    echo "FAILED: $*"
    sed 's/^/  | /' "$work/err"
    failures=$((failures + 1))
}

run() { # PROGRAM ARGUMENTS...: leaves $code, $work/out and $work/err
    command="$* $carrier"
    "$BIN/leaks_$1" ${carrier:+--carrier $carrier} "${@:2}" >"$work/out" 2>"$work/err" </dev/null
    code=$?
}

exits() { # CODE PROGRAM ARGUMENTS...
    run "${@:2}"
    [ "$code" -eq "$1" ] || fail "$command: exit code $code, not $1"
}

says() { # PATTERN: a line of standard error
    grep -qE -e "$1" "$work/err" || fail "$command: no line like '$1'"
}

says_not() { # PATTERN
    ! grep -qE -e "$1" "$work/err" || fail "$command: a line like '$1'"
}

# One group of leaks, which the words and the place tell.
leaks() { # PROGRAM CASE WORDS PLACE
    exits 5 "$1" --leaks --heap-lock=interrupts "case=$2"
    says "^heapsim: leak \(.*\): $3"
    says "$4"
    [ "$(grep -c "^heapsim: leak (" "$work/err")" -eq 1 ] || fail "$command: not one group"
    tail -1 "$work/err" | grep -q "could have been" || fail "$command: the last line is another"
}

leaks_not() { # PROGRAM CASE
    exits 0 "$1" --leaks --heap-lock=interrupts "case=$2"
    says_not "heapsim: leak"
}

has_asan() {
    grep -q __asan_init "$BIN/leaks_rtthread"
}

has_tsan() {
    grep -q __tsan_acquire "$BIN/leaks_rtthread"
}

rtthread() {
    worker="allocated here by task 'worker'"
    nowhere="reachable from nowhere\\.$"
    # AddressSanitizer's frames keep words of calls that are over: of a task that lives (docs/leaks.md)
    if ! has_asan; then
        leaks rtthread loop "3 blocks, 120 bytes in all, $worker, are $nowhere" "< in_loop \(rtthread.c:"
        leaks rtthread error "1 block of 100 bytes, $worker, is $nowhere" "< parse.* < on_error \(rtthread.c:"
        leaks rtthread lost "5 blocks, [0-9]+ bytes in all, $worker, are" "< make_list \(rtthread.c:"
    fi
    leaks rtthread isr "4 blocks, 96 bytes in all, allocated here by the interrupt of line 3, are" "at isr \(rtthread.c:"
    leaks rtthread pool "1 block of 32 bytes, $worker, is" "heap 'pool' \(RT-Thread mempool\)"
    leaks rtthread ended "1 block of 80 bytes, $worker, which has ended, is" "< ends \(rtthread.c:"
    leaks rtthread argument "1 block of 56 bytes, allocated here by task 'main', which has ended, is" "rtthread.c:"
    leaks rtthread main "1 block of 72 bytes, allocated here by task 'main', which has ended, is" "< main \(rtthread.c:"
    for kept in static list local message objects growth; do
        leaks_not rtthread $kept
    done
    exits 5 rtthread case=check
    [ "$(tr '\n' ' ' <"$work/out")" = "2 leaked 1 leaked 0 leaked " ] || fail "$command: $(cat "$work/out")"
    says "^heapsim: at [0-9]+ us: [0-9]+ blocks, [0-9,]+ bytes asked for"
    says "^ +200 bytes in 1 block +task 'worker', rt_malloc at take .* < checks"
}

freertos() {
    exits 5 freertos --leaks case=loop
    says "3 blocks, 120 bytes in all, allocated here by the program before the scheduler started, are"
    says "at take \(freertos.c:.* < leak \(freertos.c:.* < main"
    exits 5 freertos --leaks case=lost
    says "heapsim: leaks in all: 2 blocks"
    exits 5 freertos case=check
    grep -q "^2 leaked" "$work/out" || fail "$command: $(cat "$work/out")"
    exits 0 freertos case=local
    for kept in static local none; do
        exits 0 freertos --leaks case=$kept
    done
    exits 5 freertos --leaks case=failed
    for heap in 1 2 3; do
        exits 5 freertos --leaks --heap freertos-heap-$heap case=loop
        exits 0 freertos --leaks --heap freertos-heap-$heap case=static
    done
}

oneos() {
    exits 5 oneos --leaks case=loop
    says "3 blocks, 120 bytes in all, allocated here by task 'main', which has ended, are"
    says "< leak.* < main"
    exits 5 oneos --leaks case=heap
    says "heap 'own' \(OneOS"
    exits 0 oneos --leaks case=static
    exits 0 oneos --leaks case=none
}

libc_heap() {
    exits 5 libc_heap --leaks
    says "1 block of 25 bytes, allocated here by task 'main'"
    says "with strdup at leak \(libc_heap.c:"
    says "1 block of 60 bytes, allocated"
    says "with calloc at leak \(libc_heap.c:"
    says "^heapsim: leaks in all: 2 blocks, 85 bytes, in 2 places"
}

same_hash() { # OPTIONS...: what a run does is the same with them
    if "$BIN/leaks_rtthread" --trace-hash 2>&1 | grep -q 'needs libmd'; then
        return # without it there are no hashes
    fi
    "$BIN/leaks_rtthread" ${carrier:+--carrier $carrier} --trace-hash case=growth >"$work/plain" 2>/dev/null
    exits 0 rtthread --trace-hash case=growth "$@"
    cmp -s "$work/plain" "$work/out" || fail "$command: another trace"
}

options() {
    exits 0 rtthread case=loop
    says_not "leak"
    exits 0 rtthread --on-violation=return --leaks case=loop
    exits 3 rtthread --leaks --on-violation=report case=misuse
    has_asan || says "heapsim: leak"
    exits 3 rtthread --leaks case=misuse
    says_not "heapsim: leak"
    says_not "could have been"
    exits 4 rtthread --leaks case=deadlock
    says "heapsim: leak"
    exits 5 rtthread --leaks case=failed
    exits 1 rtthread case=failed
    exits 5 rtthread --leaks=all case=ended
    says "^heapsim: still held: 2 blocks, 68 bytes in all, allocated here by task 'main'"
    exits 0 rtthread --leaks=all case=static
    says "^heapsim: still held: 1 block, 48 bytes in all, allocated here by task 'worker'"
    if ! has_tsan; then # which refuses explorations
        exits 5 rtthread --leaks --explore 5 case=loop
        exits 0 rtthread --leaks --explore 5 --workers 1 case=static
        says_not "could have been"
    fi
    exits 2 rtthread --leaks=some
    exits 2 rtthread --leaks --no-ledger
    says "does not go together with --no-ledger"
    exits 2 rtthread --snapshot 3ms --no-ledger
    exits 2 rtthread --snapshot soon
    says "a time like 500us"
    exits 0 rtthread --no-ledger case=loop
    says "by estimate it could have been"
    run rtthread --no-ledger case=check
    says "sim_leak_check does nothing: --no-ledger"
    exits 0 rtthread --heap tlsf case=static
    says "\(TLSF.*: by estimate it could have been up to [0-9,]+ bytes smaller; replay --fit finds out"
    same_hash --leaks
    same_hash --leaks=all --snapshot 1ms --snapshot 4ms
    same_hash --snapshot 100us --snapshot 10ms --snapshot 20ms
}

growth() {
    exits 0 rtthread --snapshot 15ms --snapshot 2500us --snapshot 22500us --snapshot 1s case=growth
    says "^heapsim: snapshot at 2500us: [0-9]+ blocks, [0-9,]+ bytes asked for; heap 'heap' has [0-9,]+ bytes free, at most [0-9,]+ in one piece\\.$"
    says "^heapsim: snapshot at 1s: the run had ended before\\.$"
    says "^heapsim: from 2500us to 15ms: \\+[0-9]+ bytes, \\+1[0-9] blocks\\.$"
    says "^heapsim: from 15ms to 22500us: \\+[0-9]+ bytes, \\+[0-9]+ blocks\\.$"
    says "^ +\\+300 bytes, \\+1 block +task 'worker', rt_malloc at take .* < grows"
    says "^ +2500us +15ms +22500us$"
    says "^ +0 +0 +300  task 'worker', rt_malloc at take"
    tail -1 "$work/err" | grep -q "could have been" || fail "$command: the last line is another"
    many=()
    for time in $(seq 17); do
        many+=(--snapshot "${time}ms")
    done
    exits 2 rtthread "${many[@]}"
    says "16 times at most"
    exits 0 rtthread "${many[@]:2}" case=growth
}

# Other tasks run at the same time, and stop somewhere.
parallel() {
    for cores in 1 3; do
        exits 5 rtthread --engine parallel --cores $cores --leaks case=loop
        says "leaks in all: 3 blocks, 120 bytes" # calls of one line may be several places here
        exits 5 rtthread --engine parallel --cores $cores --leaks=all case=ended
        says "which has ended"
        for kept in static list local message objects; do
            exits 0 rtthread --engine parallel --cores $cores --leaks case=$kept
        done
    done
    exits 2 rtthread --engine parallel --snapshot 1ms
    exits 0 rtthread --engine parallel case=check
    says "sim_leak_check does nothing: on --engine parallel"
}

case $1 in
parallel) parallel ;;
*)
    for carrier in pthread fibre; do
        "$1"
    done
    ;;
esac
[ $failures -eq 0 ]
