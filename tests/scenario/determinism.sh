#!/usr/bin/env bash
# determinism.sh [-m RUNS] [-r RUNS] DIRECTORY [PROGRAM...]: every scenario program of DIRECTORY, on 1, 2 and 8
# cores and on both carriers: one seed must give one trace, in every run. Three programs run -m times
# (standard 1000), the others -r times (standard 50). Prints a row for each program.
#
# The runs differ in what must not matter: the layout of the address space, the size of the
# environment, what else the machine does (all CPUs are kept busy).
set -u

many=1000 runs=50
while getopts m:r: option; do
    case $option in
    m) many=$OPTARG ;;
    r) runs=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
directory=$1
shift
chosen=("$@")
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")/../uart" && pwd)

often="producer_consumer scenario_task_life scenario_interrupt"
# Goes by the host's clock on purpose.
left_out=scenario_stuck

# What a program needs to do something worth tracing.
declare -A arguments=(
    [scenario_endings]="held"
    [scenario_idle_hour]="30"
    [scenario_many_tasks]="200"
    [scenario_preempt_edge]="forever"
    [scenario_preempt_memory]="forever"
    [scenario_uart_crowd]="--uart-script $scripts/crowd.uart"
    [scenario_uart_wire]="--uart-script $scripts/wire.uart"
)

programs() {
    local program
    if [ ${#chosen[@]} -gt 0 ]; then
        printf '%s\n' "${chosen[@]}"
        return
    fi
    printf '%s\n' $often
    for program in "$directory"/scenario_* \
        "$directory"/{rtthread_two_rams,freertos_config_store,oneos_frames}; do
        program=${program##*/}
        [[ " $often $left_out " == *" $program "* ]] || [ ! -x "$directory/$program" ] || echo "$program"
    done
}

# One run: its exit code and the hash of its trace.
one_run='
trace=$(mktemp)
FILLER=$(printf "%*s" $((RANDOM % 5000)) "")
export FILLER
timeout -s KILL 300 "$@" --trace-text "$trace" >/dev/null 2>&1 </dev/null
code=$?
if [ -s "$trace" ]; then
    echo "$code $(sha256sum <"$trace" | cut -c 1-16)"
else
    echo "$code no-trace"
fi
rm -f "$trace"
'

failed=0
printf '%-28s %5s %9s %7s  %s\n' program cores runs traces "exit code and hash"
for program in $(programs); do
    count=$runs
    [[ " $often " != *" $program "* ]] || count=$many
    for cores in 1 2 8; do
        answers=$(for carrier in pthread fibre; do
            for ((i = 0; i < count; i++)); do echo "$carrier"; done
        done | xargs -P "$(nproc)" -I CARRIER bash -c "$one_run" run "$directory/$program" \
            --on-violation=return --seed 7 --cores "$cores" --carrier CARRIER \
            ${arguments[$program]:-} | sort | uniq -c)
        traces=$(wc -l <<<"$answers")
        read -r _ code hash <<<"$(head -n 1 <<<"$answers")"
        printf '%-28s %5s %9s %7s  %s %s\n' "$program" "$cores" "2 x $count" "$traces" "$code" "$hash"
        [ "$traces" -eq 1 ] && [ "$hash" != no-trace ] || { failed=1 && printf '%s\n' "$answers"; }
    done
done
[ $failed -eq 0 ] && echo "one seed, one trace"
exit $failed
