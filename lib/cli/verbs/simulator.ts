import { existsSync } from 'node:fs'
import type { SimulatedMachine } from '../../../types/simulator/machine.js'
import { deleteSimulatedMachine } from '../../simulator/delete-machine.js'
import { simulatorFolder } from '../../simulator/folder.js'
import { createSimulatedMachine } from '../../simulator/machine.js'
import { listSimulatedModels } from '../../simulator/models.js'
import { machineOf, storeOf } from '../parse/machine.js'
import { required, textOf } from '../parse/option-values.js'
import { machineOptions } from '../parse/options.js'
import {
  checks,
  computePlaces,
  hosts,
  privileges,
  processKinds,
  resetPolicies,
} from '../parse/simulator-words.js'
import {
  type OptionSpec,
  type OptionTable,
  type OptionValues,
  type Terminal,
  UsageError,
  type Verb,
} from '../parse/verb.js'
import { alignColumns } from '../print/columns.js'
import { shellExports } from '../print/shell-exports.js'
import { creationOptions, simulatorActions } from './simulator-actions.js'
import { actionHelp } from './simulator-help.js'

/** The options of all actions together; each uses the ones that it needs. */
const simulatorOptions: OptionTable = {
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
    help: 'with --compute-instance: the MIG device that the process uses',
  },
  'compute-instance': {
    type: 'string',
    value: 'ID',
    help: 'with --gpu-instance: the MIG device that the process uses',
  },
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

const names = ['models', 'path', 'create', 'delete', ...Object.keys(simulatorActions)]

export const simulatorVerb: Verb = {
  usage: 'models | path | ACTION --simulate SPEC [--store FILE]',
  options: simulatorOptions,
  positionals: true,
  words: { title: 'Actions', names, help: actionHelp },
  async run(values, terminal, [action = '', ...words]) {
    const answer = await perform(action, values, words, terminal)
    if (answer !== undefined)
      terminal.out(`${typeof answer === 'string' ? answer : JSON.stringify(answer, null, 2)}\n`)
    return 0
  },
}

async function perform(
  action: string,
  values: OptionValues,
  words: readonly string[],
  terminal: Terminal,
): Promise<unknown> {
  const json = values['json'] === true
  if (action === 'models') return json ? listSimulatedModels() : modelTable()
  if (action === 'path') {
    const driver = textOf(values, 'driver')
    return simulatorFolder(driver === undefined ? {} : { driver })
  }
  if (action === 'create') return shown(createMachine(values, terminal), json)
  if (action === 'delete') return deleteMachine(values)
  const act = Object.hasOwn(simulatorActions, action) ? simulatorActions[action] : undefined
  if (act === undefined) {
    const what = action === '' ? 'an action is missing' : `unknown action '${action}'`
    throw new UsageError(`${what}: there are ${names.join(', ')}`, { written: action, names })
  }
  const machine = machineOf(values, terminal)
  try {
    return action === 'env' ? shown(machine.env, json) : await act(machine, values, words, terminal)
  } finally {
    machine.close()
  }
}

/** An environment, as JSON or as lines for a shell. */
function shown(env: SimulatedMachine['env'], json: boolean): unknown {
  return json ? env : shellExports(env).trimEnd()
}

/** Returns the environment in which other NVML clients find the new machine. */
function createMachine(values: OptionValues, terminal: Terminal): SimulatedMachine['env'] {
  const spec = required(values, 'simulate')
  const store = storeOf(values) ?? ''
  if (existsSync(store))
    throw new UsageError(`${store} already exists; mig-nvml simulator delete removes it`)
  const machine = createSimulatedMachine(spec, { store, ...creationOptions(values) })
  const { env } = machine
  machine.close()
  if (textOf(values, 'store') === undefined) terminal.err(`new simulated machine: ${store}\n`)
  return env
}

function deleteMachine(values: OptionValues): void {
  const store = storeOf(values)
  if (store === undefined)
    throw new UsageError('--simulate SPEC or --store FILE is missing: the machine')
  deleteSimulatedMachine(store)
}

/** In place of JSON, for people. */
function modelTable(): string {
  const rows = listSimulatedModels().map(({ name, key, memoryMiB, migCapable, assumed }) => [
    name.replace(/^NVIDIA /, ''),
    `${Math.round(memoryMiB / 1024)}`,
    migCapable ? 'yes' : 'no',
    assumed.length === 0 ? '' : 'yes',
    key,
  ])
  return alignColumns([['model', 'GiB', 'MIG', 'assumed', 'key'], ...rows]).join('\n')
}
