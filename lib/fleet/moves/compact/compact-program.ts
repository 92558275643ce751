import type { Column } from '../../program/linear-program.js'
import type { Pattern } from '../../program/patterns.js'
import { type AccessGroup, listPlacesByKind } from '../access-groups.js'
import type { GroupedFleet } from '../grouped-fleet.js'
import { type ClearGroup, listClearGroups } from './clear-groups.js'
import { type CompactAim, fewestGpus } from './compact-aim.js'
import {
  createHostClasses,
  type Destination,
  type HostClass,
  listDestinations,
} from './host-classes.js'

export interface ClearColumn {
  readonly group: ClearGroup
  readonly option: number
}

export interface FillColumn {
  readonly hostClass: HostClass
  readonly pattern: Pattern
}

export interface FlowColumn {
  readonly kind: number
  readonly destination: number
}

/**
 * A program with three sets of unknowns: how many GPUs of each clear group take which option (`clears`), how
 * many GPUs of each host class take which pattern (`fills`), and how many instances of each kind with a
 * choice go to which destination (`flows`). Its size does not depend on the number of GPUs.
 */
export interface CompactProgram extends CompactRows {
  readonly groups: readonly ClearGroup[]
  readonly hostClasses: readonly HostClass[]
  readonly destinations: readonly Destination[]
  /** By kind, as positions in `destinations`. */
  readonly destinationsOf: readonly (readonly number[])[]
  readonly clears: readonly ClearColumn[]
  readonly fills: readonly FillColumn[]
  readonly flows: readonly FlowColumn[]
  /** Those of `clears`, then `fills`, then `flows`. */
  readonly columns: readonly Column[]
  readonly costs: { readonly aim: Float64Array; readonly moves: Float64Array }
}

/** One row for each clear group, host class, destination and kind with a choice, and one for the aim. */
interface CompactRows {
  readonly rowLower: Float64Array
  readonly rowUpper: Float64Array
  readonly firstHostRow: number
  readonly firstDestinationRow: number
  /** Row of each kind that has a choice; -1: it has none. */
  readonly kindRows: readonly number[]
  /** The row that limits the aim. */
  readonly aimRow: number
}

export function buildCompactProgram(
  fleet: GroupedFleet,
  aim: CompactAim = fewestGpus,
): CompactProgram {
  const found = createHostClasses(fleet, aim)
  const groups = listClearGroups(fleet, aim, found)
  const hostClasses = found.list
  const destinations = listDestinations(fleet)
  const numbers = new Map(
    destinations.map(({ accessGroup, position, number }) => [
      `${accessGroup.number}:${position}`,
      number,
    ]),
  )
  const numberOf = (accessGroup: AccessGroup, position: number): number =>
    numbers.get(`${accessGroup.number}:${position}`) ?? -1
  const destinationsOf = listPlacesByKind(fleet.accessGroups, fleet.kinds.length).map((places) =>
    places.flatMap(({ accessGroup, positions }) =>
      positions.map((position) => numberOf(accessGroup, position)),
    ),
  )
  const rows = numberRows({ groups, hostClasses, destinations, destinationsOf })
  const { firstHostRow, firstDestinationRow, kindRows, aimRow } = rows

  const columns: Column[] = []
  const aims: number[] = []
  const moves: number[] = []
  const add = (entries: ReadonlyMap<number, number>, ofAim: number, cost: number): void => {
    const all = new Map(entries)
    if (ofAim > 0) all.set(aimRow, ofAim)
    columns.push({ rows: [...all.keys()], values: [...all.values()] })
    aims.push(ofAim)
    moves.push(cost)
  }
  const demandRow = (kind: number): number => {
    const row = kindRows[kind] ?? -1
    return row >= 0 ? row : firstDestinationRow + (destinationsOf[kind]?.[0] ?? 0)
  }

  const clears = groups.flatMap((group) =>
    [...group.options.keys()].map((option): ClearColumn => ({ group, option })),
  )
  for (const { group, option } of clears) {
    const { hostClass = 0, kinds = [], cost = 0, ofAim = 0 } = group.options[option] ?? {}
    const entries = new Map([
      [group.number, 1],
      [firstHostRow + hostClass, 1],
    ])
    for (const kind of kinds) {
      const row = demandRow(kind)
      entries.set(row, (entries.get(row) ?? 0) - 1)
    }
    add(entries, ofAim, cost)
  }
  const fills = hostClasses.flatMap((hostClass) =>
    hostClass.patterns.map((pattern): FillColumn => ({ hostClass, pattern })),
  )
  for (const { hostClass, pattern } of fills) {
    const entries = new Map([[firstHostRow + hostClass.number, -1]])
    for (const [position, count] of pattern.entries()) {
      if (count === 0) continue
      entries.set(firstDestinationRow + numberOf(hostClass.accessGroup, position), count)
    }
    add(entries, hostClass.ofFilled, 0)
  }
  const flows = destinationsOf.flatMap((each, kind) =>
    each.length < 2 ? [] : each.map((destination): FlowColumn => ({ kind, destination })),
  )
  for (const { kind, destination } of flows) {
    const entries = new Map([
      [firstDestinationRow + destination, -1],
      [kindRows[kind] ?? 0, 1],
    ])
    add(entries, 0, 0)
  }
  const costs = { aim: Float64Array.from(aims), moves: Float64Array.from(moves) }
  return {
    ...rows,
    groups,
    hostClasses,
    destinations,
    destinationsOf,
    clears,
    fills,
    flows,
    columns,
    costs,
  }
}

function numberRows({
  groups,
  hostClasses,
  destinations,
  destinationsOf,
}: Pick<
  CompactProgram,
  'groups' | 'hostClasses' | 'destinations' | 'destinationsOf'
>): CompactRows {
  const firstHostRow = groups.length
  const firstDestinationRow = firstHostRow + hostClasses.length
  let rowCount = firstDestinationRow + destinations.length
  const kindRows = destinationsOf.map((each) => (each.length > 1 ? rowCount++ : -1))
  const aimRow = rowCount++
  const rowLower = new Float64Array(rowCount)
  const rowUpper = new Float64Array(rowCount).fill(Number.POSITIVE_INFINITY)
  for (const { number, count } of groups) {
    rowLower[number] = count
    rowUpper[number] = count
  }
  rowLower[aimRow] = Number.NEGATIVE_INFINITY
  return { rowLower, rowUpper, firstHostRow, firstDestinationRow, kindRows, aimRow }
}
