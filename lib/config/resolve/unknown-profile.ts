import type { Geometry, GpuInstanceProfile } from '../../../types/model/geometry.js'
import { findNearest } from '../../model/nearest.js'
import {
  compareProfileNames,
  type ProfileNameParts,
  parseProfileName,
} from '../../model/profile-names.js'
import { listProfileNames } from './resolve-profile.js'

/** Continues the path `mig-configs.x[0].mig-devices["2g.20gb"]`. */
export function describeUnknownProfile(name: string, where: string, geometry: Geometry): string {
  const split = findSplitProfile(name, geometry)
  if (split !== null) {
    const names = listProfileNames({ profiles: [split] }).join(', ')
    return `does not exist on ${where}, which divides ${split.name} into ${names}`
  }
  const names = geometry.profiles.map((profile) => profile.name).toSorted(compareProfileNames)
  return `does not exist on ${where}, which has ${names.join(', ')}`
}

/** The GPU instance profile, if the GPU has it and only lacks a compute instance of this size in it. */
function findSplitProfile(name: string, geometry: Geometry): GpuInstanceProfile | null {
  const full = name.replace(/^\d+c\./, '')
  return full === name ? null : (geometry.profiles.find((profile) => profile.name === full) ?? null)
}

/** Prefers a profile with the same slices, because the memory in names differs between GPUs. */
export function suggestProfile(name: string, geometry: Geometry): string | null {
  // The description already lists all parts.
  if (findSplitProfile(name, geometry) !== null) return null
  const names = listProfileNames(geometry)
  const wanted = parseProfileName(name)
  const sameSlices = names.filter((other) => {
    const parts = parseProfileName(other)
    return wanted !== null && parts !== null && shapeOf(parts) === shapeOf(wanted)
  })
  if (sameSlices.length > 0) return `${sameSlices.join(' or ')} has the same slices as ${name}.`
  const nearest = findNearest(name, names)
  return nearest === null ? null : `did you mean ${nearest}?`
}

function shapeOf({ computeSlices, slices, added, removed }: ProfileNameParts): string {
  return JSON.stringify([computeSlices, slices, added.toSorted(), removed.toSorted()])
}
