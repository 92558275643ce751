import type { Tags } from 'yaml'
import type { ConfigIssue } from '../../../types/config.js'
import { MigError } from '../../errors.js'
import { composeYaml } from './compose-yaml.js'
import { describeIssue, describeIssues, type Locate, type TextPosition } from './document-path.js'
import { loadYaml } from './load-yaml.js'
import { TextProblem } from './text-problem.js'
import { walkYaml } from './walk-yaml.js'
import { createPlaceFinder, startOf } from './yaml-places.js'

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
 *
 * Time and memory are bounded: texts are refused that are too long or nested too deeply, or that have
 * too many aliases.
 */
export function readYamlText(text: string, lenient = false): YamlText {
  const bytes = Buffer.byteLength(text)
  if (bytes > mostBytes) {
    throw unreadable({ message: describeLength(bytes), path: [], line: 1, column: 1 })
  }
  const yaml = loadYaml()
  const lines = new yaml.LineCounter()
  const at = (offset: number): TextPosition => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const refuse = (message: string, offset: number, cause?: unknown): MigError =>
    unreadable({ message, path: [], ...at(offset) }, cause)
  try {
    const { document, second } = composeYaml(yaml, text, {
      version: '1.1',
      customTags: keepTagsOfGo,
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'error',
      // It would compare every key with all before it.
      uniqueKeys: false,
    })
    const parts = walkYaml(yaml, document)
    const tolerable = [
      ...parts.equalKeys.map((key) => ({ ...equalKeys, offset: startOf(key) ?? 0 })),
      ...(second === null ? [] : [{ ...severalDocuments, offset: second }]),
    ]
    const errors = [
      ...document.errors.map(({ message, pos }) => ({ message, offset: pos[0] })),
      ...(lenient ? [] : tolerable),
    ]
    // After the first error the parser guesses: what it says then is noise.
    const [first] = errors.toSorted((a, b) => a.offset - b.offset)
    if (first !== undefined) throw refuse(first.message, first.offset)
    const findPlace = createPlaceFinder(yaml, document, parts)
    for (const [alias, target] of parts.targets) {
      if (target !== null) continue
      throw refuse(
        `is an alias of ${alias.source}, which is no anchor before it`,
        startOf(alias) ?? 0,
      )
    }
    return {
      value: toValue(),
      locate: (path, part) => {
        const offset = findPlace(path, part)
        return offset === null ? null : at(offset)
      },
      warnings: tolerable.map(({ whenLenient, offset }) =>
        describeIssue({ message: whenLenient, path: [], ...at(offset) }),
      ),
    }

    function toValue(): unknown {
      try {
        return document.toJS()
      } catch (cause) {
        // Aliases that multiply without end.
        const message = cause instanceof Error ? cause.message : String(cause)
        throw refuse(message, startOf(document.contents) ?? 0, cause)
      }
    }
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error
    throw refuse(error.message, error.offset)
  }
}

/** Much more than anybody needs: NVIDIA's file for all its GPUs has 20 KiB. */
const mostBytes = 2 ** 20

function describeLength(bytes: number): string {
  return `has ${bytes} bytes; a text is read up to ${mostBytes / 2 ** 20} MiB`
}

const equalKeys = {
  message: 'Equal keys: one of them would be lost',
  whenLenient: 'Of equal keys the last counts',
}

const severalDocuments = {
  message: 'A second YAML document begins here, and only one is read',
  whenLenient: 'Of several documents the first counts',
}

function unreadable(issue: ConfigIssue, cause?: unknown): MigError {
  const summary = 'The MIG configuration is not readable as YAML or JSON'
  return new MigError('MIG_CONFIG_INVALID', describeIssues(summary, [issue]), {
    issues: [issue],
    ...(cause === undefined ? {} : { cause }),
  })
}

function keepTagsOfGo(tags: Tags): Tags {
  return tags.filter(
    (tag) =>
      typeof tag === 'string' ||
      (tag.format !== 'TIME' && !/:(binary|omap|pairs|set|timestamp)$/.test(tag.tag)),
  )
}
