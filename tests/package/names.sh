#!/bin/bash
# names.sh CC DIALECT_DIRECTORY HEADER: an application that includes the header sees none of the
# kernel's own names: no function, struct, enum or constant declared in kernel/ beside kernel/api, but
# under a name that begins with heapsim_ (kernel/api/hidden_begin.h), and none of its macros.
set -u
cc=$1 directory=$2 header=$3
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
echo "#include <$header>" >"$work/all.c"
# Of what was preprocessed, the lines that come from the kernel's headers.
"$cc" -E -dD -I"$directory" "$work/all.c" | awk -v out="$work/kernel" '
    /^# [0-9]+ "/ { kernel = $3 ~ /\/(heap|ipc|pool|task|irq)\/[a-z_]*\.h"$|\/kernel\/[a-z_]*\.h"$|\/\.\.\/\.\.\/[a-z_]*\.h"$/; next }
    kernel { print > out }'
[ -s "$work/kernel" ] || { echo "the header reads none of the kernel's"; exit 1; }
{
    sed -nE 's/^(struct|enum|union) ([a-z_0-9]+)( \{.*|;)$/\2/p' "$work/kernel"
    sed -nE 's/^(static |extern |inline |const |unsigned |struct [a-z_]+ |enum [a-z_]+ |[a-z_]+_t |bool |void |char |\*)+\*?([a-z_0-9]+)\(.*/\2/p' "$work/kernel"
    sed -nE 's/^    ([A-Z][A-Z_0-9]+)( = [^,]*)?,?.*$/\1/p' "$work/kernel"
} | sort -u >"$work/names"
[ "$(wc -l <"$work/names")" -gt 50 ] || { echo "no names are found any more"; exit 1; }
if grep -vE '^(heapsim_|__)' "$work/names"; then
    echo "are names of the kernel's that an application may have: add them to kernel/api/hidden_begin.h and hidden_end.h"
    exit 1
fi
# Each #define of the one file is undone by the other.
api=${directory%/*}
if sed -n 's/^#define \([a-zA-Z_0-9]*\) heapsim_.*/\1/p' "$api/hidden_begin.h" |
    grep -vxFf <(sed -n 's/^#undef //p' "$api/hidden_end.h"); then
    echo "are hidden, and not shown again"
    exit 1
fi
