# packages.txt is the one list of packages: it is well formed, `./dev packages` prints it, the
# Dockerfile and ./dev take their packages from there, and neither names one itself.
set -u
cd "$SOURCE" || exit 1
faults=0
fault() {
    faults=$((faults + 1))
    echo "$*"
}

fields=$(sed -e 's/#.*//' -e '/^ *$/d' packages.txt)
bad=$(grep -vE '^(build|runtime|test|ilp32|bench|coverage|image|docker|sweep) [a-z0-9][a-z0-9.+-]+$' <<<"$fields")
[ -z "$bad" ] || fault "packages.txt: these lines are no 'GROUP PACKAGE':" "$bad"
twice=$(awk '{ print $2 }' <<<"$fields" | sort | uniq -d)
[ -z "$twice" ] || fault "packages.txt names a package twice:" "$twice"

for group in build test ilp32 bench coverage image docker sweep; do
    listed=$(awk -v group="$group" '$1 == group { print $2 }' <<<"$fields")
    [ -n "$listed" ] || fault "packages.txt has no package in group $group"
    [ "$(./dev packages "$group")" = "$listed" ] ||
        fault "'./dev packages $group' prints something other than packages.txt"
done
if ./dev packages no-such-group 2>/dev/null; then
    fault "'./dev packages no-such-group' should fail"
fi

# gcc, clang, cmake and their like are commands too, so they may stand elsewhere, but not behind an install.
commands='^(gcc|clang|cmake|gcovr|llvm|tini|buildah|debootstrap|parallel)$'
for script in dev Dockerfile .ci/run docker/build.sh; do
    while read -r package; do
        if grep -nE "install.*[^a-z0-9-]$package([^a-z0-9-]|\$)" $script; then
            fault "$script installs $package by name; it belongs in packages.txt"
        elif [[ ! $package =~ $commands ]] && grep -nwF -e "$package" $script; then
            fault "$script names the package $package; it belongs in packages.txt"
        fi
    done <<<"$(awk '{ print $2 }' <<<"$fields")"
done
grep -q '\./dev packages build' Dockerfile || fault "the Dockerfile does not read packages.txt"
[ $faults -eq 0 ]
