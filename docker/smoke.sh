#!/usr/bin/env bash
# Does the image do what docs/docker.md says? Every line of docker/runs, the list, a name that is wrong,
# files in a mounted folder, a folder that can't be written. The image is one of these:
#   smoke.sh docker IMAGE       with Docker's engine
#   smoke.sh root DIRECTORY     its file system, with the standing of sandbox.sh
#   smoke.sh prefix DIRECTORY   what cmake --install --component image wrote: no image at all
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.."
kind=$1 image=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
checks=0 failures=0
folder='' user=1000:1000

engine() { # ARGUMENT...: the image's, in the folder and as the user
    case $kind in
    docker) docker run --rm --interactive --read-only --network none --cap-drop ALL --user "$user" \
        ${folder:+--volume "$folder:/data"} "$image" "$@" ;;
    root) docker/sandbox.sh "$image" "$user" "$folder" tini -g -- heapsim "$@" ;;
    prefix) in_prefix "${@/#\/traces\//$image/share/heapsim/traces/}" ;;
    esac
}

in_prefix() {
    local become=()
    [ "$(id -u)" -ne 0 ] || become=(setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups)
    (cd "${folder:-/}" && "${become[@]}" "$image/bin/heapsim" "$@")
}

check() { # CODE WORDS ARGUMENT...: it ends so, and says that
    local code=$1 words=$2 got
    shift 2
    engine "$@" >"$work/out" 2>&1 </dev/null
    got=$?
    checks=$((checks + 1))
    if [ $got -ne "$code" ] || [[ $(cat "$work/out") != *"$words"* ]]; then
        failures=$((failures + 1))
        echo "FAILED: heapsim $* ended with $got, not $code, or does not say '$words':"
        tail -n 15 "$work/out"
    fi
}

holds() { # WORDS FILE
    checks=$((checks + 1))
    grep -qsF -e "$1" "$2" || { failures=$((failures + 1)) && echo "FAILED: no '$1' in $2"; }
}

# The list has a line for each scenario, and each is run.
check 0 "heapsim NAME --help"
cp "$work/out" "$work/list"
for file in scenarios/*.c; do
    name=$(basename "$file" .c)
    grep -qE "^  $name +[^ ]+ [^ ]+" "$work/list" || { failures=$((failures + 1)) && echo "FAILED: $name is not listed"; }
    grep -q "^$name 0" docker/runs || { failures=$((failures + 1)) && echo "FAILED: docker/runs has no run of $name that passes"; }
done
while read -r name code options; do
    check "$code" "" "$name" $options
done < <(grep -v '^#' docker/runs)

check 2 "there is no scenario 'nothing'; there are:" nothing
check 2 "order_bug" ../../bin/sh
check 2 "unrecognized option" fragmentation --nothing
check 0 "Usage: fragmentation" fragmentation --help
check 3 "isr_rules.c:" isr_rules rule=malloc_in_isr # lines are known, though the programs are stripped
check 1 "race_lost_update.c:" race_lost_update --explore 2000 --shrink

# A folder is mounted: files go there.
folder=$work/mine
mkdir "$folder"
[ "$(id -u)" -ne 0 ] || chown 1000:1000 "$folder"
[ "$(id -u)" -eq 0 ] || user=$(id -u):$(id -g)
check 0 "" pool_plus_heap --trace run.json --trace-text=run.txt
holds process_name "$folder/run.json"
holds " heap-alloc " "$folder/run.txt"
check 1 "lock=semaphore --seed 3" sweep priority_inversion --seeds 1-3 lock=semaphore
holds "lock=semaphore --seed 3  # exit 1" "$folder/priority_inversion.1-3.0-of-1.failures"

# It can't be written: that is explained, but only to those who wanted to write.
chmod a-w "$folder"
[ "$(id -u)" -ne 0 ] || chown 0:0 "$folder"
check 2 'docker run --rm --user "$(id -u):$(id -g)"' fragmentation --trace run2.json
check 2 "can't write in" fragmentation --trace-text=run2.txt
check 2 "name another with --folder" sweep fragmentation --seeds 1-2
check 2 "unrecognized option" fragmentation --nothing
checks=$((checks + 1))
! grep -q "can't write" "$work/out" || { failures=$((failures + 1)) && echo "FAILED: --nothing is no matter of folders"; }

echo "$checks checks, $failures failed"
[ $failures -eq 0 ]
