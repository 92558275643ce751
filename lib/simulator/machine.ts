import { realpathSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { LibraryRef } from '../../types/machine/options.js'
import type {
  SimulatedCall,
  SimulatedCallCounts,
  SimulatedFault,
  SimulatedJournalEntry,
  SimulatedMachine,
  SimulatedMachineDescription,
  SimulatedMachineOptions,
  SimulatedProcess,
  SimulatedRootEntry,
} from '../../types/simulator/machine.js'
import { MigError } from '../errors.js'
import { type ArgumentValue, sendCommand } from './command.js'
import { simulatorFolder } from './folder.js'
import { formatMachine, type SimulatedMachineSpec } from './machine-text.js'
import { simulatorLibraryPath } from './native.js'
import { checkMachineOptions } from './option-rules.js'
import { withNearestModel } from './unknown-model.js'
import { lockFileOfStore } from './user-folder.js'

/**
 * Creates a machine full of GPUs behind a real NVML library.
 *
 *     using machine = createSimulatedMachine('8x A100-SXM4-40GB, 2x T4')
 *     await applyMigConfig(config, { library: machine.library })
 *
 * @throws MigError MIG_SIMULATOR_INVALID when the text, a model, an option or the store is refused;
 *   MIG_NATIVE_UNAVAILABLE when the simulated driver is not built for this platform; TypeError for an
 *   unknown option or one of the wrong type.
 */
export function createSimulatedMachine(
  spec: SimulatedMachineSpec,
  options: SimulatedMachineOptions = {},
): SimulatedMachine {
  checkMachineOptions(options)
  const store = options.store === undefined ? undefined : resolve(options.store)
  return steerMachine(createOrSuggest(formatMachine(spec), options, store), store)
}

function createOrSuggest(
  machine: string,
  options: SimulatedMachineOptions,
  store: string | undefined,
): OpenedMachine {
  try {
    return sendCommand('create', {
      machine,
      store,
      driver: options.driver,
      reset: options.resetPolicy,
      privileges: options.privileges,
      seed: options.seed,
      host: options.host,
      'compute-places': options.computePlaces,
      checks: options.checks,
    }) as OpenedMachine
  } catch (error) {
    throw withNearestModel(error)
  }
}

/**
 * Opens the machine in an existing file.
 *
 * @throws MigError MIG_SIMULATOR_INVALID when the file is missing or not a store of this version.
 */
export function openSimulatedMachine(store: string): SimulatedMachine {
  const path = resolve(store)
  return steerMachine(sendCommand('open', { store: path }) as OpenedMachine, path)
}

/** What `create` and `open` answer. */
interface OpenedMachine {
  readonly machine: number
  /** Only for a private machine: a file without a name, which goes with the machine. */
  readonly lockFile?: string
}

function steerMachine(opened: OpenedMachine, store: string | undefined): SimulatedMachine {
  // Every process must arrive at the same lock file, whatever links its path has.
  const file = store === undefined ? undefined : realpathSync(store)
  const lockFile = file === undefined ? opened.lockFile : lockFileOfStore(file)
  const library: LibraryRef = {
    path: simulatorLibraryPath(),
    selector: { symbol: 'migsim_select_machine', value: opened.machine },
    ...(lockFile === undefined ? {} : { lockFile }),
    root: null,
    reset: { symbol: 'migsim_reset_gpu' },
  }
  let closed = false
  let folder: string | undefined

  // The control side guarantees the type of each verb's reply.
  function query<Reply>(verb: string, args: Readonly<Record<string, ArgumentValue>> = {}): Reply {
    if (closed) throw new MigError('MIG_SIMULATOR_INVALID', 'this simulated machine is closed')
    return sendCommand(verb, { machine: opened.machine, ...args }) as Reply
  }

  function send(verb: string, args: Readonly<Record<string, ArgumentValue>> = {}): void {
    query(verb, args)
  }

  function journal(): readonly SimulatedCall[]
  function journal(options: { readonly control: boolean }): readonly SimulatedJournalEntry[]
  function journal({ control = false } = {}): readonly SimulatedJournalEntry[] {
    return query('journal', { control: control ? 'on' : 'off' })
  }

  function close(): void {
    if (closed) return
    send('close')
    closed = true
  }

  return {
    library,
    get env() {
      if (file === undefined) return {}
      // The driver of a machine never changes.
      folder ??= simulatorFolder({ driver: query<SimulatedMachineDescription>('describe').driver })
      return storeEnvironment(library, file, folder)
    },
    describe: () => query<SimulatedMachineDescription>('describe'),
    callCounts: () => query<SimulatedCallCounts>('counts'),
    resetCallCounts: () => send('reset-counts'),
    journal,
    addProcess: (process) => send('add-process', processArguments(process)),
    removeProcess: (pid) => send('remove-process', { pid }),
    loseGpu: (index) => send('lose-gpu', { gpu: index }),
    raiseXid: (index, { xid, gpuInstanceId, computeInstanceId }) =>
      send('raise-xid', { gpu: index, xid, gi: gpuInstanceId, ci: computeInstanceId }),
    resetGpu: (index) => send('reset-gpu', { gpu: index }),
    requestMode: (index, enabled) =>
      send('request-mode', { gpu: index, mig: enabled ? 'on' : 'off' }),
    reboot: () => send('reboot'),
    unloadDriver: () => send('unload-driver'),
    loadDriver: () => send('load-driver'),
    fail: (fault) => send('fail', faultArguments(fault)),
    clearFaults: () => send('clear-faults'),
    setLatency: (latency) =>
      send('latency', typeof latency === 'string' ? { preset: latency } : { ...latency }),
    setPrivileges: (value) => send('privileges', { value }),
    setResetPolicy: (value) => send('reset-policy', { value }),
    setStaleSessions: (stale) => send('stale-sessions', { value: stale ? 'on' : 'off' }),
    setIdleMemory: (mib) => send('idle-memory', { mib }),
    rootTree: () => query<readonly SimulatedRootEntry[]>('root-tree'),
    close,
    [Symbol.dispose]: close,
  }
}

function processArguments(process: SimulatedProcess): Record<string, ArgumentValue> {
  return {
    pid: process.pid,
    gpu: process.gpu,
    gi: process.gpuInstanceId,
    ci: process.computeInstanceId,
    name: process.name,
    'memory-mib': process.memoryMiB,
    kind: process.kind,
  }
}

function faultArguments(fault: SimulatedFault): Record<string, ArgumentValue> {
  return {
    fn: fault.fn,
    nth: fault.nth,
    times: fault.times,
    error: fault.error,
    'hang-ms': fault.hangMs,
  }
}

function storeEnvironment(
  library: LibraryRef,
  store: string,
  folder: string,
): Readonly<Record<string, string>> {
  const { LD_LIBRARY_PATH: inherited = '' } = process.env
  // A shell may evaluate this environment again and again.
  const others = inherited === '' ? [] : inherited.split(':').filter((each) => each !== folder)
  return {
    MIG_SIMULATOR_STORE: store,
    LD_LIBRARY_PATH: [folder, ...others].join(':'),
    MIG_NVML_LIBRARY: join(folder, basename(library.path)),
    MIG_NVML_ROOT: 'none',
    ...(library.reset === undefined ? {} : { MIG_NVML_RESET: library.reset.symbol }),
    ...(library.lockFile === undefined ? {} : { MIG_NVML_LOCK: library.lockFile }),
  }
}
