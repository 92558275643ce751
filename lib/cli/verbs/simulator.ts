import { existsSync } from 'node:fs'
import { simulatorFolder } from '../../simulator/folder.js'
import { createSimulatedMachine } from '../../simulator/machine.js'
import { listSimulatedModels } from '../../simulator/models.js'
import { defaultStore, machineOf } from '../parse/machine.js'
import { required, textOf } from '../parse/option-values.js'
import { machineOptions } from '../parse/options.js'
import {
  type OptionSpec,
  type OptionTable,
  type OptionValues,
  UsageError,
  type Verb,
} from '../parse/verb.js'
import { creationOptions, simulatorActions } from './simulator-actions.js'

/** Of all actions together; each takes those that it needs. */
const simulatorOptions: OptionTable = {
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

const names = ['models', 'path', 'create', ...Object.keys(simulatorActions)]

export const simulatorVerb: Verb = {
  summary: 'Make, look at and disturb a simulated machine that lives in a file.',
  usage: `models | path | ACTION --simulate SPEC [--store FILE]\n\nActions: ${names.slice(2).join(', ')}`,
  options: simulatorOptions,
  positionals: true,
  async run(values, terminal, [action = '', ...words]) {
    const answer = await perform(action, values, words)
    if (answer !== undefined)
      terminal.out(`${typeof answer === 'string' ? answer : JSON.stringify(answer, null, 2)}\n`)
    return 0
  },
}

async function perform(
  action: string,
  values: OptionValues,
  words: readonly string[],
): Promise<unknown> {
  if (action === 'models') return listSimulatedModels()
  if (action === 'path') {
    const driver = textOf(values, 'driver')
    return simulatorFolder(driver === undefined ? {} : { driver })
  }
  if (action === 'create') return createMachine(values)
  const act = Object.hasOwn(simulatorActions, action) ? simulatorActions[action] : undefined
  if (act === undefined) throw new UsageError(`which action? ${names.join(', ')}`)
  const machine = machineOf(values)
  try {
    return await act(machine, values, words)
  } finally {
    machine.close()
  }
}

/** The environment that shows the new machine to other NVML clients. */
function createMachine(values: OptionValues): unknown {
  const spec = required(values, 'simulate')
  const store = textOf(values, 'store') ?? defaultStore(spec, textOf(values, 'driver'))
  if (existsSync(store)) throw new UsageError(`${store} exists already`)
  const machine = createSimulatedMachine(spec, { store, ...creationOptions(values) })
  const { env } = machine
  machine.close()
  return env
}
