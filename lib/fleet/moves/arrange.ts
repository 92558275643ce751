import type { CompiledPlacement, Tables } from '../../solver/tables/tables.js'
import { requireResiduals } from '../../solver/tables/tables.js'

/** A place that is still taken when the new instances are created. */
export interface StillTaken {
  /** Instances of this profile would have to wait until the place is free. */
  readonly position: number
  readonly mask: number
}

/**
 * Places for more instances on a GPU. The fewest have to wait for an instance that leaves this GPU; then
 * the GPU can still take the most; then the places are the lowest. Null: there are no such places.
 */
export function arrange(
  tables: Tables,
  state: number,
  positions: readonly number[],
  taken: readonly StillTaken[],
): readonly CompiledPlacement[] | null {
  const { classOf } = requireResiduals(tables)
  const order = positions
    .map((position, index) => ({ position, index }))
    .sort(
      (a, b) =>
        (tables.profiles[b.position]?.unitCount ?? 0) -
          (tables.profiles[a.position]?.unitCount ?? 0) ||
        a.position - b.position ||
        a.index - b.index,
    )
  const chosen: CompiledPlacement[] = []
  let best: { places: readonly CompiledPlacement[]; waits: number; classNumber: number } | null =
    null
  const search = (depth: number, at: number, waits: number): void => {
    if (best !== null && waits > best.waits) return
    const next = order[depth]
    if (next === undefined) {
      const classNumber = classOf[at] ?? 0
      if (best === null || waits < best.waits || classNumber < best.classNumber) {
        best = { places: [...chosen], waits, classNumber }
      }
      return
    }
    const before = order[depth - 1]?.position === next.position ? (chosen.at(-1)?.number ?? -1) : -1
    for (const place of tables.profiles[next.position]?.placements ?? []) {
      if (place.number <= before) continue
      const after = tables.states.nextOf(at)[place.number] ?? -1
      if (after < 0) continue
      const waiting = taken.filter(
        ({ position, mask }) => position === next.position && (mask & place.mask) !== 0,
      ).length
      chosen.push(place)
      search(depth + 1, after, waits + waiting)
      chosen.pop()
    }
  }
  search(0, state, 0)
  const found = best as { places: readonly CompiledPlacement[] } | null
  if (found === null) return null
  const places: CompiledPlacement[] = []
  for (const [depth, { index }] of order.entries()) {
    const place = found.places[depth]
    if (place !== undefined) places[index] = place
  }
  return places
}
