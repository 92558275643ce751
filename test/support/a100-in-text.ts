import type { FleetGpu, FleetInstance } from '../../types/fleet/pack.js'
import { geometryOf } from './geometry.js'

const { profiles } = geometryOf('a100-40gb')

/**
 * An A100 of 40 GB with instances such as `small=1g.5gb@0`: the request that holds it, its profile and where it starts. Without
 * a request, it is pinned, and `idle=` makes it idle.
 */
export function a100(id: string, text: string): FleetGpu {
  return { id, model: 'A100-SXM4-40GB', layout: text.split(' ').map(readInstance) }
}

function readInstance(text: string): FleetInstance {
  const [, holder, name, start] = /^(?:(.+)=)?(.+)@(\d)$/.exec(text) ?? []
  const profile = profiles.find((each) => each.name === name)
  const placement = profile?.placements.find((each) => each.start === Number(start))
  if (profile === undefined || placement === undefined) throw new Error(text)
  const instance = { profileId: profile.id, placement }
  if (holder === 'idle') return { ...instance, idle: true }
  return holder === undefined ? { ...instance, pinned: true } : { ...instance, id: holder }
}
