import { numberAt, sum } from '../../../model/numbers.js'
import type { Column } from '../../program/linear-program.js'
import type { Pattern } from '../../program/patterns.js'
import type { AccessGroup } from '../access-groups.js'
import type { ClearGroup } from './clear-groups.js'
import type { Destination, HostClass } from './host-classes.js'

/** What bounds by prices need of the program. */
export interface CompactFrame extends CompactRows {
  readonly groups: readonly ClearGroup[]
  readonly hostClasses: readonly HostClass[]
  readonly destinations: readonly Destination[]
  /** By access group: number of its first destination. The others follow, one for each of its positions. */
  readonly firstOf: Int32Array
  /** By kind, as positions in `destinations`. */
  readonly destinationsOf: readonly (readonly number[])[]
}

/** One row for each clear group, host class, destination and kind with a choice, and one for the aim. */
export interface CompactRows {
  readonly rowLower: Float64Array
  readonly rowUpper: Float64Array
  readonly firstHostRow: number
  readonly firstDestinationRow: number
  /** Row of each kind that has a choice; -1: it has none. */
  readonly kindRows: readonly number[]
  /** The row that limits the aim. */
  readonly aimRow: number
}

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

/** Made when they are read first, because they take the most time, and where it is short, nothing reads them. */
export interface CompactColumns {
  readonly clears: readonly ClearColumn[]
  readonly fills: readonly FillColumn[]
  readonly flows: readonly FlowColumn[]
  /** Those of `clears`, then `fills`, then `flows`. */
  readonly columns: readonly Column[]
  readonly costs: { readonly aim: Float64Array; readonly moves: Float64Array }
}

/** How many columns the program has, without making them. */
export function countColumns({ groups, hostClasses, destinationsOf }: CompactFrame): number {
  return (
    sum(groups.map(({ options }) => options.length)) +
    sum(hostClasses.map(({ patterns }) => patterns.length)) +
    sum(destinationsOf.map(({ length }) => (length < 2 ? 0 : length)))
  )
}

/** The number of a destination. */
export function destinationAt(
  { firstOf }: Pick<CompactFrame, 'firstOf'>,
  { number, positions }: AccessGroup,
  position: number,
): number {
  return numberAt(firstOf, number) + positions.indexOf(position)
}

export function listColumns(frame: CompactFrame): CompactColumns {
  const { groups, hostClasses, destinationsOf } = frame
  const { firstHostRow, firstDestinationRow, kindRows, aimRow } = frame
  const columns: Column[] = []
  const aims: number[] = []
  const moves: number[] = []
  const add = (rows: number[], values: number[], ofAim: number, cost: number): void => {
    if (ofAim > 0) {
      rows.push(aimRow)
      values.push(ofAim)
    }
    columns.push({ rows, values })
    aims.push(ofAim)
    moves.push(cost)
  }
  const demandRow = (kind: number): number => {
    const row = kindRows[kind] ?? -1
    return row >= 0 ? row : firstDestinationRow + (destinationsOf[kind]?.[0] ?? 0)
  }

  const clears: ClearColumn[] = []
  for (const group of groups) {
    for (const [option, { hostClass, kinds, cost, ofAim }] of group.options.entries()) {
      const rows = [group.number, firstHostRow + hostClass]
      const values = [1, 1]
      for (const kind of kinds) {
        const row = demandRow(kind)
        const at = rows.indexOf(row, 2)
        if (at < 0) {
          rows.push(row)
          values.push(-1)
        } else values[at] = (values[at] ?? 0) - 1
      }
      add(rows, values, ofAim, cost)
      clears.push({ group, option })
    }
  }
  const fills: FillColumn[] = []
  for (const hostClass of hostClasses) {
    for (const pattern of hostClass.patterns) {
      const rows = [firstHostRow + hostClass.number]
      const values = [-1]
      for (const [position, count] of pattern.entries()) {
        if (count === 0) continue
        rows.push(firstDestinationRow + destinationAt(frame, hostClass.accessGroup, position))
        values.push(count)
      }
      add(rows, values, hostClass.ofFilled, 0)
      fills.push({ hostClass, pattern })
    }
  }
  const flows: FlowColumn[] = []
  for (const [kind, each] of destinationsOf.entries()) {
    if (each.length < 2) continue
    for (const destination of each) {
      add([firstDestinationRow + destination, kindRows[kind] ?? 0], [-1, 1], 0, 0)
      flows.push({ kind, destination })
    }
  }
  const costs = { aim: Float64Array.from(aims), moves: Float64Array.from(moves) }
  return { clears, fills, flows, columns, costs }
}
