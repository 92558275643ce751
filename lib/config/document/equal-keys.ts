import type { Alias, Node, Pair, Scalar, YAMLMap } from 'yaml'
import type { Yaml } from './load-yaml.js'

/** A key that stood in its mapping before. */
export interface EqualKey {
  readonly name: string
  readonly key: Scalar
  readonly earlier: Scalar
  /** Both say the same: whichever counts, nothing is lost. */
  readonly isSame: boolean
}

export type AliasTargets = ReadonlyMap<Alias, Node | null>

/** Keys are texts in the document that is made of them: `7` and `"7"` are equal. */
export function keyName({ value }: Scalar): string {
  return value === null ? '' : String(value)
}

/** In the order of the text. */
export function listEqualKeys(
  yaml: Yaml,
  maps: readonly YAMLMap[],
  targets: AliasTargets,
): readonly EqualKey[] {
  return maps.flatMap((map) => {
    const last = new Map<string, { readonly key: Scalar; readonly value: unknown }>()
    return map.items.flatMap(({ key, value }) => {
      if (!yaml.isScalar(key)) return []
      const name = keyName(key)
      const before = last.get(name)
      last.set(name, { key, value })
      if (before === undefined) return []
      const isSame = isSameValue(yaml, targets, before.value, value)
      return [{ name, key, earlier: before.key, isSame }]
    })
  })
}

function isSameValue(yaml: Yaml, targets: AliasTargets, first: unknown, second: unknown): boolean {
  // Two nodes are compared once: that is enough, and aliases may lead back to where they stand.
  const compared = new Map<unknown, Set<unknown>>()

  function isSame(one: unknown, other: unknown): boolean {
    const [a, b] = [one, other].map((node) => (yaml.isAlias(node) ? targets.get(node) : node))
    if (a === b || compared.get(a)?.has(b)) return true
    compared.set(a, (compared.get(a) ?? new Set()).add(b))
    if (yaml.isScalar(a) && yaml.isScalar(b)) return Object.is(a.value, b.value)
    if (yaml.isSeq(a) && yaml.isSeq(b))
      return (
        a.items.length === b.items.length &&
        a.items.every((item, index) => isSame(item, b.items[index]))
      )
    if (yaml.isMap(a) && yaml.isMap(b)) {
      const [fields, twins] = [fieldsOf(yaml, a), fieldsOf(yaml, b)]
      return (
        fields.size === twins.size &&
        [...fields].every(([name, value]) => twins.has(name) && isSame(value, twins.get(name)))
      )
    }
    return isNothing(yaml, a) && isNothing(yaml, b)
  }

  return isSame(first, second)
}

function fieldsOf(yaml: Yaml, map: YAMLMap): ReadonlyMap<string, unknown> {
  const scalars = map.items.filter((pair): pair is Pair<Scalar> => yaml.isScalar(pair.key))
  return new Map(scalars.map(({ key, value }) => [keyName(key), value]))
}

/** `a:` and `a: ~` */
function isNothing(yaml: Yaml, node: unknown): boolean {
  return node === null || node === undefined || (yaml.isScalar(node) && node.value === null)
}
