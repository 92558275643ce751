import type { Column } from '../../program/linear-program.js'
import { listPatterns, type Pattern } from '../../program/patterns.js'
import type { AccessGroup } from '../access-groups.js'
import type { ClassGroup, GroupedFleet } from '../grouped-fleet.js'
import type { HostClass } from './clear-groups.js'
import { type ClearGroup, listClearGroups } from './clear-groups.js'
import { type CompactAim, fewestGpus } from './compact-aim.js'

/** Room for one profile on one site. */
export interface Destination {
  readonly number: number
  readonly accessGroup: AccessGroup
  readonly position: number
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

/**
 * How many GPUs of each group are cleared in which way (z), how many GPUs of each class take which pattern
 * (x), and which slots what went goes to, where it has a choice (y). Its size does not depend on the number
 * of GPUs.
 */
export interface CompactProgram {
  readonly groups: readonly ClearGroup[]
  readonly hostClasses: readonly HostClass[]
  readonly destinations: readonly Destination[]
  /** By kind. */
  readonly destinationsOf: readonly (readonly number[])[]
  readonly clears: readonly ClearColumn[]
  readonly fills: readonly FillColumn[]
  readonly flows: readonly FlowColumn[]
  /** Of `clears`, then `fills`, then `flows`. */
  readonly columns: readonly Column[]
  readonly rowLower: Float64Array
  readonly rowUpper: Float64Array
  /** It limits the aim. */
  readonly aimRow: number
  readonly firstDestinationRow: number
  /** Row of each kind that has a choice; -1: none. */
  readonly kindRows: readonly number[]
  readonly costs: { readonly aim: Float64Array; readonly moves: Float64Array }
}

export function buildCompactProgram(
  fleet: GroupedFleet,
  aim: CompactAim = fewestGpus,
): CompactProgram {
  const hostClasses: HostClass[] = []
  const hostClassByKey = new Map<string, HostClass>()
  const positionsOf = fleet.accessGroups.map(({ positionsOf: byKind }) =>
    [...new Set(byKind.flat())].sort((a, b) => a - b),
  )
  const hostClassOf = (
    { accessGroup }: ClassGroup,
    classNumber: number,
    isEmpty: boolean,
  ): HostClass => {
    const ofFilled = isEmpty ? aim.ofFilled : 0
    const key = `${accessGroup.number}:${classNumber}:${ofFilled}`
    let hostClass = hostClassByKey.get(key)
    if (hostClass === undefined) {
      const patterns = listPatterns(
        accessGroup.model.tables,
        classNumber,
        positionsOf[accessGroup.number] ?? [],
      )
      hostClass = { number: hostClasses.length, accessGroup, classNumber, ofFilled, patterns }
      hostClasses.push(hostClass)
      hostClassByKey.set(key, hostClass)
    }
    return hostClass
  }

  const groups = listClearGroups(fleet, aim, hostClassOf)
  const destinations: Destination[] = fleet.accessGroups
    .flatMap((accessGroup) =>
      (positionsOf[accessGroup.number] ?? []).map((position) => ({
        number: 0,
        accessGroup,
        position,
      })),
    )
    .map((destination, number) => ({ ...destination, number }))
  const destinationNumber = (accessGroup: AccessGroup, position: number): number =>
    destinations.findIndex(
      (destination) => destination.accessGroup === accessGroup && destination.position === position,
    )
  const destinationsOf = fleet.kinds.map(({ number }) =>
    fleet.accessGroups.flatMap((accessGroup) =>
      (accessGroup.positionsOf[number] ?? []).map((position) =>
        destinationNumber(accessGroup, position),
      ),
    ),
  )

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

  const demandRow = (kind: number): number =>
    (kindRows[kind] ?? -1) >= 0
      ? (kindRows[kind] ?? 0)
      : firstDestinationRow + (destinationsOf[kind]?.[0] ?? 0)
  const clears: ClearColumn[] = []
  const fills: FillColumn[] = []
  const flows: FlowColumn[] = []
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
  for (const group of groups) {
    for (const [option, { hostClass, kinds, cost, ofAim }] of group.options.entries()) {
      const entries = new Map([
        [group.number, 1],
        [firstHostRow + hostClass, 1],
      ])
      for (const kind of kinds) {
        const row = demandRow(kind)
        entries.set(row, (entries.get(row) ?? 0) - 1)
      }
      clears.push({ group, option })
      add(entries, ofAim, cost)
    }
  }
  for (const hostClass of hostClasses) {
    for (const pattern of hostClass.patterns) {
      const entries = new Map([[firstHostRow + hostClass.number, -1]])
      for (const [position, count] of pattern.entries()) {
        if (count > 0)
          entries.set(
            firstDestinationRow + destinationNumber(hostClass.accessGroup, position),
            count,
          )
      }
      fills.push({ hostClass, pattern })
      add(entries, hostClass.ofFilled, 0)
    }
  }
  for (const [kind, each] of destinationsOf.entries()) {
    if (each.length < 2) continue
    for (const destination of each) {
      flows.push({ kind, destination })
      add(
        new Map([
          [firstDestinationRow + destination, -1],
          [kindRows[kind] ?? 0, 1],
        ]),
        0,
        0,
      )
    }
  }
  return {
    groups,
    hostClasses,
    destinations,
    destinationsOf,
    clears,
    fills,
    flows,
    columns,
    rowLower,
    rowUpper,
    aimRow,
    firstDestinationRow,
    kindRows,
    costs: { aim: Float64Array.from(aims), moves: Float64Array.from(moves) },
  }
}
