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
import { gpuForm } from './gpu-form.js'
import { invalid } from './invalid.js'

/** A checked entry of a list of GPUs. */
export interface FleetGpuEntry {
  readonly gpu: FleetGpu
  readonly position: number
  readonly model: FleetModel
  readonly state: number
  readonly count: number
  readonly inUse: boolean
  /** Of the machine; GPUs without a node have one of their own. */
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
      throw invalid([...path, 'layout', index, 'id'], 'would be that of several instances')
    }
    const instance: PlacedGpuInstance = { profileId, placement, computeInstances: [] }
    try {
      state = stateWith(tables, state, instance)
    } catch (error) {
      if (!isMigError(error)) throw error
      throw invalid([...path, 'layout', index], `cannot be there: ${error.message}`)
    }
  }
  return state
}

/**
 * Entries with copies of what the list says. Checks everything: throws `MIG_FLEET_INVALID` before anything is
 * made of it.
 */
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
    // Lists are long and mostly of one kind: what is like the one before is not worked out again.
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

/** Beside what the contract has, the caller may say what it likes; that is passed on, not read. */
function copyGpu(given: FleetGpu, path: readonly (string | number)[]): FleetGpu {
  requireObject(given, path)
  return copyObject(given, (part, name) =>
    // A geometry is read once where it is compiled, and known again by the object.
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
      throw invalid(path, `is held by ${holder}, which holds another too`)
    }
  }
  add(heldBy)
  for (const { id } of layout) add(id)
}
