import type { Geometry } from '../../../types/model/geometry.js'
import type { LayoutFault, PlacedGpuInstance } from '../../../types/solver/layout.js'

/** The rule that placements break. Continues after the place in the document. */
export function describeFault(fault: LayoutFault, { profiles }: Geometry): string {
  const name = (id: number): string =>
    profiles.find((profile) => profile.id === id)?.name ?? `profile ${id}`
  const where = ({ profileId, placement }: PlacedGpuInstance): string =>
    `${name(profileId)} at ${placement.start}:${placement.size}`
  switch (fault.kind) {
    case 'unknown-profile':
      return `have a profile that the GPU does not have: ${name(fault.instance.profileId)}`
    case 'unknown-placement':
      return `have a place that the GPU does not have: ${where(fault.instance)}`
    case 'overlap':
      return `overlap: ${where(fault.instances[0])} and ${where(fault.instances[1])}`
    case 'profile-maximum':
      return `have ${fault.count} of ${name(fault.profileId)}; the GPU takes ${fault.available}`
    case 'compute-slices':
      return `have ${fault.count} compute slices; the GPU has ${fault.available}`
    case 'engines':
      return `have ${fault.count} ${fault.engine} engines; the GPU has ${fault.available}`
    case 'compute-instances':
      return `have compute instances that do not fit together in ${where(fault.instance)}`
    default:
      return fault satisfies never
  }
}
