import type { Column } from '../../program/linear-program.js'
import { listPatterns, type Pattern } from '../../program/patterns.js'
import type { MoveSite } from '../access-groups.js'
import type { MoveCell, MoveView } from '../grouped-fleet.js'
import { type ClearGroup, listClearGroups } from './clear-groups.js'
import type { ClearedRoom } from './cleared-room.js'
import { type CompactAim, fewestGpus } from './compact-aim.js'

/** Room for one profile on one site. */
export interface MoveSlot {
  readonly number: number
  readonly site: MoveSite
  readonly position: number
}

export interface ClearColumn {
  readonly group: ClearGroup
  readonly option: number
}

export interface FillColumn {
  readonly room: ClearedRoom
  readonly pattern: Pattern
}

export interface FlowColumn {
  readonly kind: number
  readonly slot: number
}

/**
 * How many GPUs of each group are cleared in which way (z), how many GPUs of each class take which pattern
 * (x), and which slots what went goes to, where it has a choice (y). Its size does not depend on the number
 * of GPUs.
 */
export interface CompactProgram {
  readonly groups: readonly ClearGroup[]
  readonly rooms: readonly ClearedRoom[]
  readonly slots: readonly MoveSlot[]
  /** By kind. */
  readonly slotsOf: readonly (readonly number[])[]
  readonly clears: readonly ClearColumn[]
  readonly fills: readonly FillColumn[]
  readonly flows: readonly FlowColumn[]
  /** Of `clears`, then `fills`, then `flows`. */
  readonly columns: readonly Column[]
  readonly rowLower: Float64Array
  readonly rowUpper: Float64Array
  /** It limits the aim. */
  readonly aimRow: number
  readonly firstSlotRow: number
  /** Row of each kind that has a choice; -1: none. */
  readonly kindRows: readonly number[]
  readonly costs: { readonly aim: Float64Array; readonly moves: Float64Array }
}

export function buildCompactProgram(view: MoveView, aim: CompactAim = fewestGpus): CompactProgram {
  const rooms: ClearedRoom[] = []
  const roomByKey = new Map<string, ClearedRoom>()
  const positionsOf = view.sites.map(({ positionsOf: byKind }) =>
    [...new Set(byKind.flat())].sort((a, b) => a - b),
  )
  const roomOf = ({ site }: MoveCell, classNumber: number, isEmpty: boolean): ClearedRoom => {
    const ofFilled = isEmpty ? aim.ofFilled : 0
    const key = `${site.number}:${classNumber}:${ofFilled}`
    let room = roomByKey.get(key)
    if (room === undefined) {
      const patterns = listPatterns(site.model.tables, classNumber, positionsOf[site.number] ?? [])
      room = { number: rooms.length, site, classNumber, ofFilled, patterns }
      rooms.push(room)
      roomByKey.set(key, room)
    }
    return room
  }

  const groups = listClearGroups(view, aim, roomOf)
  const slots: MoveSlot[] = view.sites
    .flatMap((site) =>
      (positionsOf[site.number] ?? []).map((position) => ({ number: 0, site, position })),
    )
    .map((slot, number) => ({ ...slot, number }))
  const slotNumber = (site: MoveSite, position: number): number =>
    slots.findIndex((slot) => slot.site === site && slot.position === position)
  const slotsOf = view.kinds.map(({ number }) =>
    view.sites.flatMap((site) =>
      (site.positionsOf[number] ?? []).map((position) => slotNumber(site, position)),
    ),
  )

  const firstRoomRow = groups.length
  const firstSlotRow = firstRoomRow + rooms.length
  let rowCount = firstSlotRow + slots.length
  const kindRows = slotsOf.map((each) => (each.length > 1 ? rowCount++ : -1))
  const aimRow = rowCount++
  const rowLower = new Float64Array(rowCount)
  const rowUpper = new Float64Array(rowCount).fill(Number.POSITIVE_INFINITY)
  for (const { number, count } of groups) {
    rowLower[number] = count
    rowUpper[number] = count
  }
  rowLower[aimRow] = Number.NEGATIVE_INFINITY

  const demandRow = (kind: number): number =>
    (kindRows[kind] ?? -1) >= 0 ? (kindRows[kind] ?? 0) : firstSlotRow + (slotsOf[kind]?.[0] ?? 0)
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
    for (const [option, { room, kinds, cost, ofAim }] of group.options.entries()) {
      const entries = new Map([
        [group.number, 1],
        [firstRoomRow + room, 1],
      ])
      for (const kind of kinds) {
        const row = demandRow(kind)
        entries.set(row, (entries.get(row) ?? 0) - 1)
      }
      clears.push({ group, option })
      add(entries, ofAim, cost)
    }
  }
  for (const room of rooms) {
    for (const pattern of room.patterns) {
      const entries = new Map([[firstRoomRow + room.number, -1]])
      for (const [position, count] of pattern.entries()) {
        if (count > 0) entries.set(firstSlotRow + slotNumber(room.site, position), count)
      }
      fills.push({ room, pattern })
      add(entries, room.ofFilled, 0)
    }
  }
  for (const [kind, each] of slotsOf.entries()) {
    if (each.length < 2) continue
    for (const slot of each) {
      flows.push({ kind, slot })
      add(
        new Map([
          [firstSlotRow + slot, -1],
          [kindRows[kind] ?? 0, 1],
        ]),
        0,
        0,
      )
    }
  }
  return {
    groups,
    rooms,
    slots,
    slotsOf,
    clears,
    fills,
    flows,
    columns,
    rowLower,
    rowUpper,
    aimRow,
    firstSlotRow,
    kindRows,
    costs: { aim: Float64Array.from(aims), moves: Float64Array.from(moves) },
  }
}
