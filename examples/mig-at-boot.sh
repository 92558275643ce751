#!/bin/sh
# Brings this node to a MIG configuration when it boots: `mig-at-boot.sh all-balanced`.
# It was written for NVIDIA's mig-parted, and only the name of the program has changed. Options, variables, the
# configuration file and the hooks are as they were.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
export MIG_PARTED_SELECTED_CONFIG="${1:?which configuration?}"
export MIG_PARTED_CONFIG_FILE="${MIG_PARTED_CONFIG_FILE:-$here/kubecon-demo.yaml}"
export MIG_PARTED_HOOKS_FILE="${MIG_PARTED_HOOKS_FILE:-$here/stop-gpu-clients.yaml}"
before=$(mktemp)
trap 'rm -f "$before"' EXIT

# No service has to stop where the GPUs are as wanted.
if mig-nvml assert 2>/dev/null; then
  exit 0
fi

# The modes first: on some GPUs they wait for a reset.
mig-nvml apply --mode-only

mig-nvml checkpoint --checkpoint-file "$before"
if ! mig-nvml apply; then
  echo "$MIG_PARTED_SELECTED_CONFIG failed; back to what was there" >&2
  mig-nvml restore --checkpoint-file "$before"
  exit 1
fi

mig-nvml assert
mig-nvml export --output-format json
