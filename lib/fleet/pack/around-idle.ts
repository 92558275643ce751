import type { CompiledPlacement, Tables } from '../../solver/tables/tables.js'

export interface AroundIdle {
  /** For each position, in order. */
  readonly places: readonly CompiledPlacement[]
  /** Idle instances that have to go before. */
  readonly cleared: readonly CompiledPlacement[]
}

/**
 * Places on one GPU for instances of these profiles, so that the fewest idle instances are cleared, then the most are taken
 * as they are, then the places are the lowest. Null: there is no room, whatever is cleared.
 */
export function arrangeAroundIdle(
  tables: Tables,
  {
    start,
    idle,
    positions,
  }: {
    /** State of the GPU without what is idle. */
    readonly start: number
    readonly idle: readonly CompiledPlacement[]
    readonly positions: readonly number[]
  },
): AroundIdle | null {
  const order = [...positions.keys()].sort(
    (a, b) =>
      unitsOf(tables, positions[b]) - unitsOf(tables, positions[a]) ||
      (positions[a] ?? 0) - (positions[b] ?? 0) ||
      a - b,
  )
  const chosen: CompiledPlacement[] = []
  let best: { readonly places: readonly CompiledPlacement[]; readonly cleared: number } | null =
    null
  let bestReused = -1
  const search = (depth: number, state: number): void => {
    const index = order[depth]
    if (index === undefined) {
      const cleared = listCleared(tables, state, idle, chosen).length
      const reused = chosen.filter((place) => idle.includes(place)).length
      const isBetter =
        best === null || cleared < best.cleared || (cleared === best.cleared && reused > bestReused)
      if (!isBetter) return
      best = { places: [...chosen], cleared }
      bestReused = reused
      return
    }
    const position = positions[index] ?? -1
    const previous = order[depth - 1]
    const isSame = previous !== undefined && positions[previous] === position
    const above = isSame ? (chosen.at(-1)?.number ?? -1) : -1
    for (const place of tables.profiles[position]?.placements ?? []) {
      if (place.number <= above) continue
      const after = tables.states.nextOf(state)[place.number] ?? -1
      if (after < 0) continue
      chosen.push(place)
      search(depth + 1, after)
      chosen.pop()
    }
  }
  search(0, start)
  const found = best as { readonly places: readonly CompiledPlacement[] } | null
  if (found === null) return null
  const places: CompiledPlacement[] = []
  let state = start
  for (const [depth, index] of order.entries()) {
    const place = found.places[depth] as CompiledPlacement
    places[index] = place
    state = tables.states.nextOf(state)[place.number] ?? -1
  }
  return { places, cleared: listCleared(tables, state, idle, places) }
}

/** Idle instances that are not taken and cannot stay beside what comes. The first ones stay. */
function listCleared(
  { states }: Tables,
  withNew: number,
  idle: readonly CompiledPlacement[],
  taken: readonly CompiledPlacement[],
): readonly CompiledPlacement[] {
  let state = withNew
  return idle
    .filter((place) => !taken.includes(place))
    .filter((place) => {
      const after = states.nextOf(state)[place.number] ?? -1
      if (after >= 0) state = after
      return after < 0
    })
}

function unitsOf({ profiles }: Tables, position: number | undefined): number {
  return profiles[position ?? -1]?.unitCount ?? 0
}
