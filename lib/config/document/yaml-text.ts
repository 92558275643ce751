import { LineCounter, type Tags } from 'yaml'
import type { ConfigIssue } from '../../../types/config/config.js'
import type { MigErrorDetails } from '../../../types/machine/errors.js'
import { MigError } from '../../errors.js'
import {
  type DocumentPath,
  describeIssue,
  describeIssues,
  type Locate,
  type TextPosition,
} from '../../model/document-path.js'
import { describeTooLong } from '../../model/document-text.js'
import { composeYaml } from './compose-yaml.js'
import { TextProblem } from './text-problem.js'
import { walkYaml } from './walk-yaml.js'
import { createPlaceFinder, type PositionMap, placesInside, startOf } from './yaml-places.js'
import {
  findCompoundKeys,
  findTolerable,
  placeErrors,
  type TolerableProblem,
  type YamlProblem,
} from './yaml-problems.js'

export interface YamlText {
  /** Null for a text without content. */
  readonly value: unknown
  readonly locate: Locate
  /** For the text at this path: maps its positions to positions in the whole text. */
  readonly placesInside: (path: DocumentPath) => PositionMap
  /** Likely mistakes that were accepted. */
  readonly warnings: readonly string[]
}

/**
 * Reads YAML as mig-parted's parser (go-yaml 2, by sigs.k8s.io/yaml) does: YAML 1.1 words for booleans and
 * forms of integers, merge keys, no dates, no base 60. JSON is part of it.
 *
 * Two things are errors here unless `lenient`, because a value would be lost: equal keys with different
 * values, of which that parser silently takes the last, and several documents, of which it takes the first.
 *
 * Time and memory are bounded: a text that is too long, nested too deeply or has too many aliases is
 * refused. `place` maps positions of an embedded text to the text around it.
 */
export function readYamlText(
  input: string,
  lenient = false,
  place: PositionMap = (inside) => inside,
): YamlText {
  const tooLong = describeTooLong(input)
  if (tooLong !== null) throw unreadable({ message: tooLong, path: [], line: 1, column: 1 })
  // YAML has three line endings, and this parser knows two.
  const text = input.replaceAll(/\r(?!\n)/g, '\n')
  const lines = new LineCounter()
  const at = (offset: number): TextPosition => {
    const { line, col } = lines.linePos(offset)
    return place({ line, column: col })
  }
  const refuse = (message: string, offset: number, details: Details = {}): MigError =>
    unreadable({ message, path: [], ...at(offset) }, details)
  try {
    const { document, second } = composeYaml(text, {
      version: '1.1',
      customTags: keepTagsOfGo,
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'error',
      // The check would compare every key with all before it.
      uniqueKeys: false,
    })
    const parts = walkYaml(document)
    const tolerable = findTolerable(parts, second, at)
    const lost = lenient ? [] : tolerable.filter(({ isHarmless }) => !isHarmless)
    const errors = [...placeErrors(text, document.errors), ...findCompoundKeys(parts)]
    // After the first error the parser guesses, so its further errors are noise.
    const [first] = [...errors, ...lost].toSorted((a, b) => a.offset - b.offset)
    if (first !== undefined) throw refuse(first.message, first.offset, hintFor(first, lost, text))
    const findPlace = createPlaceFinder(document, parts)
    for (const [alias, target] of parts.targets) {
      if (target !== null) continue
      throw refuse(
        `is an alias of ${alias.source}, but no anchor before it has this name`,
        startOf(alias) ?? 0,
      )
    }
    return {
      value: toValue(),
      locate: (path, part) => {
        const offset = findPlace(path, part)
        return offset === null ? null : at(offset)
      },
      placesInside: (path) => placesInside(document.getIn(path, true), text, at),
      warnings: tolerable.map(({ warning, offset }) =>
        describeIssue({ message: warning, path: [], ...at(offset) }),
      ),
    }

    function toValue(): unknown {
      try {
        return document.toJS()
      } catch (cause) {
        // Aliases may multiply without end.
        const message = cause instanceof Error ? cause.message : String(cause)
        throw refuse(message, startOf(document.contents) ?? 0, { cause })
      }
    }
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error
    throw refuse(error.message, error.offset)
  }
}

type Details = Pick<MigErrorDetails, 'hint' | 'cause'>

function hintFor(
  first: YamlProblem,
  lost: readonly TolerableProblem[],
  text: string,
): Pick<MigErrorDetails, 'hint'> {
  if (lost.some((problem) => problem === first))
    return { hint: "matching 'lenient' (--matching lenient) reads it as nvidia-mig-parted does" }
  return /\{\{|\{%/.test(text)
    ? { hint: 'it looks like a template: fill in the placeholders in {{ }} or {% %} first' }
    : {}
}

function unreadable(issue: ConfigIssue, details: Details = {}): MigError {
  const summary = 'The MIG configuration is not readable as YAML or JSON'
  return new MigError('MIG_CONFIG_INVALID', describeIssues(summary, [issue]), {
    issues: [issue],
    ...details,
  })
}

function keepTagsOfGo(tags: Tags): Tags {
  return tags.filter(
    (tag) =>
      typeof tag === 'string' ||
      (tag.format !== 'TIME' && !/:(binary|omap|pairs|set|timestamp)$/.test(tag.tag)),
  )
}
