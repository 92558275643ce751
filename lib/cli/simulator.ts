import type { SimulatedMachine } from '../../types/simulator.js'
import { listSimulatedModels, simulatorFolder, writeRootTree } from '../simulator/index.js'
import { simulatedMachine } from './simulated-library.js'
import { type OptionTable, type OptionValues, UsageError, type Verb } from './verb.js'

const options: OptionTable = {
  simulate: { type: 'string' },
  store: { type: 'string' },
  pid: { type: 'string' },
  gpu: { type: 'string' },
  'gpu-instance': { type: 'string' },
  'compute-instance': { type: 'string' },
  name: { type: 'string' },
  'memory-mib': { type: 'string' },
  fn: { type: 'string' },
  nth: { type: 'string' },
  times: { type: 'string' },
  error: { type: 'string' },
  'hang-ms': { type: 'string' },
}

/** What can be done to a simulated machine; what it returns is printed. */
const actions: Readonly<
  Record<
    string,
    (machine: SimulatedMachine, values: OptionValues, words: readonly string[]) => unknown
  >
> = {
  create: (machine) => machine.env,
  describe: (machine) => machine.describe(),
  env: (machine) => machine.env,
  counts: (machine) => machine.callCounts(),
  'reset-counts': (machine) => machine.resetCallCounts(),
  journal: (machine) => machine.journal(),
  'add-process': (machine, values) =>
    machine.addProcess({
      pid: numberOf(values, 'pid'),
      gpu: numberOf(values, 'gpu'),
      ...given('gpuInstanceId', optionalNumber(values, 'gpu-instance')),
      ...given('computeInstanceId', optionalNumber(values, 'compute-instance')),
      ...given('memoryMiB', optionalNumber(values, 'memory-mib')),
      ...given('name', textOf(values, 'name')),
    }),
  'remove-process': (machine, values) => machine.removeProcess(numberOf(values, 'pid')),
  'lose-gpu': (machine, values) => machine.loseGpu(numberOf(values, 'gpu')),
  'reset-gpu': (machine, values) => machine.resetGpu(numberOf(values, 'gpu')),
  reboot: (machine) => machine.reboot(),
  fail: (machine, values) =>
    machine.fail({
      fn: required(values, 'fn'),
      ...given('nth', optionalNumber(values, 'nth')),
      ...given('times', optionalNumber(values, 'times')),
      ...given('error', textOf(values, 'error')),
      ...given('hangMs', optionalNumber(values, 'hang-ms')),
    }),
  'clear-faults': (machine) => machine.clearFaults(),
  latency: (machine, _values, [preset]) => {
    if (preset !== 'none' && preset !== 'a100' && preset !== 'h100')
      throw new UsageError('latency takes none, a100 or h100')
    machine.setLatency(preset)
  },
  privileges: (machine, _values, [value]) => {
    if (value !== 'admin' && value !== 'config' && value !== 'monitor' && value !== 'none')
      throw new UsageError('privileges takes admin, config, monitor or none')
    machine.setPrivileges(value)
  },
  'reset-policy': (machine, _values, [value]) => {
    if (value !== 'automatic' && value !== 'manual' && value !== 'refused')
      throw new UsageError('reset-policy takes automatic, manual or refused')
    machine.setResetPolicy(value)
  },
  'root-tree': (machine, _values, [folder]) => {
    if (folder === undefined) return machine.rootTree()
    return writeRootTree(machine, folder)
  },
}

export const simulatorVerb: Verb = {
  summary: 'Make, look at and disturb a simulated machine that lives in a file.',
  usage: `models | path | ACTION --simulate SPEC [--store FILE]\n\nActions: ${Object.keys(actions).join(', ')}`,
  options,
  positionals: true,
  async run(values, terminal, [action, ...words]) {
    if (action === 'models' || action === 'path') {
      const answer = action === 'models' ? listSimulatedModels() : simulatorFolder()
      terminal.out(`${typeof answer === 'string' ? answer : JSON.stringify(answer, null, 2)}\n`)
      return 0
    }
    const act = action !== undefined && Object.hasOwn(actions, action) ? actions[action] : undefined
    if (act === undefined)
      throw new UsageError(`which action? ${Object.keys(actions).join(', ')}, models or path`)
    const machine = simulatedMachine(textOf(values, 'simulate'), textOf(values, 'store'))
    const answer = await act(machine, values, words)
    if (answer !== undefined) terminal.out(`${JSON.stringify(answer, null, 2)}\n`)
    machine.close()
    return 0
  },
}

function textOf(values: OptionValues, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

function required(values: OptionValues, name: string): string {
  const value = textOf(values, name)
  if (value === undefined) throw new UsageError(`--${name} is missing`)
  return value
}

function numberOf(values: OptionValues, name: string): number {
  const value = Number(required(values, name))
  if (!Number.isInteger(value) || value < 0)
    throw new UsageError(`--${name} takes a whole number from 0`)
  return value
}

function optionalNumber(values: OptionValues, name: string): number | undefined {
  return values[name] === undefined ? undefined : numberOf(values, name)
}

/** A property only when it has a value: absent is not the same as undefined in the options. */
function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: Value })
}
