import { machineOptions } from './options.js'
import {
  checks,
  computePlaces,
  hosts,
  privileges,
  processKinds,
  resetPolicies,
} from './simulator-words.js'
import type { OptionSpec, OptionTable } from './verb.js'

/** The options of all actions together; each uses the ones that it needs. */
export const simulatorOptions: OptionTable = {
  simulate: machineOptions['simulate'] as OptionSpec,
  store: machineOptions['store'] as OptionSpec,
  driver: {
    type: 'string',
    value: 'VERSION',
    help: 'with --simulate and path: for example 580.65.06, or a branch such as R535',
  },
  seed: {
    type: 'string',
    value: 'N',
    help: 'with create: the seed of UUIDs and serial numbers (default 0)',
  },
  host: {
    type: 'string',
    value: 'SHAPE',
    choices: hosts,
    help: 'with create: how the GPUs are connected',
  },
  reset: {
    type: 'string',
    value: 'POLICY',
    choices: resetPolicies,
    help: 'with create: what a mode change does on GPUs that need a reset',
  },
  privileges: {
    type: 'string',
    value: 'WHAT',
    choices: privileges,
    help: 'with create: what the driver permits',
  },
  'compute-places': {
    type: 'string',
    value: 'RULE',
    choices: computePlaces,
    help: 'with create: where compute instances lie',
  },
  checks: {
    type: 'string',
    value: 'HOW',
    choices: checks,
    help: 'with create: how the driver checks placements',
  },
  control: {
    type: 'boolean',
    help: 'with journal: also list what was done through the simulator',
  },
  pid: { type: 'string', value: 'PID', help: 'the process' },
  gpu: { type: 'string', value: 'INDEX', help: 'the GPU, by NVML index' },
  'gpu-instance': {
    type: 'string',
    value: 'ID',
    help: 'with --compute-instance: the MIG device that the process uses; with raise-xid: of the Xid',
  },
  'compute-instance': {
    type: 'string',
    value: 'ID',
    help: 'with --gpu-instance: the same',
  },
  xid: { type: 'string', value: 'N', help: 'with raise-xid: the number of the Xid' },
  name: { type: 'string', value: 'TEXT', help: 'the name of the process' },
  'memory-mib': {
    type: 'string',
    value: 'N',
    help: 'the memory of the process; with idle-memory: of each GPU instance',
  },
  kind: {
    type: 'string',
    value: 'KIND',
    choices: processKinds,
    help: 'what the process does with the GPU',
  },
  fn: {
    type: 'string',
    value: 'FUNCTION',
    help: 'the NVML function, for example nvmlGpuInstanceDestroy',
  },
  nth: {
    type: 'string',
    value: 'N',
    help: 'the first call that fails, counted from now (default 1)',
  },
  times: { type: 'string', value: 'N', help: 'how many calls fail (default 1)' },
  error: {
    type: 'string',
    value: 'CODE',
    help: 'the result of these calls, for example NVML_ERROR_IN_USE',
  },
  'hang-ms': { type: 'string', value: 'N', help: 'how many milliseconds these calls hang first' },
  us: { type: 'string', value: 'N', help: 'with latency --fn: microseconds per call' },
  json: { type: 'boolean', help: 'with create, env and models: print JSON' },
}
