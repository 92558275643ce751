import { numberAt } from '../../model/numbers.js'
import { once } from '../../model/once.js'
import type { GroupedProblem } from '../model/grouped-problem.js'
import { type Figure, figures } from '../model/objective.js'
import type { Column } from '../program/linear-program.js'
import {
  type GroupPatterns,
  listLargest,
  listPatternColumns,
  type PatternColumn,
} from './group-patterns.js'
import { listPoolProfiles, type PoolProfile, type ServedDemands } from './pool-profiles.js'

/**
 * The linear program over classes: how many GPUs of each group take which pattern (x), how many requests
 * of each demand go to which profile (y), how many go nowhere (u). Its size does not depend on the number
 * of GPUs or requests.
 *
 * Rows: two limits, on the value left out and on the GPUs opened; one for each demand; one for each
 * profile of a pool; one for each group of GPUs.
 */
export interface ClassProgram extends ClassFrame, ClassColumns {}

/** What bounds by slices need of the program. */
interface ClassFrame extends ServedDemands {
  readonly poolProfiles: readonly PoolProfile[]
  /** By group: what its GPUs take at most. */
  readonly largest: readonly GroupPatterns[]
  readonly right: Float64Array
  /** Row of the first of `demands`; the others follow. */
  readonly firstDemandRow: number
}

/** Made when they are read first, because where time is short, nothing reads them. */
interface ClassColumns {
  readonly patterns: readonly PatternColumn[]
  /** The columns of `patterns` come first. */
  readonly columns: readonly Column[]
  readonly startBasis: Int32Array
  readonly costs: { readonly [figure in Figure]: Float64Array }
}

export const unplacedRow = 0
export const openedRow = 1

export function createClassProgram(fleet: GroupedProblem): ClassProgram {
  const { groups } = fleet
  const demands = fleet.demands.filter(({ count }) => count > 0)
  const { poolProfiles, profilesOf } = listPoolProfiles(fleet, demands)
  const byPool = fleet.pools.map((): PoolProfile[] => [])
  for (const profile of poolProfiles) byPool[profile.pool]?.push(profile)
  for (const asked of byPool) asked.sort((a, b) => a.position - b.position)
  const positionsOf = byPool.map((asked) => asked.map(({ position }) => position))
  const largest = groups.map((group) => listLargest(group, positionsOf[group.pool] ?? []))

  const firstDemandRow = 2
  const firstGroupRow = firstDemandRow + demands.length + poolProfiles.length
  const right = new Float64Array(firstGroupRow + groups.length)
  for (const [index, { value, count }] of demands.entries()) {
    right[firstDemandRow + index] = count
    right[unplacedRow] = numberAt(right, unplacedRow) + value * count
  }
  for (const { number, count, inUse } of groups) {
    right[firstGroupRow + number] = count
    if (!inUse) right[openedRow] = numberAt(right, openedRow) + count
  }
  const frame = { demands, poolProfiles, profilesOf, largest, right, firstDemandRow }
  const patterns = once(() =>
    groups.flatMap((group) =>
      listPatternColumns(group, largest[group.number], byPool[group.pool] ?? []),
    ),
  )
  const columns = once(() => listColumns(fleet, frame, patterns()))
  return {
    ...frame,
    get patterns() {
      return patterns()
    },
    get columns() {
      return columns().columns
    },
    get startBasis() {
      return columns().startBasis
    },
    get costs() {
      return columns().costs
    },
  }
}

function listColumns(
  { groups, goal }: GroupedProblem,
  { demands, poolProfiles, profilesOf, right, firstDemandRow }: ClassFrame,
  patterns: ClassColumns['patterns'],
): Omit<ClassColumns, 'patterns'> {
  const firstProfileRow = firstDemandRow + demands.length
  const firstGroupRow = firstProfileRow + poolProfiles.length
  const startBasis = new Int32Array(right.length)
  const columns: Column[] = []
  const costs: Record<Figure, number[]> = { unplacedValue: [], gpus: [], cost: [] }
  const add = (column: Column, adds: { readonly [figure in Figure]?: number } = {}): number => {
    for (const figure of figures) costs[figure].push(adds[figure] ?? 0)
    return columns.push(column) - 1
  }
  const addSlack = (row: number): void => {
    startBasis[row] = add({ rows: [row], values: [1] })
  }

  for (const { group, holds } of patterns) {
    const rows: number[] = []
    const values: number[] = []
    if (!group.inUse) {
      rows.push(openedRow)
      values.push(1)
    }
    for (const { profile, count } of holds) {
      rows.push(firstProfileRow + profile)
      values.push(-count)
    }
    rows.push(firstGroupRow + group.number)
    values.push(1)
    add({ rows, values }, { gpus: group.inUse ? 0 : 1, cost: goal === 'cost' ? group.cost : 0 })
  }
  for (const [index, { value }] of demands.entries()) {
    const row = firstDemandRow + index
    startBasis[row] = add(
      { rows: [unplacedRow, row], values: [value, 1] },
      { unplacedValue: value },
    )
    for (const profile of profilesOf[index] ?? []) {
      const memory = goal === 'memory' ? (poolProfiles[profile]?.memoryMiB ?? 0) : 0
      add({ rows: [row, firstProfileRow + profile], values: [1, 1] }, { cost: memory })
    }
  }
  addSlack(unplacedRow)
  addSlack(openedRow)
  for (const { number } of poolProfiles) addSlack(firstProfileRow + number)
  for (const { number } of groups) addSlack(firstGroupRow + number)
  return {
    columns,
    startBasis,
    costs: {
      unplacedValue: Float64Array.from(costs.unplacedValue),
      gpus: Float64Array.from(costs.gpus),
      cost: Float64Array.from(costs.cost),
    },
  }
}
