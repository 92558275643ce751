import type { FleetPool, OnlineGpu, OnlineGpuGroup } from '../online/fleet-state.js'
import { toInstance } from '../online/holding.js'
import type { GpuBatch, PlacedInstance } from './gpu-batches.js'

/**
 * Batches of the GPUs of a pool that are not `apart`: one for each group, and one for each layout of the
 * others. A pool with MIG off has none.
 */
export function batchPool(
  pool: FleetPool,
  groups: readonly OnlineGpuGroup[],
  apart: ReadonlySet<OnlineGpu>,
): readonly GpuBatch[] {
  const { capacity, gpus } = pool
  if (capacity.kind === 'whole') return []
  const { groupOf } = pool.groups
  const { buckets } = capacity
  const split = new Set([...apart].map((gpu) => groupOf.get(gpu)))
  const batches = groups.flatMap((group) => {
    const left = split.has(group) ? group.gpus.filter((gpu) => !apart.has(gpu)) : group.gpus
    return left.length === 0 ? [] : [batchGpus(left)]
  })
  // Cordoned GPUs are in no bucket.
  const elsewhere = new Map<number, number>()
  const leaveOut = ({ number, cordoned }: OnlineGpu): void => {
    const layout = buckets.layoutOf[number] ?? 0
    if (!cordoned) elsewhere.set(layout, (elsewhere.get(layout) ?? 0) + 1)
  }
  for (const gpu of groupOf.keys()) leaveOut(gpu)
  for (const gpu of apart) if (gpu.pool === pool && !groupOf.has(gpu)) leaveOut(gpu)
  for (let layout = buckets.nextLayout(0); layout >= 0; layout = buckets.nextLayout(layout + 1)) {
    const length = (buckets.gpuCounts[layout] ?? 0) - (elsewhere.get(layout) ?? 0)
    if (length === 0) continue
    const found: OnlineGpu[] = []
    let number = buckets.firstGpu(layout, 0)
    const gpuAt = (index: number): OnlineGpu => {
      while (found.length <= index) {
        const gpu = gpus[number] as OnlineGpu
        number = buckets.firstGpu(layout, number + 1)
        if (!groupOf.has(gpu) && !apart.has(gpu)) found.push(gpu)
      }
      return found[index] as OnlineGpu
    }
    batches.push(toBatch(gpuAt, length))
  }
  return batches
}

export function batchGpus(gpus: readonly OnlineGpu[]): GpuBatch {
  return toBatch((index) => gpus[index] as OnlineGpu, gpus.length)
}

function toBatch(gpuAt: (index: number) => OnlineGpu, length: number): GpuBatch {
  const { pool, order, node, cordoned, given, held } = gpuAt(0)
  const { model } = pool
  const { nextOf } = model.tables.states
  let state = 0
  for (const { place } of held) state = nextOf(state)[place] ?? -1
  const isSame = (given.cordoned ?? false) === cordoned
  const instances = listInstances(gpuAt(0))
  let kept: KeptGpus | null = null
  return {
    entry: { model, gpu: isSame ? given : { ...given, cordoned }, state, position: order, node },
    instances,
    first: order,
    length,
    positionAt: (index) => (kept?.gpus[index] ?? gpuAt(index)).order,
    read: (index) => {
      const gpu = kept?.gpus[index] ?? gpuAt(index)
      const read = kept === null ? listInstances(gpu) : withHolders(instances, kept.holders, index)
      return { name: gpu.name, node: gpu.given.node ?? null, instances: read }
    },
    keep: () => {
      kept ??= keepGpus(gpuAt, length, instances)
    },
  }
}

/** What a running fleet may change of the GPUs of a batch: nothing else of them differs from the first one. */
interface KeptGpus {
  readonly gpus: readonly OnlineGpu[]
  /** One after the other, in the order of their places. */
  readonly holders: readonly (string | null)[]
}

function keepGpus(
  gpuAt: (index: number) => OnlineGpu,
  length: number,
  instances: readonly PlacedInstance[],
): KeptGpus {
  const gpus = new Array<OnlineGpu>(length)
  const holders = new Array<string | null>(length * instances.length)
  let last = 0
  for (let index = 0; index < length; index += 1) {
    const gpu = gpuAt(index)
    gpus[index] = gpu
    for (const { place } of instances) {
      holders[last] = gpu.held.find((each) => each.place === place.number)?.request ?? null
      last += 1
    }
  }
  return { gpus, holders }
}

function withHolders(
  instances: readonly PlacedInstance[],
  holders: readonly (string | null)[],
  index: number,
): readonly PlacedInstance[] {
  return instances.map(({ place, given }, number) => {
    const { id: _id, expectedEnd: _expectedEnd, since: _since, ...rest } = given
    const id = holders[index * instances.length + number] ?? null
    return { place, given: id === null ? rest : { ...rest, id } }
  })
}

function listInstances({ held, pool }: OnlineGpu): readonly PlacedInstance[] {
  return held
    .flatMap((holding): PlacedInstance[] => {
      const place = pool.model.tables.places[holding.place]
      const given = toInstance(holding)
      return place === undefined || given === null ? [] : [{ place, given }]
    })
    .sort((a, b) => a.place.number - b.place.number)
}
