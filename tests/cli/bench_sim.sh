# bench_sim: a row for every operation, its JSON, bad usage.
. "$SOURCE/tests/cli/lib.bash"
REPLAY=$(dirname "$REPLAY")/bench_sim

answers 0 "median and best of 1 runs" --runs 1
for title in "task switch (yield)" "critical section" "semaphore give and take" \
    "interrupt raised and taken" "task created, run, deleted"; do
    grep -qF "$title" "$work/out" || fail "there is no row '$title'"
done
awk '$NF ~ /holds|missed/ { rows++ } END { exit rows != 5 }' "$work/out" || fail "not five aims"

answers 0 "1000000 operations" --once semaphore/fibre
run --only mask --runs 1 --json "$work/json"
if [ $code -eq 0 ]; then
    for text in '"heapsim_bench_sim": 1' '"name": "mask"' '"carrier": "fibre"' '"ratio": ' \
        '"aim_ns": 5.0'; do
        grep -qF "$text" "$work/json" || fail "the JSON does not hold '$text'"
    done
    refuses "/x can't be written" --only mask --runs 1 --json "$work/no-such/x"
else
    refuses "this build can't write JSON" --json "$work/json"
fi
refuses "there is no operation 'nothing'" --only nothing
refuses "--runs is 1 to 99" --runs 100
refuses "not 'mask'" --once mask
refuses "not 'mask/none'" --once mask/none
finish
