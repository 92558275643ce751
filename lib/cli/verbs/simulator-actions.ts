import { once } from 'node:events'
import type { SimulatedMachine, SimulatedMachineOptions } from '../../../types/simulator/machine.js'
import { followRootTree } from '../../simulator/follow-tree.js'
import { writeRootTree } from '../../simulator/root-tree.js'
import {
  choiceOf,
  given,
  numberOf,
  optionalNumber,
  required,
  textOf,
} from '../parse/option-values.js'
import {
  checks,
  computePlaces,
  hosts,
  latencies,
  privileges,
  processKinds,
  resetPolicies,
} from '../parse/simulator-words.js'
import { type OptionValues, refuseOverLimit, type Terminal, UsageError } from '../parse/verb.js'

/** The actions on a simulated machine. Their results are printed, and the simulator checks the values. */
export const simulatorActions: Readonly<
  Record<
    string,
    (
      machine: SimulatedMachine,
      values: OptionValues,
      words: readonly string[],
      terminal: Terminal,
    ) => unknown
  >
> = {
  describe: (machine) => machine.describe(),
  env: (machine) => machine.env,
  counts: (machine) => machine.callCounts(),
  'reset-counts': (machine) => machine.resetCallCounts(),
  journal: (machine, values) =>
    values['control'] === true ? machine.journal({ control: true }) : machine.journal(),
  'add-process': (machine, values) =>
    machine.addProcess({
      pid: numberOf(values, 'pid'),
      gpu: numberOf(values, 'gpu'),
      ...given('gpuInstanceId', optionalNumber(values, 'gpu-instance')),
      ...given('computeInstanceId', optionalNumber(values, 'compute-instance')),
      ...given('memoryMiB', optionalNumber(values, 'memory-mib')),
      ...given('name', textOf(values, 'name')),
      ...given('kind', choiceOf(values, 'kind', processKinds)),
    }),
  'remove-process': (machine, values) => machine.removeProcess(numberOf(values, 'pid')),
  'lose-gpu': (machine, values) => machine.loseGpu(numberOf(values, 'gpu')),
  'raise-xid': (machine, values) =>
    machine.raiseXid(numberOf(values, 'gpu'), {
      xid: numberOf(values, 'xid'),
      ...given('gpuInstanceId', optionalNumber(values, 'gpu-instance')),
      ...given('computeInstanceId', optionalNumber(values, 'compute-instance')),
    }),
  'reset-gpu': (machine, values) => machine.resetGpu(numberOf(values, 'gpu')),
  'request-mode': (machine, values, [mode]) =>
    machine.requestMode(
      numberOf(values, 'gpu'),
      word(mode, 'request-mode', ['on', 'off']) === 'on',
    ),
  reboot: (machine) => machine.reboot(),
  'unload-driver': (machine) => machine.unloadDriver(),
  'load-driver': (machine) => machine.loadDriver(),
  fail: (machine, values) => {
    const fn = required(values, 'fn')
    if (values['error'] === undefined && values['hang-ms'] === undefined)
      throw new UsageError('fail needs --error CODE or --hang-ms N')
    machine.fail({
      fn,
      ...given('nth', optionalNumber(values, 'nth')),
      ...given('times', optionalNumber(values, 'times')),
      ...given('error', textOf(values, 'error')),
      ...given('hangMs', optionalNumber(values, 'hang-ms')),
    })
  },
  'clear-faults': (machine) => machine.clearFaults(),
  latency: (machine, values, [preset]) => {
    const fn = textOf(values, 'fn')
    if (fn !== undefined) return machine.setLatency({ fn, us: numberOf(values, 'us') })
    return machine.setLatency(word(preset, 'latency', latencies))
  },
  privileges: (machine, _values, [value]) =>
    machine.setPrivileges(word(value, 'privileges', privileges)),
  'reset-policy': (machine, _values, [value]) =>
    machine.setResetPolicy(word(value, 'reset-policy', resetPolicies)),
  'stale-sessions': (machine, _values, [value]) =>
    machine.setStaleSessions(word(value, 'stale-sessions', ['on', 'off']) === 'on'),
  'idle-memory': (machine, values) => machine.setIdleMemory(numberOf(values, 'memory-mib')),
  'root-tree': (machine, _values, [folder]) =>
    folder === undefined ? machine.rootTree() : writeRootTree(machine, folder),
  'follow-tree': (machine, _values, [folder], terminal) =>
    followUntilStopped(machine, folder, terminal),
}

async function followUntilStopped(
  machine: SimulatedMachine,
  folder: string | undefined,
  { err, signal }: Terminal,
): Promise<void> {
  if (folder === undefined) throw new UsageError('follow-tree takes the folder of the tree')
  const tree = followRootTree(machine, folder, {
    onError: (error) => err(`${error.message}\n`),
  })
  try {
    err(`following ${folder}; SIGINT ends it\n`)
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    tree.close()
  }
  refuseOverLimit(signal)
}

/** The options of a new machine. Like the library, the command line respects `MIG_SIMULATOR_DRIVER`. */
export function creationOptions(values: OptionValues): SimulatedMachineOptions {
  const driver = textOf(values, 'driver') ?? (process.env['MIG_SIMULATOR_DRIVER'] || undefined)
  return {
    ...given('driver', driver),
    ...given('seed', optionalNumber(values, 'seed')),
    ...given('host', choiceOf(values, 'host', hosts)),
    ...given('resetPolicy', choiceOf(values, 'reset', resetPolicies)),
    ...given('privileges', choiceOf(values, 'privileges', privileges)),
    ...given('computePlaces', choiceOf(values, 'compute-places', computePlaces)),
    ...given('checks', choiceOf(values, 'checks', checks)),
  }
}

function word<const Word extends string>(
  given: string | undefined,
  action: string,
  words: readonly Word[],
): Word {
  const found = words.find((each) => each === given)
  if (found === undefined)
    throw new UsageError(`${action} takes one of ${words.join(', ')}`, {
      written: given ?? '',
      names: words,
    })
  return found
}
