#!/usr/bin/env bash
# Builds the image `heapsim` from the Dockerfile, with Docker where its engine runs, and else with buildah,
# which needs none; then smoke.sh runs each scenario in it. `./dev docker` calls this.
#
# buildah's storage is in build/docker/, apart from all others. Where no registry can be reached, the base
# is put together from Debian's packages, and that is said: such an image is for testing only.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
base=debian:bookworm-slim # as the Dockerfile names it
image=heapsim
most=60 # MB that the image may add to its base
folder=$PWD/build/docker

say() {
    echo "docker: $*" >&2
}

check_size() { # BYTES BYTES: of the image and of its base
    local mb=$((($1 - $2 + 999999) / 1000000))
    echo "image: $(($1 / 1000000)) MB, of which $mb MB beyond the base (at most $most)"
    [ $mb -le $most ] || { say "the image is too large"; return 1; }
}

# --- with Docker ---

size_of() { # IMAGE
    docker image inspect --format '{{.Size}}' "$1"
}

with_docker() {
    docker build --tag $image .
    docker image inspect $base >/dev/null 2>&1 || docker pull --quiet $base >/dev/null
    check_size "$(size_of $image)" "$(size_of $base)"
    docker/smoke.sh docker $image
}

# --- with buildah ---

in_storage() { # ARGUMENT...: buildah's
    buildah --root "$folder/storage" --runroot "$folder/run" --storage-driver vfs "$@"
}

# Where this machine has its own Debian packages from; nothing if it is no Debian.
mirror() {
    apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' |
        awk '$1 == "Debian" && $2 == "main" && $3 !~ /security/ { print $3; exit }'
}

make_base() {
    local root=$folder/base container
    say "no registry can be reached: the base is put together from Debian's packages instead of $base"
    [ "$(id -u)" -eq 0 ] || { say "that needs root"; return 1; }
    rm -rf "$root"
    mkdir -p "$root"
    debootstrap --variant=minbase bookworm "$root" $(mirror) >"$folder/debootstrap.log" ||
        { say "debootstrap failed; its end:"; tail -n 5 "$folder/debootstrap.log" >&2; return 1; }
    rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
    container=$(in_storage from scratch)
    in_storage add --quiet "$container" "$root" / >/dev/null
    in_storage config --cmd bash "$container"
    in_storage commit --quiet --rm "$container" $base >/dev/null
    rm -rf "$root"
}

with_buildah() {
    local container base_container sizes status=0
    mkdir -p "$folder"
    if ! in_storage inspect --type image $base >/dev/null 2>&1; then
        in_storage pull --quiet $base >/dev/null 2>"$folder/pull.log" || make_base
    fi
    # Each layer is a whole copy here: only the result is kept, and of the last one nothing.
    in_storage rm --all >/dev/null
    in_storage build --isolation chroot --pull-never --tag $image .
    in_storage rmi --prune >/dev/null
    base_container=$(in_storage from --pull-never $base)
    container=$(in_storage from --pull-never $image)
    sizes=$(for each in "$container" "$base_container"; do
        du -sxb "$(in_storage mount "$each")" | cut -f 1
    done)
    in_storage rm "$base_container" >/dev/null
    check_size $sizes || status=1
    docker/smoke.sh root "$(in_storage mount "$container")" || status=1
    in_storage rm "$container" >/dev/null
    return $status
}

if command -v docker >/dev/null && docker info --format '{{.ServerVersion}}' >/dev/null 2>&1; then
    say "with Docker"
    with_docker
elif command -v buildah >/dev/null; then
    say "no Docker engine runs here: with buildah"
    with_buildah
else
    say "neither a Docker engine nor buildah is here"
    exit 1
fi
