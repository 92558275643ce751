import { sum } from '../../model/numbers.js'
import type { CellClass } from './cells.js'

/** How many GPUs of each class are still to change with each effect. */
export interface EffectLedger {
  /** By effect, over all classes. */
  readonly left: ReadonlyMap<string, number>
  readonly classOf: (gpu: object) => CellClass | undefined
  /**
   * Has a GPU of the class take the effect. If the solution wants it of another class, the two swap; false: they cannot, and a GPU of
   * the class would then be missing elsewhere.
   */
  readonly take: (ofClass: CellClass, effect: string) => boolean
  /** An effect that a class itself has to take. */
  readonly next: (ofClass: CellClass) => string | undefined
}

interface Account {
  readonly ofClass: CellClass
  readonly keys: ReadonlySet<string>
  readonly wanted: Map<string, number>
  /** GPUs that take nothing so far. */
  unused: number
}

export function createLedger(
  classes: readonly CellClass[],
  countsOf: (ofClass: CellClass) => ReadonlyMap<string, number>,
): EffectLedger {
  const accounts = new Map<CellClass, Account>()
  const classByGpu = new Map<object, CellClass>()
  const left = new Map<string, number>()
  for (const ofClass of classes) {
    const { gpus, effects } = ofClass
    const wanted = new Map(countsOf(ofClass))
    const keys = new Set(effects.map(({ key }) => key))
    accounts.set(ofClass, { ofClass, keys, wanted, unused: gpus.length })
    for (const gpu of gpus) classByGpu.set(gpu, ofClass)
    for (const [key, count] of wanted) left.set(key, (left.get(key) ?? 0) + count)
  }
  const spend = (account: Account, key: string): void => lower(account.wanted, key)
  const hasSpare = ({ wanted, unused }: Account): boolean => unused > sum([...wanted.values()])

  /** Has another class leave the effect to this one. */
  const swap = (own: Account, key: string): boolean => {
    for (const other of accounts.values()) {
      if (other === own || !other.wanted.has(key)) continue
      if (hasSpare(own)) {
        spend(other, key)
        return true
      }
      for (const given of own.wanted.keys()) {
        if (!other.keys.has(given)) continue
        spend(other, key)
        spend(own, given)
        other.wanted.set(given, (other.wanted.get(given) ?? 0) + 1)
        return true
      }
    }
    return false
  }
  return {
    left,
    classOf: (gpu) => classByGpu.get(gpu),
    next: (ofClass) => accounts.get(ofClass)?.wanted.keys().next().value,
    take: (ofClass, key) => {
      const own = accounts.get(ofClass)
      if (own === undefined) return false
      if (own.wanted.has(key)) spend(own, key)
      else if (!swap(own, key)) return false
      own.unused -= 1
      lower(left, key)
      return true
    },
  }
}

function lower(counts: Map<string, number>, key: string): void {
  const rest = (counts.get(key) ?? 0) - 1
  if (rest > 0) counts.set(key, rest)
  else counts.delete(key)
}
