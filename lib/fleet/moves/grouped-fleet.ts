import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'
import { invalid } from '../model/invalid.js'
import { createSiteFinder, type MoveSite, type SiteFinder } from './access-groups.js'
import type { GpuBatch } from './gpu-batches.js'
import { createGpuList, type GpuList } from './gpu-list.js'
import type { MoveItem } from './move-gpu.js'
import type { MoveKind, MoveKinds } from './move-kinds.js'

/** GPUs of one site and one class: the room that is there without any moves. */
export interface MoveCell {
  readonly number: number
  readonly site: MoveSite
  readonly classNumber: number
  readonly types: LayoutType[]
}

/** GPUs that differ in nothing but their names. */
export interface LayoutType {
  readonly number: number
  readonly cell: MoveCell
  /** Of the first member; those of the others are alike. */
  readonly items: readonly MoveItem[]
  readonly members: GpuList
}

/** A fleet as a search for moves sees it: GPUs counted, not named. */
export interface MoveView {
  readonly kinds: readonly MoveKind[]
  readonly sites: readonly MoveSite[]
  readonly cells: readonly MoveCell[]
  readonly types: readonly LayoutType[]
  /** Kind of the request; -1 without one. */
  readonly wanted: number
}

/** What the parts of a fleet are to a search. */
export interface MoveTerms {
  readonly kinds: MoveKinds
  readonly costOf: (instance: FleetInstance, profileName: string) => number
  /** Which GPUs the request may use. Null: its door says it all. */
  readonly eligible: Parameters<typeof createSiteFinder>[1]
  readonly wanted: number
  /** Option that gave the costs. */
  readonly costsPath: string
  /** Cordoned GPUs that everything is to leave. */
  readonly drained?: ReadonlySet<FleetGpu>
}

/** `batches`: a whole fleet, in the order of their first GPUs. */
export function buildView(batches: readonly GpuBatch[], terms: MoveTerms): MoveView {
  const { kinds, costOf, eligible, wanted, drained = new Set() } = terms
  const itemsOf = batches.map(({ entry, instances }) => {
    const { profiles } = entry.model.tables
    return instances.map(({ place, instance }): MoveItem => {
      const { kind, mayMove } = kinds.kindOf(entry, instance, place.profilePosition)
      const name = profiles[place.profilePosition]?.profile.name ?? ''
      return { place, kind, cost: mayMove ? costOf(instance, name) : -1, instance }
    })
  })
  limitCosts(batches, itemsOf, terms.costsPath)
  const sites: SiteFinder = createSiteFinder(kinds.list, eligible, wanted, drained)
  const cells = new Map<number, MoveCell>()
  const types = new Map<string, LayoutType & { members: ReturnType<typeof createGpuList> }>()
  for (const [index, batch] of batches.entries()) {
    const items = itemsOf[index] ?? []
    const site = sites.of(batch.entry)
    const classNumber = site.residuals.classOf[batch.entry.state] ?? 0
    const cellKey = site.number * 2 ** 20 + classNumber
    let cell = cells.get(cellKey)
    if (cell === undefined) {
      cell = { number: cells.size, site, classNumber, types: [] }
      cells.set(cellKey, cell)
    }
    let key = `${cell.number}`
    for (const { place, kind, cost } of items) key += `;${place.number}:${kind}:${cost}`
    let type = types.get(key)
    if (type === undefined) {
      type = { number: types.size, cell, items, members: createGpuList(items) }
      types.set(key, type)
      cell.types.push(type)
    }
    type.members.add(batch)
  }
  return {
    kinds: kinds.list,
    sites: sites.list,
    cells: [...cells.values()],
    types: [...types.values()],
    wanted,
  }
}

/** Costs of plans are sums of these. Throws `MIG_FLEET_INVALID`. */
function limitCosts(
  batches: readonly GpuBatch[],
  itemsOf: readonly (readonly MoveItem[])[],
  path: string,
): void {
  let sum = 0
  for (const [index, { length }] of batches.entries()) {
    for (const { cost } of itemsOf[index] ?? []) sum += length * Math.max(0, cost)
  }
  if (Number.isSafeInteger(sum)) return
  throw invalid([path], 'makes the cost of all moves larger than exact numbers are')
}
