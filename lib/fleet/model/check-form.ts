import { isPlainObject, showValue } from '../../model/check-options.js'
import { suggestName } from '../../model/nearest.js'
import { invalid } from './invalid.js'

// Of a program in JavaScript no compiler has looked at what it gives, and what is passed over in silence,
// `{ profile, cuont: 3 }`, is another request. Paths are put together only where something is wrong: this
// is on the way of every decision of a fleet.

type Path = readonly (string | number)[]

/** Throws `MIG_FLEET_INVALID` for what the part called `name` of the value at `path` cannot be. */
export type PartCheck = (part: unknown, path: Path, name: string | number) => void

/** A check for every field that the contract has. */
export type Form = ReadonlyMap<string, PartCheck>

/** One that is added to the contract does not compile without. */
export function formOf<Type>(
  checks: {
    readonly [Name in keyof Required<Type>]: PartCheck
  },
): Form {
  return new Map(Object.entries(checks) as [string, PartCheck][])
}

/**
 * Throws `MIG_FLEET_INVALID` for what is no object, a field that there is not, and a part of another kind.
 * `isOpen`: what is said beside the contract is the caller's own.
 */
export function checkForm(value: unknown, form: Form, path: Path, isOpen = false): void {
  requireObject(value, path)
  for (const name in value) {
    const part: unknown = value[name as keyof typeof value]
    if (part === undefined) continue
    const check = form.get(name)
    if (check !== undefined) check(part, path, name)
    else if (!isOpen) throw unknownField(name, form, path)
  }
}

function unknownField(name: string, form: Form, path: Path): Error {
  return invalid([...path], `has no field ${name}: ${suggestName(name, [...form.keys()])}`)
}

export function requireObject(value: unknown, path: Path): asserts value is object {
  if (!isPlainObject(value)) throw invalid(path, `is ${showValue(value)}, not an object`)
}

export function requireList(value: unknown, path: Path): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(path, `is ${showValue(value)}, not a list`)
}

export function requireText(value: unknown, path: Path): asserts value is string {
  if (typeof value !== 'string') throw invalid(path, `is ${showValue(value)}, not a text`)
}

/** It is checked elsewhere. */
export const anything: PartCheck = () => undefined

export const text: PartCheck = (part, path, name) => {
  if (typeof part !== 'string') requireText(part, [...path, name])
}

export const flag: PartCheck = (part, path, name) => {
  if (typeof part !== 'boolean') {
    throw invalid([...path, name], `is ${showValue(part)}, not true or false`)
  }
}

export const object: PartCheck = (part, path, name) => requireObject(part, [...path, name])

export function oneOf(...words: readonly unknown[]): PartCheck {
  return (part, path, name) => {
    if (words.includes(part)) return
    throw invalid(
      [...path, name],
      `is ${showValue(part)}, not ${words.map(showValue).join(' or ')}`,
    )
  }
}

export function listOf(check: PartCheck): PartCheck {
  return (part, path, name) => {
    const at = [...path, name]
    requireList(part, at)
    for (let index = 0; index < part.length; index += 1) check(part[index], at, index)
  }
}

export function partOf(form: Form): PartCheck {
  return (part, path, name) => checkForm(part, form, [...path, name])
}

/** Names are the caller's own. */
export const texts: PartCheck = (part, path, name) => {
  const at = [...path, name]
  requireObject(part, at)
  for (const [inner, value] of Object.entries(part)) text(value, at, inner)
}
