# The image without an engine: what it holds, in a folder of its own, does what docs/docker.md says.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cmake --install "$BUILD" --component image --prefix "$work" >/dev/null

# Nothing else is in it.
files=$(cd "$work" && find . -type f | grep -vE '^\./(libexec/heapsim/[a-z_]+|share/heapsim/traces/[a-z-]+\.trace\.gz)$' | sort | xargs)
[ "$files" = "./bin/heapsim ./bin/sweep ./share/heapsim/scenarios.txt" ] || { echo "the image would hold: $files"; exit 1; }
[ "$(cat "$work/share/heapsim/scenarios.txt")" = "$("$SOURCE/scenarios/list.sh")" ] || { echo "the list is not of today"; exit 1; }
"$SOURCE/docker/smoke.sh" prefix "$work"

# The libraries that programs name are in the packages that the image gets.
if command -v dpkg-query >/dev/null; then
    "$SOURCE/dev" packages runtime >"$work/packages"
    printf '%s\n' libc6 libgcc-s1 >>"$work/packages"
    for library in $(readelf --dynamic "$work"/libexec/heapsim/* | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u); do
        holders=$(dpkg-query --search "*/$library" | sed 's/[:,].*//' | sort -u)
        grep -qxF -f "$work/packages" <<<"$holders" ||
            { echo "programs need $library, of" $holders "- none of which is in the group runtime"; exit 1; }
    done
fi

# Split from what names their lines, programs find that again by their build id.
program=$work/libexec/heapsim/isr_rules
DESTDIR=$work "$SOURCE/docker/split.sh" "$program"
readelf --sections --wide "$program" | grep -q '\.debug_line' && { echo "isr_rules was not stripped"; exit 1; }
kept=$(find "$work/usr/lib/debug/.build-id" -name '*.debug')
readelf --sections --wide "$kept" | grep -qE '\.debug_line .* C ' || { echo "$kept has no compressed lines"; exit 1; }
