#!/usr/bin/env bash
# sandbox.sh ROOT USER FOLDER COMMAND...: runs a command in an image's file system as Docker would with
# --read-only --network none --cap-drop ALL, and under its seccomp profile if that and python's seccomp are
# here. FOLDER is mounted on /data; with '' there is none, and /data is not writable either. Needs root.
set -euo pipefail
root=$1 user=$2 folder=$3
shift 3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
profile=/usr/share/containers/seccomp.json # of the package that buildah depends on
filter=()
if [ -r $profile ] && /usr/bin/python3 -c 'import seccomp' 2>/dev/null; then
    filter=("$here/under_profile.py" $profile)
fi

inside='
set -e
root=$1 folder=$2 filtered=$3
shift 3
mount --make-rprivate /
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
[ -z "$folder" ] || mount --bind "$folder" "$root/data"
mount -t tmpfs -o mode=755 dev "$root/dev"
for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o size=64m,mode=1777 shm "$root/dev/shm"
mount -t proc proc "$root/proc"
exec "${@:1:filtered}" chroot "$root" "${@:filtered + 1}"
'
exec unshare --mount --pid --net --ipc --uts --fork --kill-child bash -c "$inside" sandbox "$root" "$folder" \
    ${#filter[@]} "${filter[@]}" \
    setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups --bounding-set=-all --no-new-privs \
    env -i -C /data HOME=/data PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
