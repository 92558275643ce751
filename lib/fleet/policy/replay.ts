import { numberAt } from '../../model/numbers.js'
import { createGpuBuckets } from '../layouts/gpu-buckets.js'
import type { LayoutTable } from '../layouts/layout-table.js'
import type { Ranking } from '../layouts/ranking.js'
import type { ArrivalTrace } from './arrival-trace.js'

export interface ReplayCounts {
  /** By profile position. The first tenth of the requests is not counted. */
  readonly asked: Float64Array
  readonly given: Float64Array
}

export interface ReplayCallbacks {
  /** Receives the layout that each request goes to; -1: it is lost. */
  readonly see?: (position: number, layout: number) => void
  /** Is called for each event, and may throw. */
  readonly watch?: (() => void) | undefined
}

/** Replays a trace. Requests that find no place are lost. */
export function replay(
  table: LayoutTable,
  gpuCount: number,
  { positions, events }: ArrivalTrace,
  ranking: Ranking,
  { see, watch }: ReplayCallbacks = {},
): ReplayCounts {
  const { count, placeCount, next, previous } = table
  const buckets = createGpuBuckets(table, gpuCount, ranking)
  const { layoutOf, best, firstGpu, setLayout } = buckets
  const gpuOf = new Int32Array(positions.length).fill(-1)
  const placeOf = new Int32Array(positions.length)
  const asked = new Float64Array(table.tables.profiles.length)
  const given = new Float64Array(table.tables.profiles.length)
  const warmUp = positions.length / 10
  for (let index = 0; index < events.length; index += 1) {
    watch?.()
    const event = numberAt(events, index)
    if (event < 0) {
      const gpu = numberAt(gpuOf, ~event)
      if (gpu >= 0) {
        setLayout(
          gpu,
          numberAt(previous, numberAt(layoutOf, gpu) * placeCount + numberAt(placeOf, ~event)),
        )
      }
      continue
    }
    const position = positions[event] ?? 0
    const layout = best(position)
    if (event >= warmUp) {
      asked[position] = numberAt(asked, position) + 1
      see?.(position, layout)
    }
    if (layout < 0) continue
    if (event >= warmUp) given[position] = numberAt(given, position) + 1
    const gpu = firstGpu(layout, 0)
    const place = numberAt(ranking.placeOf, position * count + layout)
    gpuOf[event] = gpu
    placeOf[event] = place
    setLayout(gpu, numberAt(next, layout * placeCount + place))
  }
  return { asked, given }
}

/** The share of the requested memory that was granted, in millionths. */
export function memoryAcceptance({ tables }: LayoutTable, counts: ReplayCounts): number {
  let asked = 0
  let given = 0
  for (const { position, unitCount } of tables.profiles) {
    asked += unitCount * numberAt(counts.asked, position)
    given += unitCount * numberAt(counts.given, position)
  }
  return asked === 0 ? 1e6 : Math.round((given * 1e6) / asked)
}
