#!/bin/bash
# rows.sh LIBRARY HEADERS CALLS.DEF EXPECTATIONS...: every function of the library that a public header
# names has a row in the table, every row is such a function, and every row has a case that is tried.
set -u
export LC_ALL=C
library=$1 headers=$2 table=$3
shift 3
functions=$(mktemp) rows=$(mktemp) cases=$(mktemp)
trap 'rm -f "$functions" "$rows" "$cases"' EXIT

named() { # what the public headers declare or call
    find "$headers" -maxdepth 1 -name '*.h' ! -name internal.h -exec grep -ohE '\b[A-Za-z_]\w*\(' {} + |
        tr -d '(' | sort -u
}
comm -12 <(nm -g --defined-only "$library" 2>/dev/null | awk '$2 == "T" { print $3 }' | sort -u) \
    <(named) >"$functions"
sed -nE 's/^CALL\(([A-Za-z0-9_]+), .*/\1/p' "$table" | sort -u >"$rows"
sed -E '/^(#|$)/d; s/[ ].*//; s/__.*//' "$@" | sort -u >"$cases"

wrong=0
complain() { # SENTENCE: for each line of standard input
    local name
    while read -r name; do
        echo "FAILED: $name $1"
        wrong=1
    done
}
complain "has no row in $table" < <(comm -23 "$functions" "$rows")
complain "has a row, but is no call of a public header" < <(comm -13 "$functions" "$rows")
complain "has no case in the expectations of tests/rules" < <(comm -23 "$rows" "$cases")
echo "$(wc -l <"$functions") calls, $(wc -l <"$rows") rows"
[ "$wrong" -eq 0 ] && [ -s "$functions" ]
