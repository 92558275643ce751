import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DriverOptions, LibraryRef, SlowCall } from '../../../types/machine/options.js'
import type { SimulatedMachine } from '../../../types/simulator/machine.js'
import { simulatorFolder } from '../../simulator/folder.js'
import { createSimulatedMachine, openSimulatedMachine } from '../../simulator/machine.js'
import { userFolder } from '../../simulator/user-folder.js'
import { given, optionalNumber, textOf } from './option-values.js'
import { type OptionValues, type Terminal, UsageError } from './verb.js'

/** The driver that the options name, or that of a simulated machine. */
export function driverOptions(values: OptionValues, terminal: Terminal): DriverOptions {
  return {
    signal: terminal.signal,
    ...given('slowAfterMs', optionalNumber(values, 'slow-after-ms', 1)),
    ...given('library', libraryOf(values, terminal)),
  }
}

/** The same for a verb without events, with slow calls reported on standard error. */
export function readingOptions(values: OptionValues, terminal: Terminal): DriverOptions {
  return {
    ...driverOptions(values, terminal),
    onSlowCall: (call) => terminal.err(`${describeSlow(call)}\n`),
  }
}

function libraryOf(values: OptionValues, terminal: Terminal): string | LibraryRef | undefined {
  const { library, simulate, store, driver } = values
  if (typeof library === 'string') {
    if (simulate !== undefined || store !== undefined)
      throw new UsageError('--library and --simulate cannot be combined')
    if (driver !== undefined) throw new UsageError('--driver needs --simulate')
    return library
  }
  if (simulate !== undefined || store !== undefined || driver !== undefined)
    return machineOf(values, terminal).library
  return undefined
}

/**
 * `GPU 0: nvmlDeviceSetMigMode has not returned for 10 s (turn MIG mode on); still waiting`. `part` names
 * the operation that the call belongs to.
 */
export function describeSlow({ fn, gpuIndex, durationMs }: SlowCall, part?: string): string {
  const where = gpuIndex === null ? '' : `GPU ${gpuIndex}: `
  const what = part === undefined ? '' : ` (${part})`
  return `${where}${fn} has not returned for ${(durationMs / 1000).toFixed(0)} s${what}; still waiting`
}

/**
 * The simulated machine that `--simulate`, `--store` and `--driver` name. It is created in its file, or opened
 * if the file exists. Where the command line does not name that file, standard error does.
 */
export function machineOf(values: OptionValues, terminal: Terminal): SimulatedMachine {
  const spec = textOf(values, 'simulate')
  const store = textOf(values, 'store')
  const driver = textOf(values, 'driver')
  if (spec === undefined) {
    if (driver !== undefined) throw new UsageError('--driver needs --simulate')
    if (store === undefined)
      throw new UsageError('--simulate SPEC or --store FILE is missing: the machine')
    return openSimulatedMachine(store)
  }
  const path = store ?? defaultStore(spec, driver)
  const isThere = existsSync(path)
  const machine = isThere ? openAs(spec, driver, path) : createOrOpen(spec, driver, path)
  if (store === undefined) terminal.err(`${isThere ? '' : 'new '}simulated machine: ${path}\n`)
  return machine
}

function createOrOpen(spec: string, driver: string | undefined, path: string): SimulatedMachine {
  try {
    return createSimulatedMachine(spec, { store: path, ...given('driver', driver) })
  } catch (error) {
    // Another process may have created it since the check.
    if (existsSync(path)) return openAs(spec, driver, path)
    throw error
  }
}

/** Opens a stored machine, which must have the given GPUs and driver. */
function openAs(spec: string, driver: string | undefined, path: string): SimulatedMachine {
  const machine = openSimulatedMachine(path)
  const wanted = createSimulatedMachine(spec, given('driver', driver))
  const models = (each: SimulatedMachine): string =>
    each
      .describe()
      .gpus.map((gpu) => gpu.model)
      .join(', ')
  try {
    if (models(machine) !== models(wanted))
      throw new UsageError(`${path} holds another machine: ${models(machine)}`)
    const there = machine.describe().driver
    if (driver !== undefined && there !== wanted.describe().driver)
      throw new UsageError(`${path} holds a machine with another driver: ${there}`)
    return machine
  } catch (error) {
    machine.close()
    throw error
  } finally {
    wanted.close()
  }
}

/** The file of the machine that the options name, which may not exist yet; undefined if they name none. */
export function storeOf(values: OptionValues): string | undefined {
  const spec = textOf(values, 'simulate')
  const store = textOf(values, 'store')
  return store ?? (spec === undefined ? spec : defaultStore(spec, textOf(values, 'driver')))
}

/**
 * One file per machine text, driver and user, so that the same command finds the same machine again. Each
 * build of the simulated driver has its own, because it cannot open the store of another build.
 */
export function defaultStore(spec: string, driver?: string): string {
  const named = driver === undefined ? spec : `${spec} with driver ${driver}`
  const text = named.trim().toLowerCase().replace(/\s+/g, ' ')
  const library = readFileSync(join(simulatorFolder(), 'libnvidia-ml.so.1'))
  const slug = text.replace(/[^a-z0-9]+/g, '-').slice(0, 60)
  const hash = createHash('sha256').update(text).update(library).digest('hex').slice(0, 8)
  return join(userFolder(), `${slug}-${hash}.store`)
}
