# README.md and docs/ tell the truth: each command of their console blocks is run, and each line
# shown must come out, in that order. (Not of the pages LEFT_OUT, whose commands this build refuses.)
# One that ends with "..." need only begin so; "$ echo $?" works.
set -u
cd "$SOURCE" || exit 1
main_job=()
eval "$(grep '^main_job=(' dev)"
commands=0 shown=0 faults=0 status=0 page='' command='' actual=() next=0

# ./dev run, without installing and building: the programs are here already.
dev() {
    [ "$1" = run ] || { echo "only './dev run' can be tested here, not './dev $*'"; exit 1; }
    shift
    [ $# -gt 0 ] || set -- "${main_job[@]}"
    "$(dirname "$REPLAY")/$1" "${@:2}"
}

run() { # COMMAND
    local output
    command=$1 next=0 commands=$((commands + 1))
    output=$(eval "(exit $status); ${command//.\/dev/dev}" 2>&1)
    status=$?
    mapfile -t actual <<<"$output"
}

expect() { # LINE
    shown=$((shown + 1))
    while [ $next -lt ${#actual[@]} ]; do
        next=$((next + 1))
        [ "${actual[next - 1]}" != "$1" ] || return
        [[ $1 != *... || ${actual[next - 1]} != "${1%...}"* ]] || return
    done
    faults=$((faults + 1))
    echo "$page shows a line that '$command' does not print, or not there:" "  $1"
    printf '  | %s\n' "${actual[@]}"
}

for page in README.md docs/*.md; do
    [[ " ${LEFT_OUT:-} " != *" $page "* ]] || continue
    inside=false
    while IFS= read -r line; do
        case $line in
        '```console') inside=true ;;
        '```') inside=false ;;
        '$ '*) ! $inside || run "${line#'$ '}" ;;
        *) ! $inside || expect "$line" ;;
        esac
    done <"$page"
done
echo "$commands commands, $shown lines, $faults not as shown"
[ $faults -eq 0 ] && [ $commands -ge 5 ] && [ $shown -ge 10 ]
