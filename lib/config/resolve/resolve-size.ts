import type { Geometry } from '../../../types/model/geometry.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import type { DeviceSize } from '../../model/wanted.js'
import { chooseProfile } from '../../solver/placing/choose-profile.js'
import type { SizeRequest } from '../document/entry.js'
import { resolveProfile } from './resolve-profile.js'

/** The size that a request means on one GPU; null if the GPU does not have it. */
export function resolveSize(
  size: SizeRequest,
  geometry: Geometry,
  gpu: AnyGpuState,
): DeviceSize | null {
  switch (size.kind) {
    case 'name':
      return resolveProfile(size.name, geometry, gpu)
    case 'id': {
      const profile = geometry.profiles.find(({ id }) => id === size.profileId)
      return profile === undefined
        ? null
        : { profileId: profile.id, sliceCount: profile.sliceCount }
    }
    case 'need': {
      const chosen = chooseProfile(geometry, size.need)
      return chosen.kind === 'none'
        ? null
        : { profileId: chosen.profileId, sliceCount: chosen.sliceCount }
    }
    default:
      return size satisfies never
  }
}

/** `1g.5gb`, `profile 19`, `a device with memory-mib: 9000, compute-slices: 2` */
export function describeSize(size: SizeRequest): string {
  switch (size.kind) {
    case 'name':
      return size.name
    case 'id':
      return `profile ${size.profileId}`
    case 'need': {
      const { memoryMiB, computeSlices, multiprocessors, engines = {} } = size.need
      const parts = {
        'memory-mib': memoryMiB,
        'compute-slices': computeSlices,
        multiprocessors,
        ...engines,
      }
      const given = Object.entries(parts).filter(([, amount]) => amount !== undefined)
      return `a device with ${given.map(([name, amount]) => `${name}: ${amount}`).join(', ')}`
    }
    default:
      return size satisfies never
  }
}
