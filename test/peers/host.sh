#!/bin/sh
# Runs a command on a host whose /proc and /sys are a simulated machine's: host.sh TREE COMMAND…
# TREE/proc is laid over the real /proc, TREE/sys stands in place of /sys. Only this command sees it
# (a mount namespace of its own); needs the right to mount.
set -eu
if [ "${MIG_NVML_PEERS_NAMESPACE:-}" != "$$" ]; then
  # `exec` keeps the process id, so the mark says that this process has unshared already.
  MIG_NVML_PEERS_NAMESPACE=$$ exec unshare --mount --propagation private "$0" "$@"
fi
tree=$1
shift
stage=$(mktemp -d)
mount -t tmpfs -o mode=755 mig-nvml-peers "$stage"
mkdir "$stage/.host"
mount --bind /proc "$stage/.host"
for entry in /proc/*; do
  name=${entry#/proc/}
  case $name in [0-9]*) continue ;; esac
  [ -e "$tree/proc/$name" ] || ln -s ".host/$name" "$stage/$name"
done
cp -r "$tree/proc/." "$stage/"
mount --rbind "$stage" /proc
mount --bind "$tree/sys" /sys
exec "$@"
