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
import { lockFileOfStore } from './store-lock.js'

/**
 * Makes a machine full of GPUs behind a real NVML library.
 *
 *     using machine = createSimulatedMachine('8x A100-SXM4-40GB, 2x T4')
 *     await applyMigConfig(config, { library: machine.library })
 *
 * @throws MigError MIG_SIMULATOR_INVALID when the text, a model, an option or the store is refused;
 *   MIG_NATIVE_UNAVAILABLE when the simulated driver is not built for this platform; TypeError for an
 *   option that there is not, or of another kind.
 */
export function createSimulatedMachine(
  spec: SimulatedMachineSpec,
  options: SimulatedMachineOptions = {},
): SimulatedMachine {
  checkMachineOptions(options)
  const store = options.store === undefined ? undefined : resolve(options.store)
  const reply = sendCommand('create', {
    machine: formatMachine(spec),
    store,
    driver: options.driver,
    reset: options.resetPolicy,
    privileges: options.privileges,
    seed: options.seed,
    host: options.host,
    'compute-places': options.computePlaces,
    checks: options.checks,
  })
  return steerMachine(reply as OpenedMachine, store)
}

/**
 * Opens the machine that a file holds; it must exist.
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
  /** Of a private machine: a file without a name, gone with the machine. */
  readonly lockFile?: string
}

function steerMachine(opened: OpenedMachine, store: string | undefined): SimulatedMachine {
  // Every process must arrive at the same lock file, whichever links it went through.
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

  // What each verb answers is the control side's part of the contract.
  function ask<Reply>(verb: string, args: Readonly<Record<string, ArgumentValue>> = {}): Reply {
    if (closed) throw new MigError('MIG_SIMULATOR_INVALID', 'this simulated machine is closed')
    return sendCommand(verb, { machine: opened.machine, ...args }) as Reply
  }

  function tell(verb: string, args: Readonly<Record<string, ArgumentValue>> = {}): void {
    ask(verb, args)
  }

  function journal(): readonly SimulatedCall[]
  function journal(options: { readonly control: boolean }): readonly SimulatedJournalEntry[]
  function journal({ control = false } = {}): readonly SimulatedJournalEntry[] {
    return ask('journal', { control: control ? 'on' : 'off' })
  }

  function close(): void {
    if (closed) return
    tell('close')
    closed = true
  }

  return {
    library,
    get env() {
      if (file === undefined) return {}
      // A driver never changes.
      folder ??= simulatorFolder({ driver: ask<SimulatedMachineDescription>('describe').driver })
      return storeEnvironment(library, file, folder)
    },
    describe: () => ask<SimulatedMachineDescription>('describe'),
    callCounts: () => ask<SimulatedCallCounts>('counts'),
    resetCallCounts: () => tell('reset-counts'),
    journal,
    addProcess: (process) => tell('add-process', processArguments(process)),
    removeProcess: (pid) => tell('remove-process', { pid }),
    loseGpu: (index) => tell('lose-gpu', { gpu: index }),
    resetGpu: (index) => tell('reset-gpu', { gpu: index }),
    reboot: () => tell('reboot'),
    fail: (fault) => tell('fail', faultArguments(fault)),
    clearFaults: () => tell('clear-faults'),
    setLatency: (latency) =>
      tell('latency', typeof latency === 'string' ? { preset: latency } : { ...latency }),
    setPrivileges: (value) => tell('privileges', { value }),
    setResetPolicy: (value) => tell('reset-policy', { value }),
    setStaleSessions: (stale) => tell('stale-sessions', { value: stale ? 'on' : 'off' }),
    setIdleMemory: (mib) => tell('idle-memory', { mib }),
    rootTree: () => ask<readonly SimulatedRootEntry[]>('root-tree'),
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
  const { LD_LIBRARY_PATH: inherited } = process.env
  return {
    MIG_SIMULATOR_STORE: store,
    LD_LIBRARY_PATH: inherited ? `${folder}:${inherited}` : folder,
    MIG_NVML_LIBRARY: join(folder, basename(library.path)),
    MIG_NVML_ROOT: 'none',
    ...(library.reset === undefined ? {} : { MIG_NVML_RESET: library.reset.symbol }),
    ...(library.lockFile === undefined ? {} : { MIG_NVML_LOCK: library.lockFile }),
  }
}
