#!/bin/bash
# figures.sh PROGRAM COMMANDS [option...]: what gdb tells of used memory is what the program printed
# before it stopped. A heap '*' is any.
set -u
program=$1 commands=$2
shift 2
said=$(gdb -nx -batch -iex "add-auto-load-safe-path $commands" -ex 'break stop_here' -ex run -ex 'heapsim heap' \
    --args "$program" "$@" 2>&1)
told=$(awk -F"'" '/^heap .* \(/ { name = $2 }
    /^  used / { split($0, f, /[ ,]+/)
                 printf "heap \x27%s\x27: used %d, at most %d, of %d\n", name, f[3], f[6], f[8]
                 printf "heap \x27*\x27: used %d, at most %d, of %d\n", f[3], f[6], f[8]
                 printf "heap \x27*\x27: free %d, at least %d\n", f[8] - f[3], f[8] - f[6] }' <<<"$said")
printed=$(grep "^heap '.*': " <<<"$said")
[ -n "$printed" ] || { echo "the program printed nothing: $said"; exit 1; }
while read -r line; do
    grep -qxF -- "$line" <<<"$told" && continue
    printf 'printed: %s\ntold:\n%s\nof: %s\n' "$line" "$told" "$said"
    exit 1
done <<<"$printed"
