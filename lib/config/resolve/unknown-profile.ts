import type { Geometry, GpuInstanceProfile } from '../../../types/model/geometry.js'
import { findNearest } from '../../model/nearest.js'
import {
  compareProfileNames,
  type ProfileNameParts,
  parseProfileName,
} from '../../model/profile-names.js'
import { listProfileNames } from './resolve-profile.js'

/** Continues `mig-configs.x[0].mig-devices["2g.20gb"]`. */
export function describeUnknownProfile(name: string, where: string, geometry: Geometry): string {
  const split = findSplitProfile(name, geometry)
  if (split !== null) {
    const names = listProfileNames({ profiles: [split] }).join(', ')
    return `does not exist on ${where}, which divides ${split.name} into ${names}`
  }
  const names = geometry.profiles.map((profile) => profile.name).toSorted(compareProfileNames)
  return `does not exist on ${where}, which has ${names.join(', ')}`
}

/** The GPU has this GPU instance profile, only not a compute instance of this size in it. */
function findSplitProfile(name: string, geometry: Geometry): GpuInstanceProfile | null {
  const full = name.replace(/^\d+c\./, '')
  return full === name ? null : (geometry.profiles.find((profile) => profile.name === full) ?? null)
}

/** The memory in a name differs between GPUs: the same slices with other memory are meant first. */
export function suggestProfile(name: string, geometry: Geometry): string | null {
  // The description lists all parts already.
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
