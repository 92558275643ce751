import type { FleetCleared, FleetInstance, FleetPlacement } from '../../../types/fleet/pack.js'
import type { Holding, OnlineGpu } from './fleet-state.js'
import { noteChange } from './gpu-groups.js'
import { changeCapacity } from './pool-capacity.js'

const none: readonly string[] = []

export function makeHolding(
  at: Pick<Holding, 'gpu' | 'place'>,
  request: string | null,
  { asked, stay }: Pick<Holding, 'asked' | 'stay'>,
  {
    labels = none,
    pinned = false,
    idle = false,
  }: Pick<FleetInstance, 'labels' | 'pinned' | 'idle'>,
): Holding {
  const { gpu, place } = at
  const all = asked?.labels === undefined ? labels : [...new Set([...labels, ...asked.labels])]
  return { request, gpu, place, pinned, idle, labels: all, asked, stay }
}

/** What stays at this place when nobody holds it any more. */
export function makeIdle(at: Pick<Holding, 'gpu' | 'place'>): Holding {
  return makeHolding(at, null, { asked: null, stay: null }, { idle: true })
}

/** Takes the place that the holding names, which is free. */
export function occupy(holding: Holding): void {
  const { gpu } = holding
  gpu.held.push(holding)
  changeCapacity(holding, 1)
  noteChange(gpu, holding)
}

export function vacate(holding: Holding): void {
  const { gpu } = holding
  gpu.held.splice(gpu.held.indexOf(holding), 1)
  changeCapacity(holding, -1)
  noteChange(gpu, holding)
}

/** In the order of places, which does not depend on what came first. */
export function listHeld({ held }: OnlineGpu): readonly Holding[] {
  return held.toSorted((a, b) => a.place - b.place)
}

export function describeHolding({ request, gpu, place }: Holding): FleetPlacement {
  const { tables } = gpu.pool.model
  const at = tables.places[place]
  const profile = at === undefined ? undefined : tables.profiles[at.profilePosition]
  return {
    request,
    entry: 0,
    gpu: gpu.name,
    node: gpu.given.node ?? null,
    profileId: profile?.profile.id ?? null,
    placement: at?.placement ?? null,
  }
}

export function describeCleared(holding: Holding): FleetCleared {
  const { gpu, node, profileId, placement } = describeHolding(holding)
  if (profileId === null || placement === null) throw new Error('what is idle is an instance')
  return { gpu, node, profileId, placement }
}

/** As an entry of `FleetGpu.layout`; null: it is a whole GPU. */
export function toInstance(holding: Holding): FleetInstance | null {
  const { request, gpu, place, pinned, idle, labels, stay } = holding
  const { tables } = gpu.pool.model
  const at = tables.places[place]
  const profile = at === undefined ? undefined : tables.profiles[at.profilePosition]?.profile
  if (at === undefined || profile === undefined) return null
  return {
    profileId: profile.id,
    placement: at.placement,
    ...(request !== null && { id: request }),
    ...(pinned && { pinned }),
    ...(idle && { idle }),
    ...(labels.length > 0 && { labels }),
    ...(stay !== null && { expectedEnd: stay.ends, since: stay.since }),
  }
}
