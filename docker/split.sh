#!/bin/sh
# split.sh PROGRAM...: strips programs, and keeps what names their source lines, compressed, in files of
# their own where libdw looks for it: /usr/lib/debug/.build-id/. DESTDIR may stand before that.
set -eu
for program in "$@"; do
    id=$(readelf --notes "$program" | sed -n 's/^ *Build ID: *//p')
    [ ${#id} -ge 8 ] || { echo "split.sh: $program has no build id" >&2; exit 1; }
    folder=${DESTDIR:-}/usr/lib/debug/.build-id/$(printf %.2s "$id")
    mkdir -p "$folder"
    objcopy --only-keep-debug --compress-debug-sections "$program" "$folder/${id#??}.debug"
    chmod a-x "$folder/${id#??}.debug"
    strip --strip-all "$program"
done
