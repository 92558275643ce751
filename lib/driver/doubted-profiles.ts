import type { Geometry } from '../../types/model/geometry.js'
import type { GpuInfo } from '../../types/model/state.js'
import { findMissingProfiles } from '../model/geometry.js'

// GPU instances are listed by profile: one that the driver leaves out once would hide its instances.

const complete = new WeakSet<Geometry>()

/** What a driver has left out before. Said again, it is believed: boards differ. */
const leftOut = new Set<string>()

/** Whether the driver leaves out profiles of a GPU for the first time, and is to be asked again. */
export function newlyLacksProfiles(gpu: GpuInfo, driverVersion: string): boolean {
  const { geometry, uuid } = gpu
  if (geometry !== null && complete.has(geometry)) return false
  const missing = findMissingProfiles(gpu, driverVersion)
  if (missing.length === 0) {
    if (geometry !== null) complete.add(geometry)
    return false
  }
  const said = `${uuid} ${driverVersion} ${missing}`
  if (leftOut.has(said)) return false
  leftOut.add(said)
  return true
}
