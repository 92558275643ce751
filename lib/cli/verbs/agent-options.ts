import { strategies } from '../../kubernetes/check-options.js'
import { machineOptions, resetOptions } from '../parse/options.js'
import type { OptionTable } from '../parse/verb.js'

const { json: _, ...driver } = machineOptions

/** The names and variables of mig-manager's flags, where they have a meaning here (mig-parted 0.15). */
const managerOptions: OptionTable = {
  'node-name': {
    type: 'string',
    short: 'n',
    env: 'NODE_NAME',
    value: 'NAME',
    help: 'the name of this node in the cluster',
  },
  'config-file': {
    type: 'string',
    short: 'f',
    env: 'CONFIG_FILE',
    value: 'FILE',
    help: 'the configuration file, as mounted from its ConfigMap (default: generated from the GPUs)',
  },
  'default-config-file': {
    type: 'string',
    env: 'DEFAULT_CONFIG_FILE',
    value: 'FILE',
    help: 'the configuration file where none can be generated',
  },
  kubeconfig: {
    type: 'string',
    value: 'FILE',
    help: 'how to reach the cluster (default: $KUBECONFIG, else the service account of the pod)',
  },
  'with-reboot': {
    type: 'boolean',
    short: 'r',
    env: 'WITH_REBOOT',
    help: 'reboot the node, once and drained, where a MIG mode takes it',
  },
  'host-root-mount': {
    type: 'string',
    short: 'm',
    env: 'HOST_ROOT_MOUNT',
    value: 'DIR',
    help: "where the host's root folder is mounted, for the reboot (default: this is the host)",
  },
}

const ownOptions: OptionTable = {
  strategy: {
    type: 'string',
    value: 'STRATEGY',
    choices: strategies,
    help: "how the device plugin shows MIG devices (default: the node's label nvidia.com/mig.strategy; without it, no resources are awaited)",
  },
  'dra-driver': {
    type: 'string',
    value: 'NAME',
    help: "the DRA driver that gives out the devices, in place of a device plugin: the node's resource slices are awaited",
  },
  'state-dir': {
    type: 'string',
    value: 'DIR',
    help: 'a folder of the host that survives a reboot (default /var/lib/mig-nvml/agent)',
  },
  'kubelet-socket': {
    type: 'string',
    value: 'PATH',
    help: "the kubelet's API of pod resources; none: pods are found by their processes",
  },
  'evict-timeout': {
    type: 'string',
    value: 'SECONDS',
    help: 'how long pods in the way may stay (default 1800)',
  },
  'pause-timeout': {
    type: 'string',
    value: 'SECONDS',
    help: 'how long clients of the GPUs may take to go (default 300)',
  },
  'await-timeout': {
    type: 'string',
    value: 'SECONDS',
    help: 'how long the node may take to advertise its resources (default 300)',
  },
  'grace-period': {
    type: 'string',
    value: 'SECONDS',
    help: 'how long an evicted pod may take to end (default: what the pod says)',
  },
  interval: {
    type: 'string',
    value: 'SECONDS',
    help: 'how often the machine is compared with its configuration (default 30)',
  },
  'layout-interval': {
    type: 'string',
    value: 'SECONDS',
    help: 'how often, at most, the layout and its pods are written to the node (default 30; 0: never)',
  },
  'dry-run': { type: 'boolean', help: 'only write the plan into the annotation of the node' },
  cdi: {
    type: 'string',
    value: 'FILE',
    help: 'a CDI specification to keep, such as /var/run/cdi/nvidia.yaml',
  },
  clients: {
    type: 'string',
    value: 'FILE',
    help: 'a file that names systemd units and containers to stop where they are in the way',
  },
  listen: {
    type: 'string',
    value: 'ADDRESS:PORT',
    help: 'serve /metrics, /healthz and /readyz over HTTP, for example at 0.0.0.0:9402',
  },
  ...resetOptions,
}

export const agentOptions: OptionTable = { ...managerOptions, ...ownOptions, ...driver }
