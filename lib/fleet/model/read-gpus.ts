import type { FleetGpu } from '../../../types/fleet/pack.js'
import type { PlacedGpuInstance } from '../../../types/solver/layout.js'
import { isMigError } from '../../errors.js'
import { cached } from '../../model/cached.js'
import { copyObject, copyPlain } from '../../model/copy-plain.js'
import { stateWith } from '../../solver/tables/tables.js'
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
  for (const [index, { profileId, placement, id }] of layout.entries()) {
    if (id !== undefined && count > 1) {
      throw invalid(
        [...path, 'layout', index, 'id'],
        'is one id for several instances, because the entry has a count',
      )
    }
    const instance: PlacedGpuInstance = { profileId, placement, computeInstances: [] }
    try {
      state = stateWith(tables, state, instance)
    } catch (error) {
      if (!isMigError(error)) throw error
      throw invalid([...path, 'layout', index], `is impossible: ${error.message}`)
    }
  }
  return state
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
  const machines = new Map<string, number>()
  let last: FleetGpuEntry | undefined
  for (let position = 0; position < length; position += 1) {
    const gpu = copyGpu(gpus[position] as FleetGpu, [...path, position])
    checkForm(gpu, gpuForm, [...path, position])
    const { count = 1, layout, heldBy, geometry, model: name, migEnabled } = gpu
    if (layout !== undefined || heldBy !== undefined) addHolders(held, gpu, [...path, position])
    // Lists are long, and most GPUs are like the one before: then its model is taken.
    const isLike =
      last !== undefined &&
      geometry === last.gpu.geometry &&
      name === last.gpu.model &&
      migEnabled === last.gpu.migEnabled
    const model =
      isLike && last !== undefined ? last.model : modelOf(models, gpu, [...path, position])
    const isEmpty = layout === undefined && heldBy === undefined && migEnabled !== false
    const state = isEmpty ? 0 : readState(model, gpu, [...path, position])
    const inUse = state === wholeHeldState || (layout !== undefined && layout.length > 0)
    const {
      node = gpu.entry === undefined ? position : cached(machines, gpu.entry, () => position),
    } = gpu
    last = { gpu, position, model, state, count, inUse, node }
    entries.push(last)
  }
  requireDistinctNames(
    entries.map(({ gpu }) => gpu),
    path,
  )
  return entries
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
