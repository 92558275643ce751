import { cached } from '../../model/cached.js'
import type { CompiledPlacement } from '../../solver/tables/tables.js'
import type { AccessGroup } from './access-groups.js'
import type { MoveGpu } from './move-gpu.js'

export interface PlaceOnGpu {
  readonly gpu: MoveGpu
  readonly accessGroup: AccessGroup
  readonly place: CompiledPlacement
}

/** Free places by kind, in the order in which they were added. A place that is taken is no longer free. */
export interface FreePlaces {
  readonly add: (kind: number, place: PlaceOnGpu) => void
  /** The first that is suitable. Null: there is none. */
  readonly take: (kind: number, isSuitable?: (place: PlaceOnGpu) => boolean) => PlaceOnGpu | null
  /** Takes this very place. False: it is not free. */
  readonly takeOwn: (kind: number, place: PlaceOnGpu) => boolean
}

/** The places of one kind. Taking one leaves a gap, because a million places are too many to close up. */
interface Queue {
  readonly places: (PlaceOnGpu | null)[]
  /** Nothing before this is free. */
  first: number
  readonly ofGpu: Map<MoveGpu, number[]>
}

export function createFreePlaces(): FreePlaces {
  const queues = new Map<number, Queue>()
  return {
    add: (kind, place) => {
      const { places, ofGpu } = cached(queues, kind, (): Queue => {
        return { places: [], first: 0, ofGpu: new Map() }
      })
      cached(ofGpu, place.gpu, () => []).push(places.length)
      places.push(place)
    },
    take: (kind, isSuitable = () => true) => {
      const queue = queues.get(kind)
      if (queue === undefined) return null
      const { places } = queue
      while (queue.first < places.length && places[queue.first] === null) queue.first += 1
      for (let index = queue.first; index < places.length; index += 1) {
        const place = places[index] ?? null
        if (place === null || !isSuitable(place)) continue
        places[index] = null
        return place
      }
      return null
    },
    takeOwn: (kind, { gpu, place }) => {
      const queue = queues.get(kind)
      const own = queue?.ofGpu.get(gpu)?.find((index) => queue.places[index]?.place === place)
      if (queue === undefined || own === undefined) return false
      queue.places[own] = null
      return true
    },
  }
}
