import { numberAt } from '../../model/numbers.js'
import type { LayoutTable } from '../layouts/layout-table.js'
import { createRandom } from './random.js'

/** Requests that come and go. Every policy in a comparison gets the same trace. */
export interface ArrivalTrace {
  /** By request: position of its profile. */
  readonly positions: Uint8Array
  /** In the order of time: `request` when it comes, `~request` when it goes. */
  readonly events: Int32Array
}

export interface ArrivalProcess {
  /** The share of each profile in the demand, in whole numbers by position. */
  readonly mix: readonly number[]
  /** Memory in demand, as a share of all memory. */
  readonly load: number
  readonly gpuCount: number
  readonly requests: number
  readonly seed: number
}

type ArrivalRates = Pick<ArrivalProcess, 'mix' | 'load' | 'gpuCount'>

/** By position: how many requests for the profile come to the whole fleet during a mean stay. */
export function arrivalRates({ tables }: LayoutTable, process: ArrivalRates): readonly number[] {
  return process.mix.map((weight) => weight * ratePerWeight(tables, process))
}

function ratePerWeight(
  { profiles, memoryUnits }: LayoutTable['tables'],
  { mix, load, gpuCount }: ArrivalRates,
): number {
  const units = profiles.reduce(
    (sum, { position, unitCount }) => sum + (mix[position] ?? 0) * unitCount,
    0,
  )
  return (load * memoryUnits * gpuCount) / units
}

/** Draws Poisson arrivals and exponential stays. `watch` is called for each of them, and may throw. */
export function drawArrivals(
  { tables }: LayoutTable,
  process: ArrivalProcess,
  watch?: () => void,
): ArrivalTrace {
  const { mix, requests, seed } = process
  const random = createRandom(seed)
  const total = mix.reduce((sum, weight) => sum + weight, 0)
  const rate = total * ratePerWeight(tables, process)
  const positions = new Uint8Array(requests)
  const events = new Int32Array(2 * requests)
  const leaving = createTimeHeap(requests)
  let time = 0
  let written = 0
  for (let request = 0; request < requests; request += 1) {
    watch?.()
    time += random.exponential() / rate
    let draw = random.below(total)
    let position = 0
    while (draw >= (mix[position] ?? 0)) {
      draw -= mix[position] ?? 0
      position += 1
    }
    positions[request] = position
    while (leaving.firstTime() <= time) events[written++] = ~leaving.takeFirst()
    events[written++] = request
    leaving.add(time + random.exponential(), request)
  }
  return { positions, events: events.subarray(0, written) }
}

interface TimeHeap {
  readonly firstTime: () => number
  readonly takeFirst: () => number
  readonly add: (time: number, item: number) => void
}

function createTimeHeap(most: number): TimeHeap {
  const times = new Float64Array(most)
  const items = new Int32Array(most)
  let size = 0
  const set = (index: number, time: number, item: number): void => {
    times[index] = time
    items[index] = item
  }
  return {
    firstTime: () => (size === 0 ? Number.POSITIVE_INFINITY : numberAt(times, 0)),
    add: (time, item) => {
      let index = size
      size += 1
      while (index > 0) {
        const parent = (index - 1) >>> 1
        if (numberAt(times, parent) <= time) break
        set(index, numberAt(times, parent), numberAt(items, parent))
        index = parent
      }
      set(index, time, item)
    },
    takeFirst: () => {
      const first = numberAt(items, 0)
      size -= 1
      const time = numberAt(times, size)
      let index = 0
      for (let child = 1; child < size; child = 2 * index + 1) {
        if (child + 1 < size && numberAt(times, child + 1) < numberAt(times, child)) child += 1
        if (numberAt(times, child) >= time) break
        set(index, numberAt(times, child), numberAt(items, child))
        index = child
      }
      set(index, time, numberAt(items, size))
      return first
    },
  }
}
