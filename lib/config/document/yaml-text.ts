import { createRequire } from 'node:module'
import type { Document, Node, Pair, Tags, YAMLMap } from 'yaml'
import type { ConfigIssue } from '../../../types/config.js'
import { MigError } from '../../errors.js'
import {
  type DocumentPart,
  type DocumentPath,
  describeIssue,
  describeIssues,
  type Locate,
  type TextPosition,
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
  /** What only a lenient reader takes. */
  readonly warnings: readonly string[]
}

/**
 * Reads YAML as mig-parted's parser (go-yaml 2, by sigs.k8s.io/yaml) does: YAML 1.1 words for
 * booleans and forms of integers, merge keys; no dates, no base 60. JSON is part of it. Only equal
 * keys, of which that parser silently takes the last, and more than one document, of which it takes
 * the first, are errors unless `lenient`: one of them would be lost.
 */
export function readYamlText(text: string, lenient = false): YamlText {
  const yaml = loadYaml()
  const lines = new yaml.LineCounter()
  const document = yaml.parseDocument(text, {
    version: '1.1',
    customTags: keepTagsOfGo,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
  })
  const at = (offset: number): TextPosition => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const locate: Locate = (path, part) => {
    const offset = findOffset(yaml, document, path, part)
    return offset === null ? null : at(offset)
  }
  const tolerated = document.errors.filter(({ code }) => lenient && code in takenByGo)
  // After the first error the parser guesses: what it says then is noise.
  const error = document.errors.find((each) => !tolerated.includes(each))
  if (error !== undefined) {
    throw unreadable({ message: error.message, path: [], ...at(error.pos[0]) }, error)
  }
  const warnings = tolerated.map(({ code, pos }) =>
    describeIssue({ message: takenByGo[code] ?? '', path: [], ...at(pos[0]) }),
  )
  try {
    return { value: document.toJS(), locate, warnings }
  } catch (cause) {
    // Aliases without an anchor, and aliases that multiply without end.
    const message = cause instanceof Error ? cause.message : String(cause)
    const offset = findUnresolvedAlias(yaml, document)
    const position = at(offset ?? startOf(document.contents) ?? 0)
    throw unreadable({ message, path: [], ...position }, cause)
  }
}

const takenByGo: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'Of equal keys the last counts',
  MULTIPLE_DOCS: 'Of several documents the first counts',
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
