import { isPlainObject, type OptionRule } from './check-options.js'

// The kinds of value that options have.

export const flag: OptionRule = {
  allowed: 'true or false',
  accepts: (value) => typeof value === 'boolean',
}

export const text: OptionRule = {
  allowed: 'a string',
  accepts: (value) => typeof value === 'string',
}

/** Not empty, and nothing that would end it early in a system call. */
export const path: OptionRule = {
  allowed: 'a path',
  accepts: (value) => typeof value === 'string' && value !== '' && !value.includes('\0'),
}

export const file: OptionRule = {
  allowed: 'a path or a file: URL',
  accepts: (value) => (value instanceof URL ? value.protocol === 'file:' : path.accepts(value)),
}

export const callback: OptionRule = {
  allowed: 'a function',
  accepts: (value) => typeof value === 'function',
}

export const signal: OptionRule = {
  allowed: 'an AbortSignal',
  accepts: (value) => value instanceof AbortSignal,
}

export const texts: OptionRule = {
  allowed: 'an object of strings',
  accepts: (value) =>
    isPlainObject(value) && Object.values(value).every((each) => typeof each === 'string'),
}

export const textOrObject: OptionRule = {
  allowed: 'text or an object',
  accepts: (value) => typeof value === 'string' || isPlainObject(value),
}

/** What a timer of Node's can hold. */
const longestMs = 2 ** 31 - 1

export const milliseconds: OptionRule = {
  allowed: `a number of milliseconds above 0, at most ${longestMs}`,
  accepts: (value) => typeof value === 'number' && value > 0 && value <= longestMs,
}

export const wholeFromOne: OptionRule = {
  allowed: 'a whole number from 1',
  accepts: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
}

/** What an `unsigned int` holds. */
export const unsigned: OptionRule = {
  allowed: 'a whole number from 0, at most 4294967295',
  accepts: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 32,
}

export function oneOf(...names: readonly string[]): OptionRule {
  const quoted = names.map((name) => `'${name}'`)
  return {
    allowed: [quoted.slice(0, -1).join(', '), ...quoted.slice(-1)].filter(Boolean).join(' or '),
    accepts: (value) => typeof value === 'string' && names.includes(value),
  }
}

export function either(one: OptionRule, other: OptionRule): OptionRule {
  return {
    allowed: `${one.allowed.replace(' or ', ', ')} or ${other.allowed}`,
    accepts: (value) => one.accepts(value) || other.accepts(value),
  }
}

/** An object with these parts and no others; those that are `required` cannot be left out. */
export function objectOf(
  parts: Readonly<Record<string, OptionRule>>,
  ...required: readonly string[]
): OptionRule {
  const what = required.length === 0 ? '' : ` with ${required.join(' and ')}`
  return {
    allowed: `an object${what}`,
    accepts: (value) =>
      isPlainObject(value) && required.every((name) => Reflect.get(value, name) !== undefined),
    parts,
  }
}
