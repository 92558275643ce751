import type { Geometry } from '../../types/model/geometry.js'
import type { AnyGpuState, GpuProcess, UnlistedGpuState } from '../../types/model/state.js'
import { groupBy } from '../model/group-by.js'
import { seesEverySize } from '../model/unlisted.js'
import type { WantedGpu } from '../model/wanted.js'
import { fits } from '../solver/placing/fits.js'
import { countSizes, describeSize, type SizeCount, sizesOf } from './compare-counts.js'

/**
 * `compareGpu` where the driver lists no instances to this process, from the MIG devices that it sees: what
 * surely differs; nothing where the GPU surely is as wanted; null where it may be or not.
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

/** `complete`: no device is hidden. Where one may be, what is present and what stays are lower bounds. */
function judge(
  { present, least }: SizeCount,
  { atLeast, keep }: WantedGpu<AnyGpuState>,
  complete: boolean,
): Verdict {
  // What is in use may be in use by processes that cannot be seen: any device that is there may stay.
  const surplus = keep === 'busy' ? 'unknown' : 'differs'
  if (present < least) return complete ? 'differs' : 'unknown'
  if (atLeast === true) return 'same'
  if (present > least) return surplus
  return complete ? 'same' : 'unknown'
}

/**
 * Whether the GPU may have a GPU instance without a compute instance, which nobody sees: it has none where
 * no layout of those that are seen leaves room for another.
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
