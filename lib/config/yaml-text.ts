import { createRequire } from 'node:module'
import type { Document, Node, Pair, Tags, YAMLMap } from 'yaml'
import type { ConfigIssue } from '../../types/config.js'
import { MigError } from '../errors.js'
import {
  type DocumentPart,
  type DocumentPath,
  describeIssues,
  type Locate,
} from './document-path.js'

type Yaml = typeof import('yaml')

// `yaml` takes longer to load than the rest of this package together; documents that are objects do
// without it.
const require = createRequire(import.meta.url)
export const loadYaml = (): Yaml => require('yaml')

export interface YamlText {
  /** Null for a text without content. */
  readonly value: unknown
  readonly locate: Locate
}

/**
 * Reads YAML as mig-parted's parser (go-yaml 2, by sigs.k8s.io/yaml) does: YAML 1.1 words for
 * booleans and forms of integers, merge keys; no dates, no base 60. JSON is part of it. Only equal
 * keys, of which that parser silently takes the last, are an error: one of them would be lost.
 */
export function readYamlText(text: string): YamlText {
  const yaml = loadYaml()
  const lines = new yaml.LineCounter()
  const document = yaml.parseDocument(text, {
    version: '1.1',
    customTags: keepTagsOfGo,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
  })
  const locate: Locate = (path, part) => {
    const offset = findOffset(yaml, document, path, part)
    if (offset === null) return null
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  // After the first error the parser guesses: what it says then is noise.
  const [error] = document.errors
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0])
    throw unreadable({ message: error.message, path: [], line, column: col }, error)
  }
  try {
    return { value: document.toJS(), locate }
  } catch (cause) {
    // Aliases without an anchor, and aliases that multiply without end.
    const message = cause instanceof Error ? cause.message : String(cause)
    const offset = findUnresolvedAlias(yaml, document)
    const { line, col } = lines.linePos(offset ?? startOf(document.contents) ?? 0)
    throw unreadable({ message, path: [], line, column: col }, cause)
  }
}

function unreadable(issue: ConfigIssue, cause: unknown): MigError {
  const summary = 'The MIG configuration is not readable as YAML or JSON'
  return new MigError('MIG_CONFIG_INVALID', describeIssues(summary, [issue]), {
    issues: [issue],
    cause,
  })
}

function findUnresolvedAlias(yaml: Yaml, document: Document): number | null {
  let offset: number | null = null
  yaml.visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return undefined
      offset = startOf(alias)
      return yaml.visit.BREAK
    },
  })
  return offset
}

function keepTagsOfGo(tags: Tags): Tags {
  return tags.filter(
    (tag) =>
      typeof tag === 'string' ||
      (tag.format !== 'TIME' && !/:(binary|omap|pairs|set|timestamp)$/.test(tag.tag)),
  )
}

function findOffset(
  yaml: Yaml,
  document: Document,
  path: DocumentPath,
  part: DocumentPart,
): number | null {
  let offset = startOf(document.contents)
  let node = document.contents
  for (const [depth, step] of path.entries()) {
    const place = followStep(yaml, document, node, step)
    if (place === null) return offset
    const wantsKey = part === 'key' && depth === path.length - 1
    offset = (wantsKey ? null : startOf(place.value)) ?? startOf(place.key) ?? offset
    node = place.value
  }
  return offset
}

interface Place {
  readonly key: Node | null
  readonly value: Node | null
}

function followStep(
  yaml: Yaml,
  document: Document,
  from: Node | null,
  step: string | number,
): Place | null {
  const node = yaml.isAlias(from) ? (from.resolve(document) ?? null) : from
  if (yaml.isSeq(node)) {
    const item = typeof step === 'number' ? node.items[step] : undefined
    return yaml.isNode(item) ? { key: null, value: item } : null
  }
  if (!yaml.isMap(node)) return null
  const pair = node.items.findLast(({ key }) => yaml.isScalar(key) && String(key.value) === step)
  if (pair !== undefined) return toPlace(yaml, pair)
  for (const merged of listMerged(yaml, document, node)) {
    const place = followStep(yaml, document, merged, step)
    if (place !== null) return place
  }
  return null
}

function listMerged(yaml: Yaml, document: Document, map: YAMLMap): readonly Node[] {
  return map.items
    .filter(({ key }) => yaml.isScalar(key) && key.source === '<<')
    .flatMap(({ value }) => {
      const source = yaml.isAlias(value) ? value.resolve(document) : value
      return yaml.isSeq(source) ? source.items : [source]
    })
    .filter((source) => yaml.isNode(source))
}

function toPlace(yaml: Yaml, { key, value }: Pair): Place {
  return { key: yaml.isNode(key) ? key : null, value: yaml.isNode(value) ? value : null }
}

function startOf(node: Node | null): number | null {
  return node?.range?.[0] ?? null
}
