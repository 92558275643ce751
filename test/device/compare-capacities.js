import { listDifferences } from './list-differences.js'

const engineFields = [
  ['copy', 'copyEngineCount'],
  ['decoder', 'decoderCount'],
  ['encoder', 'encoderCount'],
  ['jpeg', 'jpegCount'],
  ['ofa', 'ofaCount'],
]

/**
 * Room left = placements that overlap no live GPU instance, at most instanceCount less the live ones
 * of the profile, at most what the free engines do for. This is a rule inferred from a few captures,
 * so a deviation is worth knowing.
 */
export function compareCapacities(gpu, profiles, engines) {
  // Where a list is refused, what takes up the room is not known.
  if (gpu.profiles.some(({ gpuInstances }) => gpuInstances?.error !== undefined)) return []
  const live = gpu.gpuInstances.map(({ profileId, placement }) => ({
    placement,
    profile: profiles.find(({ id }) => id === profileId),
  }))
  return gpu.profiles.flatMap(({ index, remainingCapacity }) => {
    const profile = profiles.find(({ enumIndex }) => enumIndex === index)
    if (profile?.placements == null || remainingCapacity?.value === undefined) return []
    const room = roomFor(profile, live, engines)
    return listDifferences([
      [`profile ${profile.name}: remaining capacity`, room, remainingCapacity.value],
    ])
  })
}

function roomFor(profile, live, engines) {
  const free = profile.placements.filter(
    (place) => !live.some(({ placement }) => overlaps(place, placement)),
  )
  const same = live.filter((instance) => instance.profile === profile)
  const limits = [free.length, profile.instanceCount - same.length]
  for (const [engine, field] of engineFields) {
    if (!(profile[field] > 0) || engines[engine] === null) continue
    const used = live.reduce((sum, instance) => sum + (instance.profile?.[field] ?? 0), 0)
    limits.push(Math.floor((engines[engine] - used) / profile[field]))
  }
  return Math.max(0, Math.min(...limits))
}

function overlaps(left, right) {
  return left.start < right.start + right.size && right.start < left.start + left.size
}
