import type { StepReason } from '../../../types/solver/repartition.js'
import { at } from '../../model/numbers.js'
import { namePlace } from '../repartition/repartition-steps.js'
import type { CompiledPlacement, Tables } from '../tables/tables.js'
import { countLive, type LiveMove, type LiveProblem } from './live-moves.js'
import { listCells } from './live-state.js'

/** Devices of one size, in the order of the moves. */
interface Devices {
  there: number
  /** Moves that created a device which replaces none yet. */
  readonly created: number[]
  /** Moves that destroyed a device which none replaces yet. */
  readonly stopped: number[]
}

/**
 * Why each move is made. A destroyed device was replaced by the last device of its size before it, or it
 * is surplus, or a later device of its size replaces it.
 */
export function explainMoves(
  { tables, wanted, start }: LiveProblem,
  moves: readonly LiveMove[],
): readonly StepReason[] {
  const reasons: StepReason[] = moves.map(() => ({ kind: 'wanted' }))
  const devices: readonly (readonly Devices[])[] = countLive(tables, start).map((row) =>
    row.map((there) => ({ there, created: [], stopped: [] })),
  )
  const pair = (from: number, to: number): void => {
    const old = at(moves, from)
    const young = at(moves, to)
    const moved: StepReason = {
      kind: 'moved',
      from: { ...old.place.placement },
      to: { ...young.place.placement },
    }
    reasons[from] = moved
    reasons[to] = moved
  }
  for (const [index, { kind, place, cell }] of moves.entries()) {
    const position = place.profilePosition
    const size = sizeOf(tables, place, cell)
    const alike = devices[position]?.[size]
    if (alike === undefined) {
      reasons[index] = explainSurplus(tables, moves.slice(index + 1), place)
      continue
    }
    const { there, created, stopped } = alike
    alike.there += kind === 'create' ? 1 : -1
    if (kind === 'create') {
      const old = stopped.shift()
      if (old === undefined) created.push(index)
      else pair(old, index)
      continue
    }
    const young = created.pop()
    if (young !== undefined) pair(index, young)
    else if (there <= at(at(wanted, position), size)) stopped.push(index)
    else reasons[index] = explainSurplus(tables, moves.slice(index + 1), place)
  }
  return reasons
}

/** -1 for a GPU instance without compute instances. */
function sizeOf({ profiles }: Tables, place: CompiledPlacement, cell: number): number {
  const profile = at(profiles, place.profilePosition)
  return cell < 0 ? -1 : at(listCells(profile), cell).size
}

function explainSurplus(
  tables: Tables,
  later: readonly LiveMove[],
  place: CompiledPlacement,
): StepReason {
  const blocked = later.find(
    (move) =>
      move.kind === 'create' && move.withGpuInstance && (move.place.mask & place.mask) !== 0,
  )
  return blocked === undefined
    ? { kind: 'not-wanted' }
    : { kind: 'in-the-way', of: namePlace(tables, blocked.place), computeInstance: null }
}
