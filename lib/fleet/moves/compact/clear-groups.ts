import { hasPlaces } from '../access-groups.js'
import { listEvictions } from '../evictions.js'
import type { LayoutType, MoveCell, MoveView } from '../grouped-fleet.js'
import type { MoveItem } from '../move-gpu.js'
import type { ClearedRoom } from './cleared-room.js'
import type { CompactAim } from './compact-aim.js'

/** One way to clear a GPU of a group; the first is to leave it as it is. */
export interface ClearOption {
  /** Of the room that it leaves; position in `CompactProgram.rooms`. */
  readonly room: number
  readonly kinds: readonly number[]
  readonly cost: number
  /** What such a GPU adds to the aim. */
  readonly ofAim: number
}

/** GPUs that can be cleared in the same ways. */
export interface ClearGroup {
  readonly number: number
  readonly count: number
  readonly options: readonly ClearOption[]
  /** By type, then by option: what goes. */
  readonly types: readonly {
    readonly type: LayoutType
    readonly items: readonly (readonly MoveItem[])[]
  }[]
}

export function listClearGroups(
  view: MoveView,
  aim: CompactAim,
  roomOf: (cell: MoveCell, classNumber: number, isEmpty: boolean) => ClearedRoom,
): readonly ClearGroup[] {
  interface Open {
    readonly options: readonly ClearOption[]
    count: number
    readonly types: { type: LayoutType; items: readonly (readonly MoveItem[])[] }[]
  }
  const byKey = new Map<string, Open>()
  const canGo = (kind: number): boolean => hasPlaces(view.sites, kind)
  for (const type of view.types) {
    const { cell, items, members } = type
    const asIs: ClearOption = {
      room: roomOf(cell, cell.classNumber, items.length === 0).number,
      kinds: [],
      cost: 0,
      ofAim: aim.ofKept(cell, items.length),
    }
    const ways = [
      { option: asIs, items: [] as readonly MoveItem[] },
      ...listBestClears(type, canGo).map((way) => ({
        items: way.items,
        option: {
          room: roomOf(cell, way.classAfter, way.items.length === items.length).number,
          kinds: way.kinds,
          cost: way.cost,
          ofAim: aim.ofKept(cell, items.length - way.items.length),
        },
      })),
    ]
    const key = ways
      .map(({ option: { room, kinds, cost, ofAim } }) => `${room}:${kinds.join()}:${cost}:${ofAim}`)
      .join(';')
    const known = byKey.get(key)
    const entry = { type, items: ways.map((way) => way.items) }
    if (known === undefined) {
      byKey.set(key, {
        options: ways.map(({ option }) => option),
        count: members.length,
        types: [entry],
      })
    } else {
      known.count += members.length
      known.types.push(entry)
    }
  }
  return [...byKey.values()].map((group, number) => ({ number, ...group }))
}

/** Of ways that clear the same, those that no other leaves as much room for as little. In a fixed order. */
function listBestClears(
  type: LayoutType,
  canGo: (kind: number) => boolean,
): readonly {
  items: readonly MoveItem[]
  classAfter: number
  kinds: readonly number[]
  cost: number
}[] {
  const byKinds = new Map<string, ReturnType<typeof listBestClears>[number][]>()
  const { includes } = type.cell.site.residuals
  for (const way of listEvictions(type, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)) {
    if (!way.kinds.every(canGo)) continue
    const key = way.kinds.join()
    const others = byKinds.get(key) ?? []
    const isBeaten = others.some(
      (other) => other.cost <= way.cost && includes(other.classAfter, way.classAfter),
    )
    if (isBeaten) continue
    byKinds.set(key, [
      ...others.filter(
        (other) => !(way.cost <= other.cost && includes(way.classAfter, other.classAfter)),
      ),
      way,
    ])
  }
  return [...byKinds.keys()]
    .sort()
    .flatMap((key) =>
      (byKinds.get(key) ?? []).sort((a, b) => a.classAfter - b.classAfter || a.cost - b.cost),
    )
}
