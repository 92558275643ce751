#!/bin/sh
# Runs a command where container runtimes find the CDI specs of a folder: box.sh FOLDER COMMAND…
# /run is private and empty, so that nothing of the host is seen and nothing is left. Needs the right
# to mount.
set -eu
if [ "${MIG_NVML_BOX:-}" != "$$" ]; then
  # `exec` keeps the process id, so the mark says that this process is in its namespace already.
  MIG_NVML_BOX=$$ exec unshare --mount --propagation private "$0" "$@"
fi
specs=$1
shift
# crun refuses hybrid cgroups: those of version 1 with one of version 2 beside them.
umount /sys/fs/cgroup/unified 2>/dev/null || true
[ ! -d /etc/cdi ] || mount -t tmpfs none /etc/cdi
mount -t tmpfs -o mode=755 none /run
mkdir /run/cdi /run/lock
mount --bind "$specs" /run/cdi
exec "$@"
