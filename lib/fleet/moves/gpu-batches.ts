import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { type CompiledPlacement, placeOf } from '../../solver/tables/tables.js'
import type { FleetModel } from '../model/fleet-model.js'
import { gpuName } from '../model/member-name.js'
import type { FleetGpuEntry } from '../model/read-gpus.js'

export interface PlacedInstance {
  readonly place: CompiledPlacement
  readonly given: FleetInstance
}

/** GPUs that a search for moves need not distinguish: they are counted, and read by position. */
export interface GpuBatch {
  /** The first GPU's. Those of the others agree in all that decides which kinds may enter. */
  readonly entry: Pick<FleetGpuEntry, 'model' | 'gpu' | 'state' | 'position' | 'node'>
  /** On the first GPU, by number of the place. */
  readonly instances: readonly PlacedInstance[]
  /** Position of the first in the fleet. */
  readonly first: number
  readonly length: number
  /** Ascending. */
  readonly positionAt: (index: number) => number
  readonly read: (index: number) => ReadGpu
  /** Makes sure that `read` says later what it says now. Omitted: it does. */
  readonly keep?: () => void
}

export interface ReadGpu {
  readonly name: string
  readonly node: string | null
  readonly instances: readonly PlacedInstance[]
}

/** GPUs that hold the same so far, in a tree with one step for each place. */
interface Step {
  readonly further: (Step | undefined)[]
  batch: ListedBatch | null
}

interface ListedBatch extends GpuBatch {
  length: number
  readonly members: number[]
}

/**
 * A fleet as batches, in the order of their first GPUs, without GPUs that have MIG off. The GPU of an
 * instance for which `isSpecial` is true gets a batch of its own, and with `allApart` every GPU does.
 */
export function batchEntries(
  entries: readonly FleetGpuEntry[],
  isSpecial: (instance: FleetInstance) => boolean,
  allApart: boolean,
): readonly GpuBatch[] {
  const batches: ListedBatch[] = []
  const roots = new Map<FleetModel, Map<string | undefined, Step>>()
  const rootOf = ({ model, gpu: { reservation } }: FleetGpuEntry): Step => {
    const ofModel = cached(roots, model, () => new Map<string | undefined, Step>())
    return cached(ofModel, reservation, () => ({ further: [], batch: null }))
  }
  const starts = new Int32Array(entries.length + 1)
  for (let index = 0; index < entries.length; index += 1) {
    const entry = entries[index] as FleetGpuEntry
    const { state, count, gpu, model } = entry
    const from = starts[index] as number
    starts[index + 1] = from + count
    if (state < 0 || count === 0) continue
    let step: Step | null = allApart || gpu.cordoned === true ? null : rootOf(entry)
    for (const instance of gpu.layout ?? []) {
      if (step === null || isSpecial(instance)) {
        step = null
        break
      }
      const place = placeOf(model.tables, instance)?.number ?? 0
      step.further[place] ??= { further: [], batch: null }
      step = step.further[place]
    }
    let batch = step?.batch ?? null
    if (batch === null) {
      const members: number[] = []
      const instances = placeInstances(model, gpu)
      batch = {
        entry,
        instances,
        first: from,
        length: 0,
        members,
        positionAt: (index) => members[index] as number,
        read: (index) => readEntry(entries, starts, members[index] as number),
      }
      batches.push(batch)
      if (step !== null) step.batch = batch
    }
    batch.length += count
    for (let number = 0; number < count; number += 1) batch.members.push(from + number)
  }
  return batches
}

function readEntry(
  entries: readonly FleetGpuEntry[],
  starts: Int32Array,
  position: number,
): ReadGpu {
  let low = 0
  let high = entries.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((starts[middle] as number) <= position) low = middle
    else high = middle - 1
  }
  const { gpu, model } = entries[low] as FleetGpuEntry
  const name = gpuName(gpu, position - (starts[low] as number))
  return { name, node: gpu.node ?? null, instances: placeInstances(model, gpu) }
}

function placeInstances({ tables }: FleetModel, { layout = [] }: FleetGpu): PlacedInstance[] {
  return layout
    .map((given): PlacedInstance => {
      const place = placeOf(tables, given)
      if (place === null) throw new Error('a layout that was checked has its places')
      return { place, given }
    })
    .sort((a, b) => a.place.number - b.place.number)
}
