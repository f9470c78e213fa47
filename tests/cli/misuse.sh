# A misuse in a trace: --on-violation and --quirks decide what becomes of it.
. "$SOURCE/tests/cli/lib.bash"

printf '# heap-trace 1\n# source a test\n# time us\n0 0 a 0 4294967295\n0 0 a 1 8\n' >"$work/trace"
small_mem=(--heap rt-small-mem --region ram=0x20000000:4K)

paragraph() {
    grep -q "^heapsim: size-overflow (a size that overflows): replay: " "$work/err" ||
        fail "no paragraph: $(cat "$work/err")"
    grep -q "size 4294967295 (0xffffffff)" "$work/err" || fail "no size: $(cat "$work/err")"
}

run "${small_mem[@]}" "$work/trace"
[ "$code" -eq 3 ] || fail "exit code $code, not 3"
paragraph
answers 1 "first failed at line 4, a request of 4,294,967,295 bytes" \
    "${small_mem[@]}" --on-violation=report "$work/trace"
paragraph
answers 1 "first failed at line 4" "${small_mem[@]}" --on-violation=return "$work/trace"
[ -s "$work/err" ] && fail "--on-violation=return printed $(cat "$work/err")"
# The real code gives a least block.
answers 0 "yes" "${small_mem[@]}" --on-violation=return --quirks=faithful "$work/trace"
run "${small_mem[@]}" --quirks=faithful "$work/trace"
[ "$code" -eq 3 ] || fail "exit code $code, not 3, with --quirks=faithful"
# Vectors hold misuse on purpose, and are answered faithfully.
answers 0 "matched" --verify "$SOURCE/tests/golden/vectors/rt-small-mem-quirk.vec.gz"
[ -s "$work/err" ] && fail "the quirk vectors printed $(cat "$work/err")"
run --on-violation=stop --verify "$SOURCE/tests/golden/vectors/rt-small-mem-quirk.vec.gz"
[ "$code" -eq 3 ] || fail "exit code $code, not 3, with --on-violation=stop"
finish
