import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml'
import { cached } from '../../model/cached.js'
import { type EqualKey, keyName, listEqualKeys } from './equal-keys.js'
import { TextProblem } from './text-problem.js'

/** The values of an alias count each time that it appears. */
const mostNodes = 500_000

export interface YamlParts {
  /** Keys that already appeared in their mapping, in the order of the text. */
  readonly equalKeys: readonly EqualKey[]
  /** Keys that are mappings or lists. */
  readonly compoundKeys: readonly Node[]
  /** Null: no anchor before the alias has its name. */
  readonly targets: ReadonlyMap<Alias, Node | null>
}

/**
 * Collects in one pass what the parser would search for at every key and alias. Throws `TextProblem` for a
 * document that its aliases make too large.
 */
export function walkYaml(document: Document): YamlParts {
  const maps: YAMLMap[] = []
  const compoundKeys: Node[] = []
  const targets = new Map<Alias, Node | null>()
  const anchors = new Map<string, Node>()
  const counts = new Map<Node, number>()
  let total = 0

  function add(count: number, node: Node): number {
    total += count
    if (total > mostNodes) {
      const problem = `has more than ${mostNodes} values, those of an alias counted each time`
      throw new TextProblem(problem, node.range?.[0] ?? 0)
    }
    return count
  }

  function visit(node: unknown): number {
    if (!isNode(node)) return 0
    if (isAlias(node)) {
      const target = anchors.get(node.source) ?? null
      targets.set(node, target)
      return add(1 + (target === null ? 0 : (counts.get(target) ?? 0)), node)
    }
    if (node.anchor !== undefined) anchors.set(node.anchor, node)
    let count = add(1, node)
    if (isMap(node)) {
      maps.push(node)
      for (const { key, value } of node.items) {
        count += visit(key) + visit(value)
        const named = isAlias(key) ? targets.get(key) : key
        if (isNode(key) && isCollection(named)) compoundKeys.push(key)
      }
    } else if (isSeq(node)) {
      for (const item of node.items) {
        count += isPair(item) ? visit(item.key) + visit(item.value) : visit(item)
      }
    }
    if (node.anchor !== undefined) counts.set(node, count)
    return count
  }

  visit(document.contents)
  return { equalKeys: listEqualKeys(maps, targets), compoundKeys, targets }
}

/** The last of equal keys counts. */
export function createPairFinder(): (map: YAMLMap, key: string | number) => Pair | undefined {
  const pairsOf = new WeakMap<YAMLMap, ReadonlyMap<string | number, Pair>>()
  const listPairs = ({ items }: YAMLMap): ReadonlyMap<string | number, Pair> =>
    new Map(items.flatMap((pair) => (isScalar(pair.key) ? [[keyName(pair.key), pair]] : [])))
  return (map, key) => cached(pairsOf, map, listPairs).get(key)
}
