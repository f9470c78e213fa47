# What show and reproduce share: which target an input is of, and its replayer.

fail() { # SENTENCE
    echo "${0##*/}: $1" >&2
    exit 2
}

# What the input's path says: .../corpus/NAME/file, or an artifact NAME-crash-0123..., as fuzzers write it.
target_of() { # INPUT
    local path folder name
    path=$(realpath -- "$1")
    folder=${path%/*}
    name=${path##*/}
    if [[ $name =~ ^([a-z0-9_]+)-(crash|timeout|oom|leak|slow-unit)- ]]; then
        echo "${BASH_REMATCH[1]}"
    elif [[ $folder == */corpus/* ]]; then
        echo "${folder##*/}"
    fi
}

# Sets $target and $replayer, from the arguments of the script.
find_target() { # INPUT [TARGET]
    local root build
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    local builds=("$root/build/fuzz" "$root/build/default")
    [ $# -eq 1 ] || [ $# -eq 2 ] || fail "usage: fuzz/${0##*/} INPUT [TARGET]"
    [ -f "$1" ] || fail "there is no file '$1'"
    target=${2:-$(target_of "$1")}
    [ -n "$target" ] || fail "'$1' does not say of which target it is; name it: fuzz/${0##*/} INPUT TARGET"
    [ -z "${HEAPSIM_BUILD:-}" ] || builds=("$HEAPSIM_BUILD")
    for build in "${builds[@]}"; do
        replayer=$build/bin/replay_fuzz_$target
        [ ! -x "$replayer" ] || return 0
    done
    # No build has it; the last one gets it, if there is such a target.
    [ -f "$build/fuzz_targets.txt" ] || (cd "$root" && cmake --preset default) >/dev/null 2>&1 ||
        fail "build/default can't be set up; 'cmake --preset default' tells why"
    grep -qxF -e "$target" "$build/fuzz_targets.txt" || fail "there is no target '$target'; ./dev fuzz lists them"
    echo "${0##*/}: building replay_fuzz_$target in $build, since no build has it" >&2
    cmake --build "$build" --target "replay_fuzz_$target" >/dev/null 2>&1 ||
        fail "replay_fuzz_$target can't be built; ./dev fuzz lists the targets"
}
