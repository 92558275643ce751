import { compareCapacities } from './compare-capacities.js'
import { listDifferences } from './list-differences.js'

/**
 * Of the live GPU instances of a GPU: ids by place, capacity, and the profiles of compute instances
 * inside, which NVML tells only of a GPU instance that exists.
 */
export function compareGpuInstances(gpu, entry) {
  const profiles = entry.gpuInstanceProfiles ?? []
  return [
    ...compareIds(gpu.gpuInstances, entry.giIdBySpan),
    ...compareCapacities(gpu, profiles, entry.engines),
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
