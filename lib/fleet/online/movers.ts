import type { FleetPlanPlace } from '../../../types/fleet/moves.js'
import type { FleetGivenUp } from '../../../types/fleet/online.js'
import type { FleetPlacement } from '../../../types/fleet/pack.js'
import { findBestPlace } from './best-place.js'
import type { FleetInside } from './fleet-inside.js'
import type { Holding } from './fleet-state.js'
import { describeHolding, occupy, vacate } from './holding.js'
import { findIdleAt } from './idle-instances.js'
import { isFree } from './pool-capacity.js'

type Place = Pick<Holding, 'gpu' | 'place'>

/** What a plan moves. A mover may be released at any time. */
export interface Movers {
  readonly isThere: (move: number) => boolean
  readonly isAt: (move: number, at: Place) => boolean
  readonly idOf: (move: number) => string | null
  readonly describe: (move: number) => FleetPlacement
  /** Null: it is stopped. */
  readonly placeOf: (move: number) => FleetPlanPlace | null
  /** The mover has no instance until it arrives somewhere. */
  readonly stop: (move: number) => void
  /** Returns the place that it has left. Null: it was stopped before. */
  readonly arrive: (move: number, at: Place) => Place | null
  /** Ends the plan for all. Those that are stopped get their old place, their new one, or any other. */
  readonly settle: () => FleetGivenUp['stopped']
}

export function createMovers(
  inside: FleetInside,
  movers: readonly Holding[],
  ends: readonly Place[],
): Movers {
  const { state, holdings, rules } = inside
  const stoppedAt = new Map<Holding, Place>()
  const moverOf = (move: number): Holding => movers[move] as Holding
  const isThere = (mover: Holding): boolean =>
    holdings.isParked(mover) || mover.gpu.held.includes(mover)
  /** Demand counts what is pinned apart, so it leaves and comes back. */
  const pin = (mover: Holding, pinned: boolean): void => {
    const isPlaced = mover.gpu.held.includes(mover)
    if (isPlaced) vacate(mover)
    mover.pinned = pinned
    if (isPlaced) occupy(mover)
  }
  for (const mover of movers) {
    state.planned.set(mover, 'moving')
    pin(mover, true)
  }

  const bringBack = (mover: Holding, end: Place | undefined): FleetPlacement | null => {
    const { asked } = mover
    const start = stoppedAt.get(mover)
    const isOpen = (at: Place | undefined): at is Place =>
      at !== undefined &&
      state.gpuByName.get(at.gpu.name) === at.gpu &&
      !at.gpu.cordoned &&
      isFree(at.gpu, at.place)
    const { model } = mover.gpu.pool
    const position = model.tables.places[start?.place ?? -1]?.profilePosition
    const options = state.models.list.map((each) =>
      each.tables === model.tables && position !== undefined ? [position] : [],
    )
    const request = asked ?? {}
    const search = {
      filter: asked === null ? null : rules.filterOf(asked),
      clearIdle: false,
      lasting: null,
    }
    const own = [start, end].find(isOpen)
    const other = own === undefined ? findBestPlace(state.pools, options, request, search) : null
    const to = own ?? other
    if (to === null) {
      holdings.drop(mover)
      return null
    }
    for (const idle of other?.gone ?? []) holdings.drop(idle)
    holdings.unpark(mover, to)
    return describeHolding(mover)
  }

  return {
    isThere: (move) => isThere(moverOf(move)),
    isAt: (move, { gpu, place }) => {
      const mover = moverOf(move)
      return !holdings.isParked(mover) && mover.gpu === gpu && mover.place === place
    },
    idOf: (move) => moverOf(move).request,
    describe: (move) => describeHolding(moverOf(move)),
    placeOf: (move) => {
      const mover = moverOf(move)
      const { gpu, profileId, placement } = describeHolding(mover)
      const isStopped = holdings.isParked(mover) || profileId === null || placement === null
      return isStopped ? null : { gpu, profileId, placement }
    },
    stop: (move) => {
      const mover = moverOf(move)
      stoppedAt.set(mover, { gpu: mover.gpu, place: mover.place })
      holdings.park(mover)
    },
    arrive: (move, { gpu, place }) => {
      const mover = moverOf(move)
      const idle = findIdleAt(gpu, place)
      if (idle !== null) holdings.drop(idle)
      if (holdings.isParked(mover)) {
        holdings.unpark(mover, { gpu, place })
        return null
      }
      const before = { gpu: mover.gpu, place: mover.place }
      vacate(mover)
      mover.gpu = gpu
      mover.place = place
      occupy(mover)
      rules.relocate(mover, before.gpu, gpu)
      return before
    },
    settle: () =>
      movers.flatMap((mover, move) => {
        state.planned.delete(mover)
        pin(mover, false)
        if (!holdings.isParked(mover)) return []
        return [{ request: mover.request, placement: bringBack(mover, ends[move]) }]
      }),
  }
}
