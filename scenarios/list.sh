#!/usr/bin/env bash
# Prints a line for each scenario: its name, and the paragraph that its file begins with.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")"
for file in *.c; do
    awk -v name="${file%.c}" 'NR > 1 && / \*$/ { exit }
        NR > 1 { sub(/^ \* /, ""); text = text " " $0 }
        END { printf "  %-22s%s\n", name, text }' "$file"
done
