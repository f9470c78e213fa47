# Files that are none, or not whole: exit 2 and one sentence that names the file.
. "$SOURCE/tests/cli/lib.bash"

both() { # WORDS FILE: as a trace and as vectors
    refuses "$1" "$2"
    refuses "$1" --verify "$2"
    grep -qF "$2" "$work/err" || fail "$2 is not named"
}

both "No such file or directory" "$work/nothing"
both "Is a directory" "$work"
: >"$work/empty"
refuses "it is no trace" "$work/empty"
refuses "no operation" --verify "$work/empty"
head -c 100000 /dev/urandom >"$work/garbage"
both "garbage" "$work/garbage"
head -c 100000 /dev/zero >"$work/zeros"
both "line 1" "$work/zeros"
head -c 100000 /dev/zero | tr '\0' x >"$work/one-line"
both "longer than 4094 bytes" "$work/one-line"
if [ "$(id -u)" -ne 0 ]; then # root may read it
    cp "$work/good.trace" "$work/locked"
    chmod 0 "$work/locked"
    both "Permission denied" "$work/locked"
fi

# A text cut inside a line, and compressed files cut in the header, the data and the checksum.
head -c 70 "$work/good.trace" >"$work/cut.trace"
refuses "truncated" "$work/cut.trace"
head -c 200 "$work/good.vec" >"$work/cut.vec"
refuses "truncated" --verify "$work/cut.vec"
trace=$SOURCE/traces/s-lua-sensor.trace.gz
vectors=$SOURCE/tests/golden/vectors/rt-small-mem-01.vec.gz
for file in "$trace" "$vectors"; do
    size=$(wc -c <"$file")
    for length in 1 2 5 10 11 100 $((size / 3)) $((size / 2)) $((size - 1000)) $((size - 9)) \
        $((size - 8)) $((size - 4)) $((size - 1)); do
        head -c "$length" "$file" >"$work/cut.gz"
        if [ "$file" = "$trace" ]; then
            refuses "cut.gz, line" --heap rt-small-mem "$work/cut.gz"
        else
            refuses "cut.gz, line" --verify "$work/cut.gz"
        fi
    done
done
{ head -c 5000 "$trace"; printf 'garbage'; tail -c +5008 "$trace"; } >"$work/damaged.gz"
refuses "damaged.gz, line" --heap rt-small-mem "$work/damaged.gz"

# Each kind of file taken for the other.
refuses "it is no vector file" --verify "$work/good.trace"
refuses "it is no trace" "$work/good.vec"

# A good file behind a bad one is not reached; before it, it is.
refuses "nothing" "$work/nothing" "$work/good.trace"
refuses "nothing" "$work/good.trace" "$work/nothing"
grep -q "a test" "$work/out" || fail "the good file before the missing one was not replayed"
answers 0 "4 ops, 4 matched" --verify "$work/good.vec"
answers 0 "yes" --heap rt-small-mem "$work/good.trace"
finish
