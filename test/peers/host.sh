#!/bin/sh
# Runs a command on a host whose /proc and /sys tell of simulated GPUs: host.sh TREE COMMAND…
# TREE/proc is laid over the real /proc, TREE/sys stands in place of /sys. Only this command and its
# children see it (a mount namespace of their own); needs the right to mount.
set -eu
if [ "${MIG_NVML_PEERS_NAMESPACE:-}" != "$$" ]; then
  # `exec` keeps the process id, so the mark says that this process is in its namespace already.
  MIG_NVML_PEERS_NAMESPACE=$$ exec unshare --mount --propagation private "$0" "$@"
fi
tree=$1
shift
# A mount over /proc hides it for good, so the real one is kept inside of what is mounted there.
mount -t tmpfs -o mode=755 mig-nvml-peers /mnt
mkdir /mnt/.kernel
mount --bind /proc /mnt/.kernel
for entry in /proc/*; do
  name=${entry#/proc/}
  case $name in [0-9]*) continue ;; esac
  [ -e "$tree/proc/$name" ] || ln -s ".kernel/$name" "/mnt/$name"
done
cp -r "$tree/proc/." /mnt/
mount --rbind /mnt /proc
mount --bind "$tree/sys" /sys
exec "$@"
