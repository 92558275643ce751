import type { YAMLError } from 'yaml'
import type { TextPosition } from '../../model/document-path.js'
import type { YamlParts } from './walk-yaml.js'
import { startOf } from './yaml-places.js'

/** Why a text cannot be read as it is. */
export interface YamlProblem {
  readonly message: string
  readonly offset: number
}

/** Something that a strict reader refuses and a lenient one accepts. */
export interface TolerableProblem extends YamlProblem {
  /** The warning if it is accepted. */
  readonly warning: string
  /** A strict reader accepts it as well, because it loses nothing. */
  readonly isHarmless: boolean
}

/** Equal keys, and a second document. */
export function findTolerable(
  { equalKeys }: YamlParts,
  second: number | null,
  at: (offset: number) => TextPosition,
): readonly TolerableProblem[] {
  const keys = equalKeys.map(({ name, key, earlier, isSame }): TolerableProblem => {
    const quoted = JSON.stringify(name)
    const { line, column } = at(startOf(earlier) ?? 0)
    const before = `line ${line}, column ${column}`
    return {
      offset: startOf(key) ?? 0,
      message: `The key ${quoted} already appears at ${before}, with another value`,
      warning: isSame
        ? `The key ${quoted} already appears at ${before}, with the same value`
        : `The last of two equal keys counts: ${quoted} already appears at ${before}, with another value`,
      isHarmless: isSame,
    }
  })
  if (second === null) return keys
  const document: TolerableProblem = {
    offset: second,
    message: 'A second YAML document begins here, and only one is read',
    warning: 'Only the first of several documents counts',
    isHarmless: false,
  }
  return [...keys, document].toSorted((a, b) => a.offset - b.offset)
}

/** Keys of a form that no reader accepts. */
export function findCompoundKeys({ compoundKeys }: YamlParts): readonly YamlProblem[] {
  return compoundKeys.map((key) => ({
    message: 'A mapping or a list cannot be a key',
    offset: startOf(key) ?? 0,
  }))
}

/** The parser's errors, moved to the place where a person finds the cause. */
export function placeErrors(text: string, errors: readonly YAMLError[]): readonly YamlProblem[] {
  const deeper = new Set(errors.filter(isTooDeep).map(({ pos }) => pos[0]))
  return errors
    .filter((error) => error.code !== 'BLOCK_AS_IMPLICIT_KEY' || !deeper.has(error.pos[0]))
    .map((error) =>
      isTooDeep(error)
        ? {
            message:
              'A key is not allowed here: its indentation makes the line part of the value before it',
            offset: findVisible(text, text.lastIndexOf('\n', error.pos[1] - 1) + 1),
          }
        : { message: error.message, offset: findVisible(text, error.pos[0]) },
    )
}

/** A plain value continues in deeper lines, and one of these lines has a key. */
function isTooDeep({ code }: YAMLError): boolean {
  return code === 'MULTILINE_IMPLICIT_KEY'
}

/**
 * The parser places an error of indentation at the end of the line before, where nothing is visible. The
 * error belongs to the next visible text.
 */
function findVisible(text: string, offset: number): number {
  let visible = offset
  while (visible < text.length) {
    if (isBlank(text[visible])) visible += 1
    else if (text[visible] === '#' && beginsLine(text, visible)) visible = endOfLine(text, visible)
    else return visible
  }
  return offset
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\r'
}

function beginsLine(text: string, offset: number): boolean {
  return text.slice(text.lastIndexOf('\n', offset) + 1, offset).trim() === ''
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end === -1 ? text.length : end
}
