#!/bin/sh
# Runs a command that sees the device nodes of a folder in /dev: with-dev.sh FOLDER COMMAND… Needs the right to mount.
set -eu
if [ "${MIG_NVML_DEV:-}" != "$$" ]; then
  # `exec` keeps the process id, so the mark says that this process is in its namespace already.
  MIG_NVML_DEV=$$ exec unshare --mount --propagation private "$0" "$@"
fi
nodes=$1
shift
mount -t tmpfs -o mode=755 none /mnt
cp -a /dev/null /dev/zero /dev/urandom /mnt
cp -a "$nodes/." /mnt
mount --move /mnt /dev
exec "$@"
