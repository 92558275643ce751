import type { FleetGpu, FleetRequest } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import type { Tables } from '../../solver/tables/tables.js'
import { packFleet } from '../pack/pack-fleet.js'
import type { HindsightGpus, HindsightKind } from './hindsight-trace.js'

/** Where an instance lies, in a packing of empty GPUs. */
export interface PackedSlot {
  readonly tables: Tables
  readonly position: number
  /** Equal for the instances of one GPU. */
  readonly onGpu: object
}

/** For a packing that no closed form gives: some fifty milliseconds. */
const workUnits = 50_000

/** A place for each of these instances on empty GPUs. Null: none was found. */
export async function packKinds(
  kinds: readonly HindsightKind[],
  counts: HindsightGpus['counts'],
  all: readonly { readonly kind: number }[],
): Promise<readonly PackedSlot[] | null> {
  const tables = [...counts.keys()]
  const gpus = tables.map(
    (geometry, index): FleetGpu => ({ id: `${index}`, geometry, count: counts.get(geometry) ?? 0 }),
  )
  const wanted = kinds.map(() => 0)
  for (const { kind } of all) wanted[kind] = (wanted[kind] ?? 0) + 1
  const requests = kinds.flatMap(({ asked, options }, kind): readonly FleetRequest[] => {
    const count = wanted[kind] ?? 0
    const able = tables.flatMap((each, index) => (options.has(each) ? `${index}` : []))
    const where = able.length < tables.length ? { where: { gpus: able } } : {}
    return count === 0 ? [] : [{ ...asked, count, ...where }]
  })
  const { objective, patterns } = await packFleet(
    { gpus, requests },
    { names: false, solver: 'own', workUnits },
  )
  if (objective.unplacedValue > 0) return null
  const free = new Map<Tables, Map<number, object[]>>()
  for (const { like, gpuCount, instances } of patterns) {
    const of = tables[like]
    if (of === undefined) continue
    const ofTables = cached(free, of, () => new Map<number, object[]>())
    for (let gpu = 0; gpu < gpuCount; gpu += 1) {
      const onGpu = {}
      for (const { profileId, count } of instances) {
        const position = of.profiles.findIndex(({ profile }) => profile.id === profileId)
        const slots = cached(ofTables, position, (): object[] => [])
        for (let each = 0; each < count; each += 1) slots.push(onGpu)
      }
    }
  }
  return fillSlots(kinds, all, free)
}

/** Those with the fewest choices come first, so that the others take what is left. */
function fillSlots(
  kinds: readonly HindsightKind[],
  all: readonly { readonly kind: number }[],
  free: ReadonlyMap<Tables, ReadonlyMap<number, object[]>>,
): readonly PackedSlot[] | null {
  const choices = kinds.map(({ options }) => [...options.values()].flat().length)
  const order = Array.from(all, ({ kind }, index) => ({ index, kind }))
  order.sort((a, b) => (choices[a.kind] ?? 0) - (choices[b.kind] ?? 0))
  const slots = new Array<PackedSlot>(all.length)
  for (const { index, kind } of order) {
    const slot = takeSlot(kinds[kind], free)
    if (slot === null) return null
    slots[index] = slot
  }
  return slots
}

function takeSlot(
  kind: HindsightKind | undefined,
  free: ReadonlyMap<Tables, ReadonlyMap<number, object[]>>,
): PackedSlot | null {
  for (const [tables, positions] of kind?.options ?? []) {
    for (const position of positions) {
      const onGpu = free.get(tables)?.get(position)?.pop()
      if (onGpu !== undefined) return { tables, position, onGpu }
    }
  }
  return null
}
