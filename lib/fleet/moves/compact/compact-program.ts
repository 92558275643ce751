import { once } from '../../../model/once.js'
import type { GroupedFleet } from '../grouped-fleet.js'
import { listClearGroups } from './clear-groups.js'
import { type CompactAim, fewestGpus } from './compact-aim.js'
import {
  type CompactColumns,
  type CompactFrame,
  type CompactRows,
  destinationAt,
  listColumns,
} from './compact-columns.js'
import { createHostClasses, listDestinations } from './host-classes.js'

/**
 * A program with three sets of unknowns: how many GPUs of each clear group take which option (`clears`), how
 * many GPUs of each host class take which pattern (`fills`), and how many instances of each kind with a
 * choice go to which destination (`flows`). Its size does not depend on the number of GPUs.
 */
export interface CompactProgram extends CompactFrame, CompactColumns {}

export function buildCompactProgram(
  fleet: GroupedFleet,
  aim: CompactAim = fewestGpus,
): CompactProgram {
  const found = createHostClasses(aim)
  const groups = listClearGroups(fleet, aim, found)
  const hostClasses = found.list
  const { list: destinations, firstOf } = listDestinations(fleet)
  const destinationsOf = fleet.kinds.map((): number[] => [])
  for (const accessGroup of fleet.accessGroups) {
    for (const [kind, positions] of accessGroup.positionsOf) {
      for (const position of positions)
        destinationsOf[kind]?.push(destinationAt({ firstOf }, accessGroup, position))
    }
  }
  const sets = { groups, hostClasses, destinations, firstOf, destinationsOf }
  const frame = { ...sets, ...numberRows(sets) }
  const columns = once(() => listColumns(frame))
  return {
    ...frame,
    get clears() {
      return columns().clears
    },
    get fills() {
      return columns().fills
    },
    get flows() {
      return columns().flows
    },
    get columns() {
      return columns().columns
    },
    get costs() {
      return columns().costs
    },
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
