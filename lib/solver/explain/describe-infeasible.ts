import type { Geometry } from '../../../types/model/geometry.js'
import type { InfeasibleReason } from '../../../types/solver/explain.js'
import type { Partition, PlacedGpuInstance } from '../../../types/solver/layout.js'
import { copyPlain } from '../../model/copy-plain.js'
import { computeInstanceName } from '../../model/profile-names.js'
import { checkPartitionShape } from '../tables/check-input.js'

const engineNames = {
  copy: 'copy engines',
  decoder: 'video decoders',
  encoder: 'video encoders',
  jpeg: 'JPEG engines',
  ofa: 'optical flow engines',
} as const

/**
 * A reason in words, to stand after a colon: `the devices need 13 compute slices; this GPU has 7`.
 */
export function describeInfeasible(reason: InfeasibleReason, geometry: Geometry): string {
  const name = (profileId: number): string => profileName(geometry, profileId)
  switch (reason.kind) {
    case 'unknown-profile': {
      const names = geometry.profiles.map((profile) => profile.name)
      return `this GPU has no profile ${reason.profileId}; it has ${names.join(', ')}`
    }
    case 'compute-profile': {
      const sizes = joinWords(reason.available.map(String), 'or')
      return `a ${name(reason.profileId)} cannot have compute instances of ${reason.sliceCount} slices, only of ${sizes}`
    }
    case 'compute-slices':
      return `the devices need ${reason.wanted} compute slices; this GPU has ${reason.available}`
    case 'memory-units':
      return `the devices need ${reason.wanted} memory units; this GPU has ${reason.available}`
    case 'profile-maximum':
      return `${reason.wanted} × ${name(reason.profileId)} needed; this GPU takes at most ${reason.available}`
    case 'engines':
      return `the devices need ${reason.wanted} ${engineNames[reason.engine]}; this GPU has ${reason.available}`
    case 'pinned-unwanted': {
      const places = reason.instances.map((instance) => describeInstance(instance, geometry))
      return `must stay, but not all of them are wanted: ${places.join(', ')}`
    }
    case 'no-start': {
      const starts = reason.starts.map(({ start, blockedBy }) =>
        blockedBy.length === 0
          ? `${start} cannot be used`
          : `${start} is taken by ${joinWords(
              blockedBy.map((instance) => describeInstance(instance, geometry)),
              'and',
            )}`,
      )
      const { profileIds, pinned } = reason.conflict
      const members = [
        ...countNames(profileIds.map(name)),
        ...pinned.map((instance) => `the pinned ${describeInstance(instance, geometry)}`),
      ]
      const place = starts.length === 0 ? 'it has none' : starts.join('; ')
      return `no start is left for ${name(reason.profileId)} (${place}); ${joinWords(members, 'and')} do not fit together`
    }
    default:
      return reason satisfies never
  }
}

/**
 * `2 × 1g.5gb, 1 × 1c.3g.20gb`, or `nothing` for an empty partition. Throws `MIG_SOLVER_INPUT` for a
 * value that is no partition.
 */
export function describePartition(partition: Partition, geometry: Geometry): string {
  const own = copyPlain(partition)
  checkPartitionShape(own)
  const parts = own.map(({ profileId, sliceCount, count }) => {
    const profile = geometry.profiles.find((entry) => entry.id === profileId)
    const name =
      profile === undefined ? `profile ${profileId}` : computeInstanceName(profile, sliceCount)
    return `${count} × ${name}`
  })
  return parts.length === 0 ? 'nothing' : parts.join(', ')
}

function describeInstance({ profileId, placement }: PlacedGpuInstance, geometry: Geometry): string {
  return `${profileName(geometry, profileId)} at ${placement.start}:${placement.size}`
}

function profileName(geometry: Geometry, profileId: number): string {
  const profile = geometry.profiles.find((entry) => entry.id === profileId)
  return profile?.name ?? `profile ${profileId}`
}

function countNames(names: readonly string[]): readonly string[] {
  return [...new Set(names)].map(
    (name) => `${names.filter((other) => other === name).length} × ${name}`,
  )
}

function joinWords(words: readonly string[], last: 'and' | 'or'): string {
  if (words.length <= 1) return words[0] ?? 'nothing'
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}
