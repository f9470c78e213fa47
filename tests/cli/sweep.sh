# deploy/sweep: shares cover the seeds once, failing seeds are told as commands, what was interrupted goes
# on, and what is wrong is said.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
sweep=$SOURCE/deploy/sweep
failures=0
fail() {
    failures=$((failures + 1))
    echo "FAILED: $*"
}

# A program that fails with seeds that end with 7, waits with 13 and notes what it was called with.
cat >"$work/program" <<END
#!/bin/sh
echo "\$*" >>$work/calls
case \$* in
*--bad*) echo "program: --bad is no option" >&2; exit 2 ;;
*--slow*"--seed 13") exec sleep 60 ;;
*--die*"--seed 13") kill -KILL \$\$ ;;
*--stop*"--seed 13") kill -TERM 0; sleep 5 ;;
*7) exit 3 ;;
esac
END
chmod +x "$work/program"
run() { # ARGUMENT...: leaves $code, $work/out, $work/err
    "$sweep" "$work/program" --folder "$work/kept" "$@" >"$work/out" 2>"$work/err"
    code=$?
}
seeds() { sed -n 's/.*--seed //p' "$work/calls" | xargs; }

for range in 0-0 1-10 5-24 999999999999999990-999999999999999999; do
    for shares in 1 3 7 16; do
        rm -rf "$work/kept" "$work/calls"
        smallest=99 largest=0
        for ((i = 0; i < shares; i++)); do
            before=$(cat "$work/calls" 2>/dev/null | wc -l)
            run --seeds $range --share $i/$shares
            now=$(($(cat "$work/calls" 2>/dev/null | wc -l) - before))
            smallest=$((now < smallest ? now : smallest)) largest=$((now > largest ? now : largest))
        done
        [ "$(seeds)" = "$(seq "${range%-*}" "${range#*-}" | xargs)" ] || fail "$range in $shares shares ran $(seeds)"
        [ $((largest - smallest)) -le 1 ] || fail "$range in $shares shares: from $smallest to $largest seeds"
    done
done

# Failing seeds; the same by the environment of a Kubernetes Job.
rm -rf "$work/kept"
run --seeds 1-20 --cores 2
[ $code -eq 1 ] || fail "failing seeds: exit $code"
expected="$work/program --cores 2 --seed 7  # exit 3
$work/program --cores 2 --seed 17  # exit 3"
[ "$(cat "$work/kept/program.1-20.0-of-1.failures")" = "$expected" ] || fail "the list of failing seeds: $(cat "$work"/kept/*.failures)"
[ "$(cat "$work/out")" = "$expected"$'\n'"sweep: program, seeds 1-20: 20 run, 2 failed" ] || fail "printed: $(cat "$work/out")"
rm -f "$work/calls"
JOB_COMPLETION_INDEX=2 SWEEP_SHARES=4 run --seeds 1-20
[ "$(seeds)" = "$(seq 11 15 | xargs)" ] && [ $code -eq 0 ] || fail "index 2 of 4: exit $code, $(seeds)"

# Done already: nothing is run, the answer is the same. Half a line at the end is none.
rm -f "$work/calls"
run --seeds 1-20 --cores 2
[ $code -eq 1 ] && [ ! -e "$work/calls" ] || fail "done already: exit $code, $(seeds)"
journal=$work/kept/program.1-20.0-of-1.journal
{ head -n 11 "$journal"; printf 1; } >"$work/journal" && mv "$work/journal" "$journal"
run --seeds 1-20 --cores 2
[ "$(seeds)" = "$(seq 11 20 | xargs)" ] || fail "went on with $(seeds)"
[ $code -eq 1 ] && grep -q "20 run, 2 failed" "$work/out" || fail "failures from before do not count: exit $code"
run --seeds 1-20 --cores 4
[ $code -eq 2 ] && grep -q "is of another sweep" "$work/err" || fail "another sweep's journal: exit $code"

# Stopped in the middle of a seed: that one is not done.
rm -rf "$work/kept" "$work/calls"
setsid --wait "$sweep" "$work/program" --folder "$work/kept" --seeds 10-15 --stop >"$work/out" 2>&1
[ $? -ne 0 ] || fail "stopped by a signal, it ended with 0"
[ "$(tail -n 1 "$work"/kept/*.journal)" = 12 ] || fail "stopped at 13, its journal ends with $(tail -n 1 "$work"/kept/*.journal)"
[ ! -s "$work/kept/program.10-15.0-of-1.failures" ] || fail "a stopped seed counts as failed"

# Too long, killed, no such option.
rm -rf "$work/kept"
run --seeds 12-14 --timeout 1 --slow
[ $code -eq 1 ] && grep -q -- "--seed 13  # not ended after 1 s" "$work/out" || fail "too long: exit $code, $(cat "$work/out")"
rm -rf "$work/kept"
run --seeds 12-14 --die
[ $code -eq 1 ] && grep -q -- "--seed 13  # exit 137" "$work/out" || fail "killed: exit $code, $(cat "$work/out")"
run --seeds 1-5 --bad
[ $code -eq 2 ] && grep -q "no option" "$work/err" || fail "an option that the program refuses: exit $code"

refuses() { # WORDS ARGUMENT...
    local words=$1
    shift
    "$sweep" "$@" >"$work/out" 2>"$work/err"
    code=$?
    [ $code -eq 2 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF -e "$words" "$work/err" ||
        fail "sweep $*: exit $code, $(cat "$work/err")"
}
refuses "no program is named"
refuses "no program 'nothing'" nothing --seeds 1-2
refuses "FIRST-LAST" "$work/program"
for range in 1 1- -2 a-b 01-2 1-2-3 1-9999999999999999999; do refuses "FIRST-LAST" "$work/program" --seeds "$range"; done
refuses "holds no seed" "$work/program" --seeds 5-4
for share in 1 3/3 -1/3 a/b 0/0 1/; do refuses "a share is I/N" "$work/program" --seeds 1-2 --share "$share"; done
refuses "leave it out" "$work/program" --seeds 1-2 --seed 3
refuses "number of seconds" "$work/program" --seeds 1-2 --timeout soon
refuses "needs a value" "$work/program" --seeds
refuses "can't write in the folder" "$work/program" --seeds 1-2 --folder "$work/program/x"

# A real program. Side by side by GNU parallel, where that is installed.
"$sweep" "$(dirname "$REPLAY")/lost_wakeup" --seeds 1-3 --folder "$work/real" --fix >"$work/out" 2>&1 || fail "lost_wakeup --fix: $(cat "$work/out")"
if command -v parallel >/dev/null; then
    rm -rf "$work/kept" "$work/calls"
    seq 0 3 | parallel --will-cite -j 2 "$sweep" "$work/program" --folder "$work/kept" --seeds 1-30 --share {}/4 >"$work/out" 2>&1
    [ "$(seeds | xargs -n 1 | sort -n | xargs)" = "$(seq 30 | xargs)" ] || fail "by parallel: $(seeds)"
    [ "$(grep -c -- '--seed' "$work/out")" -eq 3 ] || fail "by parallel: $(cat "$work/out")"
fi
[ $failures -eq 0 ]
