#!/usr/bin/env bash
# Installs heapsim into a prefix of its own, builds a project outside the tree against it, runs it.
# Arguments: BUILD_DIRECTORY SOURCE C_COMPILER C_FLAGS
set -euo pipefail
build=$1 source=$2 compiler=$3 flags=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/prefix" >/dev/null
cp -r "$source/tests/package/app" "$work/app"
cmake -S "$work/app" -B "$work/build" -G Ninja -DCMAKE_C_COMPILER="$compiler" -DCMAKE_C_FLAGS="$flags" \
    -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
cmake --build "$work/build"

commands=$work/prefix/share/gdb/auto-load/heapsim/heapsim-gdb.py
[ -f "$commands" ] && grep -qaF "$commands" "$work/build/bin/blinky" || { echo "blinky does not name gdb's commands"; exit 1; }

prints() { # PROGRAM LINE [ARGUMENT...]
    local out
    out=$("$work/build/bin/$1" "${@:3}")
    [ "$out" = "$2" ] || { echo "$1 printed: $out"; exit 1; }
}

for program in blinky blinky_edges blinky_plain; do
    prints $program "blinked for 1000 ticks"
done
for program in settings settings_plain; do
    prints $program "free: 4048" --region ram=0x20000000:4K
done
prints greeting "hello, in 16 bytes"
ctest --test-dir "$work/build" --output-on-failure
