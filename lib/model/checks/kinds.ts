import { isPlainObject, type Rule } from './find-fault.js'

// The usual rules for options, forms of a fleet and geometries.

/** Only its absence can be wrong, where it is required. */
export const anything: Rule = { allowed: 'given', accepts: () => true }

export const flag: Rule = {
  allowed: 'true or false',
  accepts: (value) => typeof value === 'boolean',
}

export const text: Rule = {
  allowed: 'a string',
  accepts: (value) => typeof value === 'string',
}

export const nonEmpty: Rule = {
  allowed: 'a string that is not empty',
  accepts: (value) => typeof value === 'string' && value !== '',
}

/** Not empty and without a NUL character, at which a system call would cut it off. */
export const path: Rule = {
  allowed: 'a path',
  accepts: (value) => typeof value === 'string' && value !== '' && !value.includes('\0'),
}

export const file: Rule = {
  allowed: 'a path or a file: URL',
  accepts: (value) => (value instanceof URL ? value.protocol === 'file:' : path.accepts(value)),
}

export const callback: Rule = {
  allowed: 'a function',
  accepts: (value) => typeof value === 'function',
}

export const signal: Rule = {
  allowed: 'an AbortSignal',
  accepts: (value) => value instanceof AbortSignal,
}

export const object: Rule = { allowed: 'an object', accepts: isPlainObject }

export const list: Rule = { allowed: 'a list', accepts: Array.isArray }

/** The names of the fields are the caller's own. */
export const texts: Rule = { allowed: 'an object of strings', accepts: isPlainObject, items: text }

export const textOrObject: Rule = {
  allowed: 'text or an object',
  accepts: (value) => typeof value === 'string' || isPlainObject(value),
}

/** The longest time that a timer in Node can wait. */
const longestMs = 2 ** 31 - 1

export const milliseconds: Rule = {
  allowed: `a number of milliseconds above 0, at most ${longestMs}`,
  accepts: (value) => typeof value === 'number' && value > 0 && value <= longestMs,
}

/** The range of an `unsigned int`. */
export const unsigned: Rule = {
  allowed: 'a whole number from 0, at most 4294967295',
  accepts: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 32,
}

/** A whole number that JavaScript represents exactly. */
export function wholeFrom(least: number, most: number = Number.MAX_SAFE_INTEGER): Rule {
  return {
    allowed: `a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}`,
    accepts: (value) =>
      Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  }
}

export function oneOf(...words: readonly unknown[]): Rule {
  const shown = words.map((word) => (typeof word === 'string' ? `'${word}'` : String(word)))
  return {
    allowed: [shown.slice(0, -1).join(', '), ...shown.slice(-1)].filter(Boolean).join(' or '),
    accepts: (value) => words.includes(value),
  }
}

/** The words of a union of the contract. One that is missing, or is no part of it, does not compile. */
export function wordsOf<Union extends string>(
  words: Readonly<Record<Union, true>>,
): readonly Union[] {
  return Object.keys(words) as Union[]
}

/** Fields and items are checked by the first rule that has them. */
export function either(one: Rule, other: Rule): Rule {
  return {
    ...(one.fields === undefined && one.items === undefined ? other : one),
    allowed: `${one.allowed.replace(' or ', ', ')} or ${other.allowed}`,
    accepts: (value) => one.accepts(value) || other.accepts(value),
  }
}

export function listOf(items: Rule): Rule {
  return { ...list, items }
}

/** An object with these fields and no others. The `required` ones must be there. */
export function objectOf(
  fields: Readonly<Record<string, Rule>>,
  ...required: readonly string[]
): Rule {
  const what = required.length === 0 ? '' : ` with ${required.join(' and ')}`
  return {
    allowed: `an object${what}`,
    accepts: isPlainObject,
    fields: new Map(Object.entries(fields)),
    required,
  }
}

/** The same object with any further fields. */
export function openObjectOf(
  fields: Readonly<Record<string, Rule>>,
  ...required: readonly string[]
): Rule {
  return { ...objectOf(fields, ...required), isOpen: true }
}
