import type { GpuProcess, GpuUuid } from '../../../types/model/state.js'
import { cached } from '../../model/cached.js'
import type { WantedGpu, WantedMachine, WantedSpread, WantedSpreadGpu } from '../../model/wanted.js'
import { costOfResult } from '../gpu/disturbance.js'
import { planGpu } from '../gpu/plan-gpu.js'
import type { PlanningOptions } from '../gpu/planning.js'
import { spreadError } from './explain-spread.js'
import { type Counts, listTables, listWeights, partitionOfCounts } from './spread-counts.js'
import { createSpreadFit } from './spread-fit.js'
import { type SpreadCost, searchSpread } from './spread-search.js'

type Processes = ReadonlyMap<GpuUuid, readonly GpuProcess[]>

/**
 * Spreads devices over a set of GPUs so that the least changes on the whole. Exact. Throws
 * `MIG_PARTITION_INFEASIBLE` with the smallest part of the request that the GPUs cannot hold.
 */
export function spreadDevices(
  machine: Pick<WantedMachine, 'config' | 'locate'>,
  spread: WantedSpread,
  processes: Processes,
  options: PlanningOptions,
): readonly WantedGpu[] {
  const tables = listTables(spread)
  const fitsFrom = createSpreadFit(tables, listWeights(spread))
  const wanted = spread.sizes.map(({ count }) => count)
  const gpus = spread.count ?? spread.gpus.length
  if (gpus > spread.gpus.length || !fitsFrom(0, wanted, gpus)) {
    throw spreadError(machine, spread, fitsFrom)
  }
  const search = (around: Processes): ReturnType<typeof searchSpread> =>
    searchSpread(spread, tables, fitsFrom, createCost(around, options))
  // If processes leave no way, plan the best spread without them; planning it then reports the processes.
  const shares = search(processes) ?? search(new Map())
  if (shares === null) throw spreadError(machine, spread, fitsFrom)
  return spread.gpus.flatMap((gpu, index) => {
    const taken = shares[index] ?? null
    return taken === null ? [] : [withCounts(gpu, taken)]
  })
}

function withCounts(gpu: WantedSpreadGpu, counts: Counts): WantedGpu {
  return { ...gpu.gpu, wanted: partitionOfCounts(gpu, counts) }
}

/** Plans each kind of GPU once for each counts. */
function createCost(processes: Processes, options: PlanningOptions): SpreadCost {
  const known = new Map<string, number>()
  const kindOf = new Map<WantedSpreadGpu, string>()
  return (gpu, counts) => {
    const users = processes.get(gpu.gpu.gpu.uuid) ?? []
    const kind = cached(kindOf, gpu, () => describeKind(gpu, users))
    return cached(known, `${counts.join()} ${kind}`, () => {
      const result = planGpu(withCounts(gpu, counts), users, options)
      return result.kind === 'plan' ? costOfResult(result) : Number.POSITIVE_INFINITY
    })
  }
}

function describeKind({ gpu, sizes }: WantedSpreadGpu, users: readonly GpuProcess[]): string {
  const { mig, gpuInstances, uuid } = gpu.gpu
  const own = users.length > 0 || Array.isArray(gpu.keep) ? uuid : ''
  const instances = gpuInstances.map(({ profileId, placement, computeInstances }) => [
    profileId,
    placement.start,
    ...computeInstances.map((part) => [part.profileId, part.placement?.start ?? -1]),
  ])
  return JSON.stringify([own, mig, instances, sizes, gpu.geometry])
}
