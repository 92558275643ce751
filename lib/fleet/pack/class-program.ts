import type { Column } from '../program/linear-program.js'
import type { Pattern } from '../program/patterns.js'
import { type DemandGroup, type GpuGroup, type PackGroups, patternsOf } from './pack-groups.js'

/** Room for one profile in one cell, and for whole GPUs at the position after the last. */
export interface Slot {
  readonly number: number
  readonly cell: number
  readonly position: number
  readonly memoryMiB: number
}

/** So many GPUs of one group take one pattern. */
export interface PatternColumn {
  readonly group: GpuGroup
  readonly pattern: Pattern
  /** What it holds, by slot. */
  readonly room: readonly { readonly slot: number; readonly count: number }[]
}

/**
 * The linear program over classes: how many GPUs of each group take which pattern (x), how many requests
 * of each kind go to which slot (y), how many go nowhere (u). Its size does not depend on the number of
 * GPUs or requests.
 *
 * Rows: two limits, on the value left out and on the GPUs opened; one for each kind of request; one for
 * each slot; one for each group of GPUs.
 */
export interface ClassProgram {
  readonly demands: readonly DemandGroup[]
  readonly slots: readonly Slot[]
  /** Slots that serve each of `demands`, the best profile first. */
  readonly slotsOf: readonly (readonly number[])[]
  readonly patterns: readonly PatternColumn[]
  readonly columns: readonly Column[]
  /** Columns of `patterns` are the first ones. */
  readonly startBasis: Int32Array
  readonly right: Float64Array
  readonly costs: { readonly [figure in Figure]: Float64Array }
  /** Row of the first of `demands`, the others follow. */
  readonly firstDemandRow: number
}

export type Figure = 'unplacedValue' | 'gpus' | 'cost'

export const unplacedRow = 0
export const openedRow = 1

export function createClassProgram(fleet: PackGroups): ClassProgram {
  const demands = fleet.demands.filter(({ count }) => count > 0)
  const { slots, slotNumbers, slotsOf } = listSlots(fleet, demands)
  const groups = fleet.groups
  const patterns = groups.flatMap((group) => {
    const ofCell = slotNumbers[group.cell] ?? []
    const asked = ofCell.flatMap((slot, position) => (slot >= 0 ? [position] : []))
    return patternsOf(group, asked).map((pattern) => ({
      group,
      pattern,
      room: asked.flatMap((position) => {
        const count = pattern[position] ?? 0
        return count === 0 ? [] : [{ slot: ofCell[position] ?? 0, count }]
      }),
    }))
  })

  const firstDemandRow = 2
  const firstSlotRow = firstDemandRow + demands.length
  const firstGroupRow = firstSlotRow + slots.length
  const right = new Float64Array(firstGroupRow + groups.length)
  const startBasis = new Int32Array(right.length)
  const columns: Column[] = []
  const costs: Record<Figure, number[]> = { unplacedValue: [], gpus: [], cost: [] }
  const add = (column: Column, unplacedValue = 0, gpus = 0, cost = 0): number => {
    costs.unplacedValue.push(unplacedValue)
    costs.gpus.push(gpus)
    costs.cost.push(cost)
    return columns.push(column) - 1
  }
  const addSlack = (row: number): void => {
    startBasis[row] = add({ rows: [row], values: [1] })
  }

  for (const { group, room } of patterns) {
    const opens = group.inUse ? 0 : 1
    add(
      {
        rows: [
          ...(opens === 1 ? [openedRow] : []),
          ...room.map(({ slot }) => firstSlotRow + slot),
          firstGroupRow + group.number,
        ],
        values: [...(opens === 1 ? [1] : []), ...room.map(({ count }) => -count), 1],
      },
      0,
      opens,
      fleet.goal === 'cost' ? group.cost : 0,
    )
  }
  for (const [index, { value, count }] of demands.entries()) {
    const row = firstDemandRow + index
    right[row] = count
    right[unplacedRow] = (right[unplacedRow] ?? 0) + value * count
    startBasis[row] = add({ rows: [unplacedRow, row], values: [value, 1] }, value)
    for (const slot of slotsOf[index] ?? []) {
      const memory = fleet.goal === 'memory' ? (slots[slot]?.memoryMiB ?? 0) : 0
      add({ rows: [row, firstSlotRow + slot], values: [1, 1] }, 0, 0, memory)
    }
  }
  addSlack(unplacedRow)
  addSlack(openedRow)
  for (const { number } of slots) addSlack(firstSlotRow + number)
  for (const { number, count, inUse } of groups) {
    addSlack(firstGroupRow + number)
    right[firstGroupRow + number] = count
    if (!inUse) right[openedRow] = (right[openedRow] ?? 0) + count
  }
  return {
    demands,
    slots,
    slotsOf,
    patterns,
    columns,
    startBasis,
    right,
    costs: {
      unplacedValue: Float64Array.from(costs.unplacedValue),
      gpus: Float64Array.from(costs.gpus),
      cost: Float64Array.from(costs.cost),
    },
    firstDemandRow,
  }
}

function listSlots(
  { cells }: PackGroups,
  demands: readonly DemandGroup[],
): {
  readonly slots: readonly Slot[]
  /** By cell and profile position; -1: nobody asks for it there. */
  readonly slotNumbers: readonly (readonly number[])[]
  readonly slotsOf: readonly (readonly number[])[]
} {
  const slots: Slot[] = []
  const slotNumbers = cells.map(({ model }) => [...model.tables.profiles.map(() => -1), -1])
  const slotsOf = demands.map(({ door, options }) =>
    cells.flatMap(({ number: cell, model, doors }) => {
      if (doors[door] !== true) return []
      return (options[model.number] ?? []).map((position) => {
        const ofCell = slotNumbers[cell] ?? []
        let slot = ofCell[position] ?? -1
        if (slot < 0) {
          slot = slots.length
          const { profiles } = model.tables
          // A whole GPU is at least what its largest profile is.
          const memoryMiB =
            profiles[position]?.profile.memoryMiB ??
            Math.max(...profiles.map(({ profile }) => profile.memoryMiB))
          slots.push({ number: slot, cell, position, memoryMiB })
          ofCell[position] = slot
        }
        return slot
      })
    }),
  )
  return { slots, slotNumbers, slotsOf }
}
