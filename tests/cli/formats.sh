# The example files in docs/traces.md and docs/vectors.md are valid, and a wrong answer in the second
# is found.
set -u
cd "$SOURCE" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

example() { # LANGUAGE PAGE: the lines of the page's code block in that language
    sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/{/^\`\`\`/d;p}" "$2"
}

example heap-trace docs/traces.md >"$work/trace"
example heap-vectors docs/vectors.md >"$work/vectors"
sed 's/0x200000b0/0x200000b8/' "$work/vectors" >"$work/wrong"

"$REPLAY" --heap rt-small-mem --region ram=0x20000000:4K "$work/trace" || exit 1
"$REPLAY" --verify "$work/vectors" || exit 1
"$REPLAY" --verify "$work/wrong"
[ $? -eq 1 ] || { echo "a wrong address should end with exit code 1"; exit 1; }
