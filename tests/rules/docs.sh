#!/bin/bash
# docs.sh DOCUMENT MARK PROGRAM [update]: what the program prints stands in the document between
# <!-- MARK --> and <!-- end -->. With `update` it is put there.
set -u
document=$1 mark=$2 program=$3
printed=$("$program") || exit 1
shown=$(awk -v mark="<!-- $mark -->" '$0 == "<!-- end -->" { inside = 0 } inside { print } $0 == mark { inside = 1 }' "$document")
if [ "${4:-}" = update ]; then
    text=$printed awk -v mark="<!-- $mark -->" '
        $0 == "<!-- end -->" { inside = 0 }
        !inside { print }
        $0 == mark { inside = 1; print ENVIRON["text"] }' "$document" >"$document.new" &&
        mv "$document.new" "$document"
    exit
fi
[ "$printed" = "$shown" ] && exit 0
diff <(echo "$shown") <(echo "$printed")
echo "FAILED: $document shows another table for $mark: $0 $document $mark $program update"
exit 1
