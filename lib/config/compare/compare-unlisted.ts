import type { Geometry } from '../../../types/model/geometry.js'
import type { AnyGpuState, GpuProcess, UnlistedGpuState } from '../../../types/model/state.js'
import { groupBy } from '../../model/group-by.js'
import { seesEverySize } from '../../model/unlisted.js'
import type { WantedGpu } from '../../model/wanted.js'
import { fits } from '../../solver/placing/fits.js'
import { countSizes, describeSize, type SizeCount, sizesOf } from './compare-counts.js'

/**
 * `compareGpu` for a GPU whose instances the driver does not list to this process. It compares the MIG
 * devices that the process sees, and returns what certainly differs. An empty list: the GPU is certainly
 * as wanted; null: it may or may not be.
 */
export function compareUnlisted(
  wanted: WantedGpu<AnyGpuState>,
  gpu: UnlistedGpuState,
  processes: readonly GpuProcess[],
): readonly string[] | null {
  const { placements } = wanted
  const asked = placements === undefined ? wanted : { ...wanted, wanted: sizesOf(placements) }
  const complete = seesEverySize(gpu)
  const verdicts = countSizes(asked, gpu, processes).map((size) => ({
    size,
    verdict: judge(size, wanted, complete),
  }))
  const differing = verdicts.filter(({ verdict }) => verdict === 'differs')
  if (differing.length > 0) return differing.map(({ size }) => describeSize(size))
  const known =
    placements === undefined &&
    verdicts.every(({ verdict }) => verdict === 'same') &&
    !mayHaveMore(gpu, wanted.geometry)
  return known ? [] : null
}

type Verdict = 'same' | 'differs' | 'unknown'

/** `complete`: no device is hidden. Otherwise the numbers of present and of kept devices are lower bounds. */
function judge(
  { present, least }: SizeCount,
  { atLeast, keep }: WantedGpu<AnyGpuState>,
  complete: boolean,
): Verdict {
  // Processes that this one cannot see may use any device, so any device may stay.
  const surplus = keep === 'busy' ? 'unknown' : 'differs'
  if (present < least) return complete ? 'differs' : 'unknown'
  if (atLeast === true) return 'same'
  if (present > least) return surplus
  return complete ? 'same' : 'unknown'
}

/**
 * Whether the GPU may have a GPU instance without a compute instance, which no process sees. It has none if
 * no layout of the visible ones has space for another.
 */
function mayHaveMore(gpu: UnlistedGpuState, geometry: Geometry | null): boolean {
  if (geometry === null || !seesEverySize(gpu)) return true
  const instances = [...groupBy(gpu.migDevices, ({ gpuInstanceId }) => gpuInstanceId).values()]
  const seen = instances.flatMap(([device]) => device?.profileId ?? [])
  return geometry.profiles.some(({ id }) => canHold(geometry, [...seen, id]))
}

function canHold(geometry: Geometry, profileIds: readonly number[]): boolean {
  const partition = [...groupBy(profileIds, (id) => id)].flatMap(([profileId, same]) => {
    const profile = geometry.profiles.find(({ id }) => id === profileId)
    return profile === undefined
      ? []
      : [{ profileId, sliceCount: profile.sliceCount, count: same.length }]
  })
  return fits(geometry, [], partition).fits
}
