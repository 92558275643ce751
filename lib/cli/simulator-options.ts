import { machineOptions } from './options.js'
import type { OptionSpec, OptionTable } from './verb.js'

/** Of all actions together; each takes those that it needs. */
export const simulatorOptions: OptionTable = {
  simulate: machineOptions['simulate'] as OptionSpec,
  store: machineOptions['store'] as OptionSpec,
  driver: {
    type: 'string',
    value: 'VERSION',
    help: 'with --simulate and path: 580.65.06, or a branch such as R535',
  },
  seed: {
    type: 'string',
    value: 'N',
    help: 'with create: part of UUIDs and serial numbers',
  },
  host: {
    type: 'string',
    value: 'SHAPE',
    help: 'with create: dgx-a100, dgx-h100, one-socket or pcie-pairs',
  },
  reset: {
    type: 'string',
    value: 'POLICY',
    help: 'with create: automatic, manual or refused',
  },
  privileges: {
    type: 'string',
    value: 'WHAT',
    help: 'with create: admin, config, monitor or none',
  },
  'compute-places': {
    type: 'string',
    value: 'RULE',
    help: 'with create: catalog or other',
  },
  checks: {
    type: 'string',
    value: 'HOW',
    help: 'with create: strict or loose',
  },
  control: {
    type: 'boolean',
    help: 'with journal: what was done to the machine from outside, too',
  },
  pid: { type: 'string', value: 'PID', help: 'the process' },
  gpu: { type: 'string', value: 'INDEX', help: 'the GPU, by NVML index' },
  'gpu-instance': {
    type: 'string',
    value: 'ID',
    help: 'with --compute-instance: the MIG device that the process uses',
  },
  'compute-instance': { type: 'string', value: 'ID', help: 'likewise' },
  name: { type: 'string', value: 'TEXT', help: 'what the process is called' },
  'memory-mib': {
    type: 'string',
    value: 'N',
    help: 'how much memory it has; with idle-memory: each GPU instance',
  },
  kind: { type: 'string', value: 'KIND', help: 'compute, graphics, mps or subscriber' },
  fn: { type: 'string', value: 'FUNCTION', help: 'the NVML function: nvmlGpuInstanceDestroy' },
  nth: { type: 'string', value: 'N', help: 'which call of it from now on (default 1)' },
  times: { type: 'string', value: 'N', help: 'how many calls from there (default 1)' },
  error: { type: 'string', value: 'CODE', help: 'what they answer: NVML_ERROR_IN_USE' },
  'hang-ms': { type: 'string', value: 'N', help: 'how long they hang first' },
  us: { type: 'string', value: 'N', help: 'with latency --fn: microseconds per call' },
}
