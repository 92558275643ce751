import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml'
import type { DocumentPart, DocumentPath, TextPosition } from '../../model/document-path.js'
import { createPairFinder, type YamlParts } from './walk-yaml.js'

/** A pair of a mapping, or an item of a list without a key. */
interface FoundPart {
  readonly key: Node | null
  readonly value: Node | null
}

/** Finds the offset of a path in the text, or of as much of the path as exists. */
export function createPlaceFinder(
  document: Document,
  { targets }: YamlParts,
): (path: DocumentPath, part: DocumentPart) => number | null {
  const findPair = createPairFinder()

  function resolve(node: unknown): unknown {
    return isAlias(node) ? targets.get(node) : node
  }

  function followStep(from: unknown, step: string | number): FoundPart | null {
    const node = resolve(from)
    if (isSeq(node)) {
      const item = typeof step === 'number' ? node.items[step] : undefined
      return isNode(item) ? { key: null, value: item } : null
    }
    if (!isMap(node)) return null
    const pair = findPair(node, step)
    if (pair !== undefined) return toPlace(pair)
    for (const merged of listMerged(node)) {
      const place = followStep(merged, step)
      if (place !== null) return place
    }
    return null
  }

  function listMerged(map: YAMLMap): readonly unknown[] {
    return map.items
      .filter(({ key }) => isScalar(key) && key.source === '<<')
      .flatMap(({ value }) => {
        const source = resolve(value)
        return isSeq(source) ? source.items : [source]
      })
  }

  return (path, part) => {
    let offset = startOf(document.contents)
    let node: Node | null = document.contents
    for (const [depth, step] of path.entries()) {
      const place = followStep(node, step)
      if (place === null) return offset
      const wantsKey = part === 'key' && depth === path.length - 1
      offset = (wantsKey ? null : startOf(place.value)) ?? startOf(place.key) ?? offset
      node = place.value
    }
    return offset
  }
}

function toPlace({ key, value }: Pair): FoundPart {
  return { key: isNode(key) ? key : null, value: isNode(value) ? value : null }
}

export function startOf(node: Node | null): number | null {
  return node?.range?.[0] ?? null
}

/** Maps a position in an embedded text to the position in the text around it. */
export type PositionMap = (inside: TextPosition) => TextPosition

/**
 * Maps positions in the text that a node holds to positions in the whole text. In a block (`config.yaml: |`)
 * every line has its own position; for other nodes only the beginning is known.
 */
export function placesInside(
  node: unknown,
  text: string,
  at: (offset: number) => TextPosition,
): PositionMap {
  const offset = isScalar(node) ? node.range?.[0] : undefined
  if (!isScalar(node) || offset === undefined) return (inside) => inside
  const begin = at(offset)
  if (node.type !== 'BLOCK_LITERAL') return () => begin
  const indent = indentOf(node, text.slice(offset))
  return ({ line, column }) => ({ line: begin.line + line, column: column + indent })
}

/** How far the lines of a block are indented compared with its text. */
function indentOf({ value }: Scalar, block: string): number {
  const spaces = (lines: readonly string[]): number =>
    lines.find((line) => line.trim() !== '')?.search(/\S/) ?? 0
  return spaces(block.split('\n').slice(1)) - spaces(String(value).split('\n'))
}
