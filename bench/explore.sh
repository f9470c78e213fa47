#!/usr/bin/env bash
# explore.sh DIRECTORY [SEEDS]: what exploring schedules costs, and how soon each strategy finds the
# planted bug of each scenario of DIRECTORY. Rates are of CPU time, of one worker.
set -eu
directory=$1 seeds=${2:-20}
limit=5000
scenarios=(race_lost_update race_check_then_act lost_wakeup isr_malloc_window two_interrupts
    deadlock_two_mutexes aba_free_list order_bug)
strategies=(sweep pairs random pct portfolio)

explore() { # SCENARIO OPTION...
    local cores=1
    case $1 in aba_free_list | order_bug) cores=2 ;; esac
    "$directory/$1" --cores "$cores" "${@:2}" 2>/dev/null || true
}

median() { # of the numbers on standard input
    sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

rate() { # SCENARIO RUNS OPTION...: runs per second of CPU time, the median of five
    local i
    for i in 1 2 3 4 5; do
        explore "$1" --fix --workers 1 --explore "$2" "${@:3}" |
            sed -nE 's/.* ([0-9]+) a second of CPU time.*/\1/p'
    done | median
}

# The number of the first failing run; more than the limit if there is none.
first_failure() { # SCENARIO STRATEGY SEED
    explore "$1" --explore $limit --strategy "$2" --seed "$3" |
        sed -nE 's/.*: run ([0-9]+) fails.*/\1/p; s/.*none fails.*/999999/p' | head -n 1
}

printf '%-22s %14s %14s %7s\n' "runs a CPU second" "put back" "forked" ratio
for scenario in "${scenarios[@]}"; do
    here=$(rate "$scenario" 100000)
    forked=$(rate "$scenario" 500 --fork-runs)
    printf '%-22s %14d %14d %6dx\n' "$scenario" "$here" "$forked" $((here / forked))
done

printf '\n%-22s' "runs until found"
printf ' %10s' "${strategies[@]}"
printf '\n'
for scenario in "${scenarios[@]}"; do
    printf '%-22s' "$scenario"
    for strategy in "${strategies[@]}"; do
        found=$(for ((seed = 1; seed <= seeds; seed++)); do
            first_failure "$scenario" "$strategy" "$seed"
        done | median)
        [ "$found" -le $limit ] || found="> $limit"
        printf ' %10s' "$found"
    done
    printf '\n'
done
