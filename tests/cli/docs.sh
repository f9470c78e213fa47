# What the pages say of the tree: each label of a test is explained, each file and folder named is there,
# and ./dev explains itself.
set -u
cd "$SOURCE" || exit 1
faults=0
fault() {
    faults=$((faults + 1))
    echo "$*"
}

labels=$(sed -n 's/.*LABELS \([a-z][a-z-]*\).*/\1/p' $(find . -name CMakeLists.txt -not -path "./build/*") | sort -u)
[ "$(wc -l <<<"$labels")" -ge 8 ] || fault "too few labels were found:" "$labels"
for label in $labels; do
    grep -q "^| \`$label\` |" docs/testing.md || fault "docs/testing.md does not explain the label $label"
done
for label in $(sed -n 's/^| `\([a-z-]*\)` | .*/\1/p' docs/testing.md); do
    grep -qx "$label" <<<"$labels" || fault "docs/testing.md explains a label $label, which no test has"
done

for page in README.md docs/*.md; do
    for path in $(grep -oE '`[a-z_]+/[A-Za-z0-9_./-]*`' "$page" | tr -d '`' | sort -u); do
        case $path in build/* | *DIALECT* | *//*) continue ;; esac
        [ -e "$path" ] || [ -e "kernel/$path" ] || [ -e "tests/$path" ] || [ -e "kernel/${path%/}" ] ||
            fault "$page names $path, which is not there"
    done
done

[ "$(./dev help)" = "$(./dev --help)" ] || fault "'./dev help' and './dev --help' differ"
for command in $(sed -n '/^case \${1/,/^esac/s/^\([a-z]*\)) .*/\1/p' dev); do
    ./dev --help | grep -q "\./dev $command " || fault "'./dev --help' does not tell of $command"
done
[ "$faults" -eq 0 ]
