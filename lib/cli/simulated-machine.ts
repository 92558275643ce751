import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SimulatedMachine } from '../../types/simulator.js'
import {
  createSimulatedMachine,
  openSimulatedMachine,
  simulatorFolder,
} from '../simulator/index.js'
import { userFolder } from '../simulator/user-folder.js'
import { UsageError } from './verb.js'

/** The simulated machine that lives in a file: made when it is not there yet, else opened as it is. */
export function simulatedMachine(
  spec: string | undefined,
  store: string | undefined,
): SimulatedMachine {
  if (spec === undefined) {
    if (store === undefined) throw new UsageError('which machine? --simulate SPEC or --store FILE')
    return openSimulatedMachine(store)
  }
  const path = store ?? defaultStore(spec)
  if (existsSync(path)) return openAs(spec, path)
  try {
    return createSimulatedMachine(spec, { store: path })
  } catch (error) {
    // Another process may have made it since we looked.
    if (existsSync(path)) return openAs(spec, path)
    throw error
  }
}

/** Opens a stored machine that shall be a given one. */
function openAs(spec: string, path: string): SimulatedMachine {
  const machine = openSimulatedMachine(path)
  const wanted = createSimulatedMachine(spec)
  const models = (each: SimulatedMachine): string =>
    each
      .describe()
      .gpus.map((gpu) => gpu.model)
      .join(', ')
  try {
    if (models(machine) === models(wanted)) return machine
    throw new UsageError(`${path} holds another machine: ${models(machine)}`)
  } finally {
    wanted.close()
  }
}

/**
 * One file per machine text and user, so that the same `--simulate` finds the same machine again; and
 * per build of the simulated driver, which opens no store of another.
 */
export function defaultStore(spec: string): string {
  const text = spec.trim().toLowerCase().replace(/\s+/g, ' ')
  const library = readFileSync(join(simulatorFolder(), 'libnvidia-ml.so.1'))
  const slug = text.replace(/[^a-z0-9]+/g, '-').slice(0, 60)
  const hash = createHash('sha256').update(text).update(library).digest('hex').slice(0, 8)
  return join(userFolder(), `${slug}-${hash}.store`)
}
