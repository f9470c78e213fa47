#!/bin/bash
# page.sh CHECK_JSON DIAGNOSES [--update]: docs/diagnoses.md has a section for every kind, in the
# table's order, and what its examples show is what comes out, but for times and places that differ
# between compilers. --update writes them anew.
set -u
check=$1 program=$2 update=${3:-}
page=$SOURCE/docs/diagnoses.md
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
faults=0

fault() {
    faults=$((faults + 1))
    echo "$*"
}

kinds=$(grep -o '\] = {"[a-z-]*"' "$SOURCE/sim/report.c" | cut -d '"' -f 2)
sections=$(sed -n 's/^## `\(.*\)`$/\1/p' "$page")
[ "$(wc -l <<<"$kinds")" -ge 20 ] || fault "too few kinds were found in sim/report.c: $kinds"
kinds+=$'\ndeadlock\nstuck'
[ "$sections" = "$kinds" ] || fault "docs/diagnoses.md has other sections than there are kinds:" \
    "$(diff <(echo "$kinds") <(echo "$sections"))"

# As the page shows it: from the repository's root under another name, options as in its first line.
example() { # "$ diagnoses OPTIONS KIND"
    local arguments
    read -ra arguments <<<"${1#\$ diagnoses }"
    echo '```text'
    echo "$1"
    (cd "$work" && exec -a diagnoses "$program" --json run.jsonl "${arguments[@]}" 2>&1)
    echo '```'
    echo
    echo '```json'
    "$check" -w "${arguments[-1]}" "$work/run.jsonl" | sed "s|$SOURCE/|/heapsim/|g"
    echo '```'
}

usual() {
    sed -E -e 's/[0-9]+\.[0-9]{3} us/T us/g' -e 's/at [0-9]+ us/at T us/' -e 's/"time_ns":[0-9]+/"time_ns":T/g' \
        -e 's/about [0-9]+ bytes/about N bytes/' -e 's/told beyond [0-9]+/told beyond N/' \
        -e 's/stack_estimate \(diagnoses\.c:[0-9]+/stack_estimate (diagnoses.c:N/g' \
        -e 's/0x(8|6)[0-9a-f]{6,7}\b/0xSTATIC/g' | tr -d '\n ' |
        sed -E 's/("function":"stack_estimate"[^}]*"line":)[0-9]+/\1N/g; s/```/\n/g'
}

if [ -n "${SANITIZED:-}" ]; then # some are a sanitizer's to find
    [ $faults -eq 0 ]
    exit
fi
examples=0
while IFS= read -r line; do
    if [[ $line != '```text' ]]; then
        echo "$line" >>"$work/page"
        continue
    fi
    IFS= read -r command
    shown=$line$'\n'$command
    until [[ $line == '```json' ]] || ! IFS= read -r line; do shown+=$'\n'$line; done
    until [[ $line == '```' ]] || ! IFS= read -r line; do shown+=$'\n'$line; done
    example "$command" >"$work/example"
    examples=$((examples + 1))
    cat "$work/example" >>"$work/page"
    [ -n "$update" ] || diff <(usual <<<"$shown") <(usual <"$work/example") >"$work/diff" ||
        fault "'$command' shows something else (page.sh --update writes it anew):" "$(cat "$work/diff")"
done <"$page"
[ $examples -eq "$(wc -l <<<"$sections")" ] || fault "$examples examples in $(wc -l <<<"$sections") sections"
[ -z "$update" ] || cp "$work/page" "$page"
[ $faults -eq 0 ]
