import { listDifferences } from './list-differences.js'

/**
 * Of the live GPU instances of a GPU: ids by place, capacity, and the profiles of compute instances
 * inside, which NVML tells only of a GPU instance that exists.
 */
export function compareGpuInstances(gpu, profiles, idsBySpan) {
  return [
    ...compareIds(gpu.gpuInstances, idsBySpan),
    ...compareCapacities(gpu, profiles),
    ...gpu.gpuInstances.flatMap((instance) => {
      const profile = profiles.find(({ id }) => id === instance.profileId)
      return profile === undefined ? [] : compareComputeProfiles(instance, profile)
    }),
  ]
}

const spanOf = ({ start, size }) => `${start}:${size}`

/** A board has one of two numberings of places; all its instances must follow the same one. */
function compareIds(gpuInstances, idsBySpan) {
  if (idsBySpan === undefined || idsBySpan === null || gpuInstances.length === 0) return []
  const maps = [idsBySpan.identity, idsBySpan.halvesSwapped].filter((map) => map)
  const follows = (map) => gpuInstances.every(({ id, placement }) => map[spanOf(placement)] === id)
  if (maps.some(follows)) return []
  const driver = Object.fromEntries(
    gpuInstances.map(({ id, placement }) => [spanOf(placement), id]),
  )
  const expected = (map) =>
    Object.fromEntries(Object.keys(driver).map((span) => [span, map[span] ?? null]))
  return [{ what: 'GPU instance ids by place', catalog: maps.map(expected), driver }]
}

/**
 * Room left = placements that overlap no live GPU instance, at most instanceCount less the live ones
 * of the profile. This is a rule inferred from a few captures, so a deviation is worth knowing.
 */
function compareCapacities(gpu, profiles) {
  const live = gpu.gpuInstances
  return gpu.profiles.flatMap(({ index, info, remainingCapacity }) => {
    const profile = profiles.find(({ enumIndex }) => enumIndex === index)
    if (profile?.placements == null || remainingCapacity?.value === undefined) return []
    const free = profile.placements.filter(
      (place) => !live.some(({ placement }) => overlaps(place, placement)),
    )
    const same = live.filter(({ profileId }) => profileId === info.value.id)
    const room = Math.min(free.length, Math.max(0, profile.instanceCount - same.length))
    return listDifferences([
      [`profile ${profile.name}: remaining capacity`, room, remainingCapacity.value],
    ])
  })
}

function overlaps(left, right) {
  return left.start < right.start + right.size && right.start < left.start + left.size
}

const fields = [
  'id',
  'sliceCount',
  'instanceCount',
  'multiprocessorCount',
  'sharedCopyEngineCount',
  'sharedDecoderCount',
  'sharedEncoderCount',
  'sharedJpegCount',
  'sharedOfaCount',
]

function compareComputeProfiles(instance, profile) {
  const answered = instance.computeProfiles.filter(({ info }) => info.value !== undefined)
  const known = profile.computeInstanceProfiles ?? []
  const found = known.flatMap((compute) => {
    const twin = answered.find(({ index }) => index === compute.enumIndex)
    if (twin === undefined) return [{ what: compute.name, catalog: true, driver: false }]
    const { value: info } = twin.info
    const differences = listDifferences([
      ...fields.map((field) => [field, compute[field], info[field]]),
      ['name', compute.name, info.name?.replace(/^MIG /, '')],
      ['placements', compute.placements, twin.placements.value],
    ])
    return differences.map((each) => ({ ...each, what: `${compute.name}: ${each.what}` }))
  })
  const unknown = answered
    .filter(({ index }) => !known.some(({ enumIndex }) => enumIndex === index))
    .map(({ index, info }) => ({ what: `index ${index}`, catalog: null, driver: info.value }))
  return [...found, ...unknown].map((each) => ({
    ...each,
    what: `compute instance profile in ${profile.name}: ${each.what}`,
  }))
}
