#!/bin/sh
# A machine within this one for a real kubelet and a real containerd: namespaces of its own for mounts, processes and control groups, with
# FOLDER/var-lib at /var/lib and FOLDER/run at /run: node-box.sh FOLDER. It prints the process that programs enter, and ends, with all
# that it has made, when its standard input ends, so also when its caller is killed. Needs root and cgroup v1.
set -eu
folder=$1
groups=/sys/fs/cgroup
name=mig-nvml-kubelet-node-$$

if [ "${MIG_NVML_NODE_BOX:-}" = inside ]; then
  mount -t tmpfs -o mode=755 none "$groups"
  for controller in cpu cpuacct cpuset memory devices freezer blkio pids; do
    mkdir "$groups/$controller"
    mount -t cgroup -o "$controller" none "$groups/$controller"
  done
  mkdir "$groups/systemd"
  mount -t cgroup -o none,name=systemd none "$groups/systemd"
  for part in var-lib run var-log cdi; do mkdir -p "$folder/$part"; done
  mount --bind "$folder/var-lib" /var/lib
  mount --bind "$folder/var-log" /var/log
  mount --bind "$folder/run" /run
  # The kubelet sets these for its machine. Files stand in for them.
  set -- vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
    kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000
  for setting in "$@"; do
    file=$folder/sysctl-$(echo "${setting%=*}" | tr / -)
    echo "${setting#*=}" >"$file"
    mount --bind "$file" "/proc/sys/${setting%=*}"
  done
  echo ready
  exec sleep infinity
fi

[ -d "$groups/memory" ] || { echo "needs the controllers of cgroup v1 in $groups" >&2; exit 1; }
sweep() { # The empty groups of a node that is gone.
  for group in "$groups"/*/"$1"; do
    [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
}
# What a node has left whose script was killed, too.
for group in "$groups"/memory/mig-nvml-kubelet-node-*; do
  [ ! -d "$group" ] || [ -d "/proc/${group##*-}" ] || sweep "${group##*/}"
done
for group in "$groups"/*/; do
  [ ! -e "$group/cgroup.procs" ] || mkdir -p "$group$name"
done
for file in cpuset.cpus cpuset.mems; do
  cat "$groups/cpuset/$file" >"$groups/cpuset/$name/$file"
done
mkfifo "$folder/ready"
first=
clean() {
  # The first process of its namespace: the kernel ends all others with it, and its parent ends last.
  [ -z "$first" ] || kill -KILL "$first" 2>/dev/null || true
  wait
  sweep "$name"
  rm -rf "$folder"
}
trap clean EXIT
(
  self=$(exec sh -c 'echo $PPID')
  for group in "$groups"/*/"$name"; do echo "$self" >"$group/cgroup.procs"; done
  MIG_NVML_NODE_BOX=inside exec setpriv --pdeathsig KILL -- unshare --mount --propagation private --pid --fork --kill-child \
    --mount-proc --cgroup "$0" "$folder" >"$folder/ready" </dev/null
) &
read -r word <"$folder/ready" && [ "$word" = ready ] || exit 1
first=$(tr -d ' ' <"/proc/$!/task/$!/children")
echo "$first"
cat >/dev/null
