# Vectors: a difference exits 1 with the line, what was expected and what came; a bad file exits 2.
. "$SOURCE/tests/cli/lib.bash"

differs() { # SED-SCRIPT LINE EXPECTED ACTUAL: what replay prints for the vectors so changed
    sed "$1" "$work/good.vec" >"$work/vec"
    answers 1 "vec:$2: " --verify "$work/vec"
    grep -qF -e "$3" "$work/out" || fail "$1: expected '$3' in: $(cat "$work/out")"
    grep -qF -e "$4" "$work/out" || fail "$1: actual '$4' in: $(cat "$work/out")"
    grep -q "matched" "$work/out" || fail "$1: no count"
}

answers 0 "good.vec: 4 ops, 4 matched" --verify "$work/good.vec"
gzip -c "$work/good.vec" >"$work/good.vec.gz"
answers 0 "4 ops, 4 matched" --verify "$work/good.vec.gz"
differs 's/^a 1 200 = .*/a 1 200 = 0x200000c8 336 336/' 8 \
    "expected: a 1 200 = 0x200000c8 336 336" "actual:   a 1 200 = 0x200000c0 336 336"
differs 's/^f 0 = - 216 336/f 0 = - 217 336/' 9 "expected: f 0 = - 217 336" \
    "actual:   f 0 = - 216 336"
differs 's/^f 0 = - 216 336/f 0 = - 216 337/' 9 "f 0 = - 216 337" "f 0 = - 216 336"
differs 's/^f 0 = - 216 336/f 0 = - 216/' 9 "f 0 = - 216" "f 0 = - 216 336"
differs 's/^f 0 = - 216 336/f 0 = - 216 336 1/' 9 "f 0 = - 216 336 1" "f 0 = - 216 336"
differs 's/^r 1 300 = 0x20000198/r 1 300 = 0x0/' 10 "r 1 300 = 0x0" "r 1 300 = 0x20000198"
differs 's/^# initial used 0/# initial used 1/' 6 "expected 1" "actual 0"
differs 's/align 8/align 4/' 7 "0x20000048" "0x20000044"

refused() { # WORDS SED-SCRIPT
    sed "$2" "$work/good.vec" >"$work/vec"
    refuses "$1" --verify "$work/vec"
    grep -qF "vec, line" "$work/err" || fail "$2: the place is not named: $(cat "$work/err")"
}

refused "there is no heap 'rt-nothing'" 's/rt-small-mem/rt-nothing/'
refused "has no option 'colour'" 's/^# stat/# config colour=1\n&/'
refused "option align can't be '5'" 's/^# stat/# config align=5\n&/'
refused "has no figure 'free'" 's/^# stat used max/# stat used free/'
refused "'z 0 100 = 0x20000048 120 120' is no operation" 's/^a 0/z 0/'
refused "line 7: 'a 0 = 0x20000048" 's/^a 0 100/a 0/'
refused "has no operation 'm' without a slot" 's/^f 0/m/'
refused "too small" 's/0x1000$/0x40/'
refused "above 4 GiB" 's/^# region .*/# region 0xfffff000 0x2000/'
refused "the program itself" 's/0x20000000 0x1000/0x8000000 0x1000/'
refused "slot 0 is in use" 's/^a 1/a 0/'
refused "before the lines" '/^# stat/d'
refused "the second line is not" '/^# allocator/d'
refused "there is a second line '# allocator'" 's/^a 0 100/# allocator tlsf\n&/'
refused "there is no heap 'rt-?[2J'" 's/rt-small-mem/rt-\x1b[2J/'
differs 's/^f 0 = - 216 336/f 0 = - \x1b[2J/' 9 "f 0 = - ?[2J" "f 0 = - 216 336"
if with_asan && [ "$(uname -m)" = x86_64 ]; then
    refused "AddressSanitizer" 's/0x20000000 0x1000/0x80000000 0x1000/'
fi

# Several files: all are read, and one that differs decides.
sed 's/^f 0 = - 216/f 0 = - 217/' "$work/good.vec" >"$work/vec"
answers 1 "good.vec: 4 ops, 4 matched" --verify "$work/vec" "$work/good.vec"
# Each maps its own region in place of those before.
sed 's/0x20000/0x30000/g' "$work/good.vec" >"$work/elsewhere.vec"
answers 0 "elsewhere.vec: 4 ops, 4 matched" --verify "$work/good.vec" "$work/elsewhere.vec" \
    "$work/good.vec"
finish
