import { cached } from '../../model/cached.js'
import type { GpuOption } from './compare-options.js'

/** What an option does to a plan, whatever the GPU has already. */
export interface Effect {
  readonly option: GpuOption
  /** How many idle devices of each size it adds, below 0: takes. */
  readonly added: readonly number[]
  /** How much less of the mix fits than with the roomiest change; 0 where room does not count. */
  readonly lostRoom: number
  /** Equal for equal effects. */
  readonly key: string
}

export interface ListedEffects {
  /** In the order of the options. */
  readonly effects: readonly Effect[]
  /** The effect by its key. */
  readonly byKey: ReadonlyMap<string, Effect>
  /** Equal for equal effects in any order. */
  readonly key: string
}

const known = new WeakMap<readonly GpuOption[], Map<number | null, ListedEffects>>()

/** The effects of a list of options. `mostRoom` is null where room does not count. */
export function listEffects(options: readonly GpuOption[], mostRoom: number | null): ListedEffects {
  const ofList = cached(known, options, () => new Map<number | null, ListedEffects>())
  return cached(ofList, mostRoom, () => {
    const now = options[0]?.supply ?? []
    const all = options.map((option): Effect => {
      const { supply, moved, destroyed, modeCost, room, changes } = option
      const added = supply.map((count, size) => count - (now[size] ?? 0))
      const lostRoom = mostRoom === null ? 0 : mostRoom - room
      const parts = [added.join(), moved.join(), destroyed.length, modeCost, lostRoom]
      return { option, added, lostRoom, key: [...parts, Number(changes)].join(':') }
    })
    const byKey = new Map<string, Effect>()
    for (const effect of all) if (!byKey.has(effect.key)) byKey.set(effect.key, effect)
    const effects = [...byKey.values()]
    return { effects, byKey, key: [...byKey.keys()].sort().join(';') }
  })
}
