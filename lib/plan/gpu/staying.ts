import type { ComputeInstance, GpuProcess } from '../../../types/model/state.js'
import type { Partition } from '../../../types/solver/layout.js'
import { listKeptDevices } from '../../model/kept-devices.js'
import { sum } from '../../model/numbers.js'
import { listPlacedDevices, type PlacedDevice } from '../../model/state.js'
import type { WantedGpu } from '../../model/wanted.js'
import { disturbanceOf } from './disturbance.js'
import type { GpuPlanResult } from './planning.js'

type Plan = (wanted: WantedGpu) => GpuPlanResult

/**
 * Plans for an entry that says what stays. `keep` pins devices and counts them towards the wanted ones;
 * `at-least` lets others stay unless they are in the way. The plan destroys the least possible.
 */
export function planWithStaying(
  wanted: WantedGpu,
  processes: readonly GpuProcess[],
  plan: Plan,
): GpuPlanResult {
  const there = wanted.gpu.mig?.enabled === true ? listPlacedDevices(wanted.gpu) : []
  const kept = listKeptDevices(wanted.gpu, wanted.keep, processes)
  const pinned: ReadonlySet<ComputeInstance> = new Set(
    kept.map(({ computeInstance }) => computeInstance),
  )
  const base = largerCounts(wanted.wanted, countSizes(kept))
  const asked = { ...wanted, pinned }
  if (wanted.atLeast !== true) return plan({ ...asked, wanted: base })
  const surplus = beyond(countSizes(there), base)
  return bestOf(surplus, (staying) => plan({ ...asked, wanted: [...base, ...staying] }))
}

function countSizes(devices: readonly PlacedDevice[]): Partition {
  return largerCounts(
    [],
    devices.map(({ gpuInstance: { profileId }, computeInstance: { sliceCount } }) => {
      const isSame = ({ gpuInstance, computeInstance }: PlacedDevice): boolean =>
        gpuInstance.profileId === profileId && computeInstance.sliceCount === sliceCount
      return { profileId, sliceCount, count: devices.filter(isSame).length }
    }),
  )
}

/** The larger of two counts for each size. */
function largerCounts(partition: Partition, least: Partition): Partition {
  const sizes = new Map<string, Partition[number]>()
  for (const size of [...partition, ...least]) {
    const key = `${size.profileId}/${size.sliceCount}`
    const known = sizes.get(key)
    if (known === undefined || known.count < size.count) sizes.set(key, size)
  }
  return [...sizes.values()]
}

/** What is present beyond the wanted counts. */
function beyond(there: Partition, base: Partition): Partition {
  return there.flatMap((size) => {
    const asked = base.find(
      ({ profileId, sliceCount }) => profileId === size.profileId && sliceCount === size.sliceCount,
    )
    const count = size.count - (asked?.count ?? 0)
    return count > 0 ? [{ ...size, count }] : []
  })
}

/** Tries every part of the surplus, larger ones first, until no further part can lose less. */
function bestOf(surplus: Partition, plan: (staying: Partition) => GpuPlanResult): GpuPlanResult {
  const total = sizeOf(surplus)
  let best: {
    readonly result: GpuPlanResult
    readonly cost: number
    readonly lost: number
  } | null = null
  let last: GpuPlanResult | null = null
  for (const staying of listParts(surplus)) {
    // Every surplus device that does not stay is lost.
    if (best !== null && total - sizeOf(staying) > best.lost) break
    last = plan(staying)
    if (last.kind !== 'plan') continue
    const cost = disturbanceOf(last.plan)
    const lost = last.plan.steps.filter(({ kind }) => kind === 'destroy-compute-instance').length
    if (best === null || cost < best.cost) best = { result: last, cost, lost }
  }
  return best?.result ?? last ?? plan([])
}

function sizeOf(partition: Partition): number {
  return sum(partition.map(({ count }) => count))
}

function listParts(surplus: Partition): readonly Partition[] {
  let parts: Partition[] = [[]]
  for (const size of surplus) {
    parts = parts.flatMap((part) =>
      Array.from({ length: size.count + 1 }, (_, count) =>
        count === 0 ? part : [...part, { ...size, count }],
      ),
    )
  }
  return parts.toSorted((a, b) => sizeOf(b) - sizeOf(a))
}
