import type { Geometry } from '../../../types/model/geometry.js'
import type { NeedName, NoProfileReason } from '../../../types/solver/choose-profile.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { compileGeometry } from '../tables/tables.js'

const needNames: Readonly<Record<NeedName, string>> = {
  memoryMiB: 'MiB of memory',
  computeSlices: 'compute slices',
  multiprocessors: 'multiprocessors',
  copy: 'copy engines',
  decoder: 'video decoders',
  encoder: 'video encoders',
  jpeg: 'JPEG engines',
  ofa: 'optical flow engines',
}

/** Why no profile serves, in words, to stand after a colon. */
export function describeNoProfile(reason: NoProfileReason, gpu: Geometry | GeometryTables): string {
  const { profileById } = compileGeometry(gpu)
  const name = (id: number): string => profileById.get(id)?.profile.name ?? `profile ${id}`
  switch (reason.kind) {
    case 'too-much':
      return `${reason.wanted} ${needNames[reason.need]} needed; no profile of this GPU has more than ${reason.available}`
    case 'not-together': {
      const lacks = reason.lacks.map(
        ({ profileId, needs }) =>
          `${name(profileId)} (${needs.map((need) => needNames[need]).join(', ')})`,
      )
      return `every profile has too little of something: ${lacks.join(', ')}`
    }
    case 'no-place':
      return `${reason.profileIds.map(name).join(', ')} would serve, but have no free place`
    default:
      return reason satisfies never
  }
}
