import type { FleetPlacement } from '../../../types/fleet/pack.js'
import { placeOf } from '../../solver/tables/tables.js'
import { requireText } from '../model/check-form.js'
import { invalid } from '../model/invalid.js'
import type { ExpectedEnds } from './expected-ends.js'
import type { Holding, OnlineGpu } from './fleet-state.js'
import type { HeldRequests } from './held-requests.js'
import { describeHolding, makeHolding, makeIdle, occupy, vacate } from './holding.js'
import { createNameIndex } from './name-index.js'
import type { PlacedRules } from './placed-rules.js'
import type { TraceLog } from './trace-log.js'

/** All holdings, by name. */
export interface Holdings {
  readonly count: () => number
  readonly has: (id: string) => boolean
  readonly get: (id: string) => Holding | undefined
  /** Those with a name. */
  readonly all: () => Iterable<Holding>
  /** Enters what a new GPU holds, before searches find the GPU. Returns a name of it that is in use; null: none is. */
  readonly adopt: (gpu: OnlineGpu) => string | null
  readonly add: (holding: Holding) => void
  readonly drop: (holding: Holding) => void
  /** Takes it off its GPU. Its name stays in use. */
  readonly park: (holding: Holding) => void
  /** Brings back what was parked. */
  readonly unpark: (holding: Holding, to: Pick<Holding, 'gpu' | 'place'>) => void
  readonly isParked: (holding: Holding) => boolean
  readonly release: (id: string) => readonly FleetPlacement[]
  /** The instances stay, idle. Throws for one that is planned. */
  readonly releaseIdle: (
    id: string,
    isPlanned: (holding: Holding) => boolean,
  ) => readonly FleetPlacement[]
}

export function createHoldings(
  rules: PlacedRules,
  requests: HeldRequests,
  ends: ExpectedEnds,
  trace: TraceLog | null,
): Holdings {
  // Only what has a name enters.
  const byName = createNameIndex<Holding>(({ request }) => request ?? '')
  const parked = new Set<Holding>()

  /** False: its name is in use. */
  const enter = (holding: Holding): boolean => {
    const { request } = holding
    const isNew = request === null || byName.set(holding)
    if (request !== null) requests.enter(request, holding.asked)
    rules.add(holding)
    return isNew
  }
  const drop = (holding: Holding): void => {
    const { request } = holding
    if (request !== null) {
      byName.delete(request)
      requests.leave(request, holding.asked)
    }
    trace?.left(holding)
    if (parked.delete(holding)) return
    rules.remove(holding)
    vacate(holding)
  }

  const add = (holding: Holding): void => {
    occupy(holding)
    enter(holding)
  }

  const findReleased = (id: string): readonly Holding[] => {
    requireText(id, ['id'])
    const members = requests.membersOf(id) ?? [id]
    return members.map((member) => {
      const holding = byName.get(member)
      if (holding === undefined) throw invalid(['id'], `is ${id}, which holds nothing`)
      return holding
    })
  }
  const releaseAll = (released: readonly Holding[]): readonly FleetPlacement[] => {
    const placements = released.filter((each) => !parked.has(each)).map(describeHolding)
    for (const holding of released) {
      if (holding.stay !== null) ends.ended(holding.stay)
      drop(holding)
    }
    return placements
  }

  return {
    count: byName.size,
    has: (id) => byName.get(id) !== undefined || requests.owns(id),
    get: byName.get,
    all: byName.values,
    adopt: (gpu) => {
      const { heldBy, layout = [] } = gpu.given
      const found: Holding[] = []
      for (const instance of layout) {
        const { id = null, plan } = instance
        // The plan of a snapshot is given up.
        if (plan === 'room' || plan === 'instance') continue
        const place = placeOf(gpu.pool.model.tables, instance)?.number ?? -1
        const stay = ends.enter(instance.expectedEnd, instance.since)
        const rest = plan === undefined ? instance : { labels: instance.labels ?? [] }
        found.push(makeHolding({ gpu, place }, id, { asked: requests.find(id), stay }, rest))
      }
      if (heldBy !== undefined) {
        const whole = { asked: requests.find(heldBy), stay: null }
        found.push(makeHolding({ gpu, place: -1 }, heldBy, whole, {}))
      }
      // A copy has no space for more, which a million lists would waste.
      gpu.held = found.slice()
      let repeated: string | null = null
      for (const holding of found) {
        if (!enter(holding)) repeated ??= holding.request
        trace?.came(holding)
      }
      return repeated
    },
    add,
    drop,
    park: (holding) => {
      rules.remove(holding)
      vacate(holding)
      parked.add(holding)
    },
    unpark: (holding, { gpu, place }) => {
      parked.delete(holding)
      holding.gpu = gpu
      holding.place = place
      occupy(holding)
      rules.add(holding)
    },
    isParked: (holding) => parked.has(holding),
    release: (id) => releaseAll(findReleased(id)),
    releaseIdle: (id, isPlanned) => {
      const released = findReleased(id)
      if (released.some(isPlanned))
        throw invalid(['id'], `is ${id}, which a plan moves, so nothing of it can be kept`)
      const placements = releaseAll(released)
      for (const holding of released) if (holding.place >= 0) add(makeIdle(holding))
      return placements
    },
  }
}
