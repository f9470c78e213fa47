#!/bin/bash
# gdb.sh PROGRAM COMMANDS [option...]: stops the program stopped.c in gdb, which loads COMMANDS (a
# file) by itself; then all commands of it must tell the right thing, and the same of a core file.
set -u
program=$1 commands=$2
shift 2
source=$(dirname "$0")/stopped.c

line() { # TEXT: where it is in the source
    grep -nF -- "$1" "$source" | head -1 | cut -d: -f1
}
kept=$(line 'kept = ') gone=$(line 'gone = ') again=$(line 'again = ') freed=$(line 'rt_free(gone')
unit=$(line 'unit = ') main=$(line '    allocate();')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

cat >told <<'END'
echo [tasks]\n
heapsim tasks
echo [heaps]\n
heapsim heap
echo [one]\n
heapsim heap units
echo [blocks]\n
heapsim heap heap blocks
echo [live]\n
heapsim block kept
echo [freed]\n
heapsim block gone + 3
echo [into]\n
heapsim why kept + 5
echo [slack]\n
heapsim why kept + 2101
echo [header]\n
heapsim why again - 2
echo [free]\n
heapsim why gone + 8
echo [never]\n
heapsim why far_end
echo [control]\n
heapsim why 0x20000004
echo [static]\n
heapsim why &kept
echo [code]\n
heapsim why stop_here
echo [pool]\n
heapsim why unit
echo [inner]\n
heapsim why of_second
echo [stack]\n
heapsim why $sp
echo [null]\n
heapsim why 0
echo [nowhere]\n
heapsim why 0x30000000
echo [end]\n
END

# part of what was said: from [NAME] to the next one
part() {
    sed -n "/^\[$1\]\$/,/^\[/p" <<<"$said"
}

says() { # NAME PATTERN...: each is in a line of its own
    local name=$1 pattern
    for pattern in "${@:2}"; do
        grep -qE -- "$pattern" <<<"$(part "$name")" && continue
        printf '%s: nothing like "%s" in:\n%s\n' "$name" "$pattern" "$(part "$name")"
        failed=1
    done
}

check() {
    says tasks '^main +10 +running +0 ' '^holder +11 \(raised from 12\) +blocked +- .* time, until tick [0-9]+$' \
        "^waiter +11 +blocked +- .* mutex 'lock', held by task 'holder'\$" '^tidle00 +255 +ready'
    says heaps "^heap 'heap' \(RT-Thread small-mem\)" "^heap 'units' " "^heap 'second' " \
        '^  region 0x20000000 to 0x2000ffff, 65536 bytes' '^  used [0-9]+, at most [0-9]+, of [0-9]+ bytes' \
        "^    2101 bytes in 1 block: allocate \(stopped.c:$kept\), by task 'main'"
    says one '^  used 20, at most 20, of 200 bytes' '^  1 block live, of 16 bytes'
    says blocks "^0x[0-9a-f]+ +2101 +2104 +[0-9.]+ us +task 'main' at allocate \(stopped.c:$kept\)"
    says live 'The block: 0x[0-9a-f]+, 2101 bytes \(2104 given\), heap .heap.' \
        "Allocated by task 'main' at [0-9.]+ us, with rt_malloc at allocate \(stopped.c:$kept\) < main \(stopped.c:$main\)"
    says freed 'the address is 3 bytes into it' "Allocated by .*stopped.c:$gone" \
        "Freed by task 'main' at [0-9.]+ us, with rt_free at allocate \(stopped.c:$freed\) < main \(stopped.c:$main\)"
    says into 'in a live block of heap .heap.' 'the address is 5 bytes into it'
    says slack 'in the slack behind a live block'
    says header 'in the header of the block at 0x[0-9a-f]+, between ' "Allocated by .*stopped.c:$again"
    says free 'in free memory of heap .*between .*; it was a block' "Freed by .*stopped.c:$freed"
    says never 'that was never given out, between the block at 0x[0-9a-f]+ and the heap.s end'
    says control "between the heap's begin and the block at .*the allocator's own words"
    says static ': static data kept$'
    says code ': code of stop_here$'
    says pool "in a live block of heap 'units'" "with rt_mp_alloc at allocate \(stopped.c:$unit\)"
    says inner "in a live block of heap 'second'"
    says stack "on the host stack of task 'main'"
    says null 'nowhere: the page of the null pointer'
    says nowhere 'nowhere: nothing is mapped there'
    says end '^\[end\]$' # no command before it failed
}

run() {
    gdb -nx -batch -iex "add-auto-load-safe-path $commands" "$@" 2>&1
}

# The core is written where it runs, if at all.
ulimit -c unlimited 2>/dev/null
said=$(run -ex 'break stop_here' -ex run -ex 'info signals SIGURG' -x told \
    -ex 'handle SIGABRT nostop noprint pass' -ex 'signal SIGABRT' \
    --args "$program" --region ram=0x20000000:64K "$@")
check
grep -qE '^SIGURG +No\s+No\s+Yes' <<<"$said" || { echo "SIGURG stops gdb: $said"; failed=1; }
grep -q 'received signal SIG\(URG\|35\)' <<<"$said" && { echo "gdb was stopped: $said"; failed=1; }

core=$(find . -name 'core*' | head -1)
if [ -n "$core" ]; then
    said=$(run -x told "$program" "$core")
    check
else
    echo "no core file was written here: that part is left out"
fi
exit $failed
