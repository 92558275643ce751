import { mulberry32 } from '../support/random.js'
import type { CatalogComputeProfile, CatalogGpu, CatalogProfile, Span } from './catalog.js'

export type Random = () => number

/** A small generator of its own, so that a failing configuration can be had again by its seed. */
export function seededRandom(seed: number): Random {
  const next = mulberry32(seed)
  return () => next() / 2 ** 32
}

/**
 * How many MIG devices of each name: feasible because it is read off a layout that was filled place
 * by place, by the rules of the catalog and nothing else.
 */
export function randomPartition(gpu: CatalogGpu, random: Random): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { profile } of placeProfiles(gpu, random))
    for (const name of randomDevices(profile, random)) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** The same with one compute instance in each GPU instance, as the device plugin needs it. */
export function randomFullPartition(
  gpu: CatalogGpu,
  random: Random,
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { profile } of placeProfiles(gpu, random))
    counts[profile.name] = (counts[profile.name] ?? 0) + 1
  return counts
}

interface Placed {
  readonly profile: CatalogProfile
  readonly place: Span
}

function placeProfiles(gpu: CatalogGpu, random: Random): readonly Placed[] {
  const placed: Placed[] = []
  const size = 1 + Math.floor(random() * gpu.computeSlices)
  for (let tries = 0; placed.length < size && tries < 40; tries++) {
    const profile = pick(gpu.gpuInstanceProfiles, random)
    const place = pick(profile.placements ?? [], random)
    const others = placed.map((spot) => spot.place)
    if (others.every((other) => disjoint(other, place)) && hasRoom(gpu, placed, profile))
      placed.push({ profile, place })
  }
  return placed
}

function hasRoom(
  gpu: CatalogGpu,
  placed: readonly { readonly profile: CatalogProfile }[],
  profile: CatalogProfile,
): boolean {
  const same = placed.filter((spot) => spot.profile === profile).length
  if (same === profile.instanceCount) return false
  const engines = [
    [gpu.engines.copy, 'copyEngineCount'],
    [gpu.engines.decoder, 'decoderCount'],
    [gpu.engines.encoder, 'encoderCount'],
    [gpu.engines.jpeg, 'jpegCount'],
    [gpu.engines.ofa, 'ofaCount'],
  ] as const
  return engines.every(([total, count]) => {
    const used = placed.reduce((sum, spot) => sum + (spot.profile[count] ?? 0), 0)
    return used + (profile[count] ?? 0) <= total
  })
}

// Mostly one compute instance as large as its GPU instance, as everybody has it.
function randomDevices(profile: CatalogProfile, random: Random): readonly string[] {
  const parts = profile.computeInstanceProfiles.filter(
    ({ sliceCount, enumIndex }) =>
      sliceCount < profile.sliceCount &&
      // Two profiles have one slice; a device's name does not tell them apart.
      enumIndex === Math.min(...sameSize(profile, sliceCount)),
  )
  if (parts.length === 0 || random() < 0.7) return [profile.name]
  const taken: { readonly part: CatalogComputeProfile; readonly place: Span }[] = []
  for (let tries = 0; tries < 6 || taken.length === 0; tries++) {
    const part = pick(parts, random)
    const place = pick(part.placements, random)
    const count = taken.filter((other) => other.part === part).length
    if (count < part.instanceCount && taken.every((other) => disjoint(other.place, place)))
      taken.push({ part, place })
  }
  return taken.map(({ part }) => `${part.sliceCount}c.${profile.name}`)
}

function sameSize(profile: CatalogProfile, sliceCount: number): readonly number[] {
  return profile.computeInstanceProfiles
    .filter((other) => other.sliceCount === sliceCount)
    .map((other) => other.enumIndex)
}

function disjoint(one: Span, other: Span): boolean {
  return one.start + one.size <= other.start || other.start + other.size <= one.start
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[Math.floor(random() * items.length)] as Item
}
