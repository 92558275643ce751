import type { ResourceSlice } from '../../../../types/kubernetes/dra/objects.js'
import { MigError } from '../../../errors.js'
import { groupBy } from '../../../model/group-by.js'
import type { SeenDevice } from './match-selector.js'
import { readQuantity } from './read-quantity.js'

/** What is left of the counters of a pool. */
export interface PoolCounters {
  readonly left: number[]
}

/** A device of a pool, with what it takes of the counters. */
export interface PoolDevice extends SeenDevice {
  readonly pool: string
  readonly id: string
  readonly counters: PoolCounters
  /** Positions in the counters, and how much of each. */
  readonly takes: readonly (readonly [counter: number, amount: number])[]
}

export function deviceId(device: { driver: string; pool: string; device: string }): string {
  return `${device.driver}/${device.pool}/${device.device}`
}

/**
 * All devices of a node in the order in which the scheduler tries them: pools by driver and name, slices by name, devices as they
 * stand. Nothing comes of a pool that lacks slices. Source: k8s.io/dynamic-resource-allocation v0.37.2, structured.
 */
export function devicesOfNode(
  slices: readonly ResourceSlice[],
  node: string,
): readonly PoolDevice[] {
  const own = slices.filter(({ spec }) => spec.nodeName === node)
  const pools = [...groupBy(own, ({ spec }) => `${spec.driver}\n${spec.pool.name}`)]
  return pools
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, all]) => {
      const newest = Math.max(...all.map(({ spec }) => spec.pool.generation))
      const current = all
        .filter(({ spec }) => spec.pool.generation === newest)
        .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
      const isComplete = current.length === current[0]?.spec.pool.resourceSliceCount
      return isComplete ? devicesOfPool(current) : []
    })
}

function devicesOfPool(slices: readonly ResourceSlice[]): readonly PoolDevice[] {
  const positions = new Map<string, number>()
  const left: number[] = []
  for (const { name, counters } of slices.flatMap(({ spec }) => spec.sharedCounters ?? [])) {
    for (const [counter, { value }] of Object.entries(counters)) {
      const key = `${name}/${counter}`
      if (positions.has(key)) throw invalid(slices, `the counter ${key} is there twice`)
      positions.set(key, left.push(readQuantity(value)) - 1)
    }
  }
  const ids = new Set<string>()
  return slices.flatMap(({ spec }) =>
    (spec.devices ?? []).map((device): PoolDevice => {
      const { driver } = spec
      const pool = spec.pool.name
      const id = deviceId({ driver, pool, device: device.name })
      if (ids.has(id)) throw invalid(slices, `the device ${device.name} is there twice`)
      ids.add(id)
      const takes = (device.consumesCounters ?? []).flatMap(({ counterSet, counters }) =>
        Object.entries(counters).map(([counter, { value }]) => {
          const position = positions.get(`${counterSet}/${counter}`)
          if (position === undefined)
            throw invalid(
              slices,
              `${device.name} takes from ${counterSet}/${counter}, which is not there`,
            )
          return [position, readQuantity(value)] as const
        }),
      )
      return { driver, pool, device, id, takes, counters: { left } }
    }),
  )
}

function invalid(slices: readonly ResourceSlice[], reason: string): MigError {
  return new MigError(
    'MIG_DRA_INVALID',
    `The scheduler takes no device of the pool ${slices[0]?.spec.pool.name}: ${reason}`,
  )
}
