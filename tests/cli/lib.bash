# What the scripts here share: a scratch folder ($work) and checks of what replay answers.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

fail() { # TEXT...
    echo "FAILED: $*"
    failures=$((failures + 1))
}

run() { # ARGUMENTS...: leaves $code, $work/out and $work/err
    "$REPLAY" "$@" >"$work/out" 2>"$work/err"
    code=$?
}

# Exit code 2, and one line on standard error that says the words.
refuses() { # WORDS ARGUMENTS...
    local words=$1
    shift
    run "$@"
    [ "$code" -eq 2 ] || fail "replay $*: exit code $code, not 2"
    [ "$(wc -l <"$work/err")" -eq 1 ] || fail "replay $*: not one line: $(cat "$work/err")"
    grep -qF -e "$words" "$work/err" || fail "replay $*: '$(cat "$work/err")' does not say '$words'"
}

# That exit code, and the words somewhere on standard output.
answers() { # CODE WORDS ARGUMENTS...
    local expected=$1 words=$2
    shift 2
    run "$@"
    [ "$code" -eq "$expected" ] || fail "replay $*: exit code $code, not $expected: $(cat "$work/err")"
    grep -qF -e "$words" "$work/out" || fail "replay $*: '$(cat "$work/out")' does not say '$words'"
}

finish() {
    [ "$failures" -eq 0 ] && exit 0
    echo "$failures checks failed"
    exit 1
}

with_asan() {
    grep -q __asan_init "$REPLAY"
}

# A trace of two blocks: 100 bytes, then 3,000, and both freed.
printf '# heap-trace 1\n# source a test\n# time us\n0 0 a 0 100\n0 0 a 1 3000\n1 0 f 0\n1 0 f 1\n' \
    >"$work/good.trace"

# Vectors of rt-small-mem, all right.
cat >"$work/good.vec" <<'END'
# heap-vectors 1
# allocator rt-small-mem
# upstream RT-Thread v5.2.0 abi ilp32 align 8
# region 0x20000000 0x1000
# stat used max
# initial used 0 max 0
a 0 100 = 0x20000048 120 120
a 1 200 = 0x200000c0 336 336
f 0 = - 216 336
r 1 300 = 0x20000198 320 536
END
