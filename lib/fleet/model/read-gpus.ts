import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'
import type { PlacedGpuInstance } from '../../../types/solver/layout.js'
import { isMigError } from '../../errors.js'
import { cached } from '../../model/cached.js'
import { copyObject, copyPlain } from '../../model/copy-plain.js'
import { type CompiledPlacement, stateWith } from '../../solver/tables/tables.js'
import { checkForm, requireList, requireObject } from './check-form.js'
import { requireDistinctNames } from './distinct-ids.js'
import {
  type FleetModel,
  type FleetModels,
  modelOf,
  wholeHeldState,
  wholeState,
} from './fleet-model.js'
import { gpuForm } from './forms.js'
import { invalid } from './invalid.js'

/** A checked entry of a list of GPUs. */
export interface FleetGpuEntry {
  readonly gpu: FleetGpu
  readonly position: number
  readonly model: FleetModel
  readonly state: number
  readonly count: number
  readonly inUse: boolean
  /** Idle instances that count as free room: `state` is without them. Omitted: none. */
  readonly idle?: readonly CompiledPlacement[]
  /** The machine of the GPUs. Without a node, it is a number: entries with one `entry` share it. */
  readonly node: string | number
}

export function readState(
  { tables }: FleetModel,
  { layout = [], migEnabled = true, heldBy, count = 1 }: FleetGpu,
  path: readonly (string | number)[],
): number {
  if (!migEnabled) {
    if (layout.length > 0) throw invalid([...path, 'layout'], 'is not empty, but MIG is off')
    return heldBy === undefined ? wholeState : wholeHeldState
  }
  if (heldBy !== undefined) throw invalid([...path, 'heldBy'], 'is given, but MIG is on')
  let state = 0
  for (const [index, instance] of layout.entries()) {
    const { profileId, placement, id } = instance
    if (instance.idle === true) checkIdle(instance, [...path, 'layout', index])
    if (id !== undefined && count > 1) {
      throw invalid(
        [...path, 'layout', index, 'id'],
        'is one id for several instances, because the entry has a count',
      )
    }
    const placed: PlacedGpuInstance = { profileId, placement, computeInstances: [] }
    try {
      state = stateWith(tables, state, placed)
    } catch (error) {
      if (!isMigError(error)) throw error
      throw invalid([...path, 'layout', index], `is impossible: ${error.message}`)
    }
  }
  return state
}

/** What is idle is not anybody's: a request's id or end there is a mistake of the caller. */
function checkIdle(instance: FleetInstance, path: readonly (string | number)[]): void {
  for (const name of ['id', 'expectedEnd', 'plan'] as const) {
    if (instance[name] !== undefined)
      throw invalid([...path, name], 'is given, but the instance is idle')
  }
  if ((instance.labels ?? []).length > 0)
    throw invalid([...path, 'labels'], 'are given, but the instance is idle')
}

/** Checked entries with copies of the GPUs. Throws `MIG_FLEET_INVALID` for the first mistake in the list. */
export function readGpus(
  models: FleetModels,
  gpus: readonly FleetGpu[],
  path: readonly (string | number)[] = ['gpus'],
): readonly FleetGpuEntry[] {
  requireList(gpus, path)
  const held = new Set<string>()
  const { length } = gpus
  const entries: FleetGpuEntry[] = []
  const read = createGpuReader(models, path)
  for (let position = 0; position < length; position += 1) {
    const entry = read(gpus[position] as FleetGpu, position)
    const { layout, heldBy } = entry.gpu
    if (layout !== undefined || heldBy !== undefined)
      addHolders(held, entry.gpu, [...path, position])
    entries.push(entry)
  }
  requireDistinctNames(
    entries.map(({ gpu }) => gpu),
    path,
  )
  return entries
}

/** Reads a list of GPUs one by one. It does not see what several of them have in common: names and holders. */
export function createGpuReader(
  models: FleetModels,
  path: readonly (string | number)[],
): (given: FleetGpu, position: number) => FleetGpuEntry {
  const machines = new Map<string, number>()
  let last: FleetGpuEntry | undefined
  return (given, position) => {
    const at = [...path, position]
    const gpu = copyGpu(given, at)
    checkForm(gpu, gpuForm, at)
    const { count = 1, layout, heldBy, geometry, model: name, migEnabled } = gpu
    // Lists are long, and most GPUs are like the one before: then its model is taken.
    const isLike =
      last !== undefined &&
      geometry === last.gpu.geometry &&
      name === last.gpu.model &&
      migEnabled === last.gpu.migEnabled
    const model = isLike && last !== undefined ? last.model : modelOf(models, gpu, at)
    const isEmpty = layout === undefined && heldBy === undefined && migEnabled !== false
    const state = isEmpty ? 0 : readState(model, gpu, at)
    const inUse = state === wholeHeldState || (layout !== undefined && layout.length > 0)
    const {
      node = gpu.entry === undefined ? position : cached(machines, gpu.entry, () => position),
    } = gpu
    last = { gpu, position, model, state, count, inUse, node }
    return last
  }
}

/** Fields that the contract does not have belong to the caller. They are passed on and not read. */
function copyGpu(given: FleetGpu, path: readonly (string | number)[]): FleetGpu {
  requireObject(given, path)
  return copyObject(given, (part, name) =>
    // Compiling reads a geometry once, and recognises the object the next time.
    name === 'geometry' || !gpuForm.fields?.has(name) ? part : copyPlain(part),
  ) as unknown as FleetGpu
}

function addHolders(
  held: Set<string>,
  { heldBy, layout = [] }: FleetGpu,
  path: readonly (string | number)[],
): void {
  const add = (holder: string | undefined): void => {
    if (holder === undefined) return
    const before = held.size
    held.add(holder)
    if (held.size === before) {
      throw invalid(path, `is held by ${holder}, which holds something else, too`)
    }
  }
  add(heldBy)
  for (const { id } of layout) add(id)
}
