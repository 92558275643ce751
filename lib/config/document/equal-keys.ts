import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml'
import { cached } from '../../model/cached.js'

/** A key that already appeared in its mapping. */
export interface EqualKey {
  readonly name: string
  readonly key: Scalar
  readonly earlier: Scalar
  /** Both have the same value, so nothing is lost whichever counts. */
  readonly isSame: boolean
}

export type AliasTargets = ReadonlyMap<Alias, Node | null>

/** Keys become texts in the document, so `7` and `"7"` are equal. */
export function keyName({ value }: Scalar): string {
  return value === null ? '' : String(value)
}

/** Equal keys in the order of the text. */
export function listEqualKeys(
  maps: readonly YAMLMap[],
  targets: AliasTargets,
): readonly EqualKey[] {
  return maps.flatMap((map) => {
    const last = new Map<string, { readonly key: Scalar; readonly value: unknown }>()
    return map.items.flatMap(({ key, value }) => {
      if (!isScalar(key)) return []
      const name = keyName(key)
      const before = last.get(name)
      last.set(name, { key, value })
      if (before === undefined) return []
      const isSame = isSameValue(targets, before.value, value)
      return [{ name, key, earlier: before.key, isSame }]
    })
  })
}

function isSameValue(targets: AliasTargets, first: unknown, second: unknown): boolean {
  // Each pair of nodes is compared once, because an alias may lead back to a node that contains it.
  const compared = new Map<unknown, Set<unknown>>()

  const resolve = (node: unknown): unknown => (isAlias(node) ? targets.get(node) : node)

  function isSame(one: unknown, other: unknown): boolean {
    const a = resolve(one)
    const b = resolve(other)
    if (a === b) return true
    const twins = cached(compared, a, () => new Set())
    if (twins.has(b)) return true
    twins.add(b)
    if (isScalar(a) && isScalar(b)) return Object.is(a.value, b.value)
    if (isSeq(a) && isSeq(b))
      return (
        a.items.length === b.items.length &&
        a.items.every((item, index) => isSame(item, b.items[index]))
      )
    if (isMap(a) && isMap(b)) {
      const fields = fieldsOf(a)
      const others = fieldsOf(b)
      return (
        fields.size === others.size &&
        [...fields].every(([name, value]) => others.has(name) && isSame(value, others.get(name)))
      )
    }
    return isNothing(a) && isNothing(b)
  }

  return isSame(first, second)
}

function fieldsOf(map: YAMLMap): ReadonlyMap<string, unknown> {
  const scalars = map.items.filter((pair): pair is Pair<Scalar> => isScalar(pair.key))
  return new Map(scalars.map(({ key, value }) => [keyName(key), value]))
}

/** `a:` and `a: ~` */
function isNothing(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null)
}
