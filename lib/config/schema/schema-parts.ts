import * as v from 'valibot'
import { parseProfileName } from '../../model/profile-names.js'

/**
 * Parts of the schemas of both versions. Messages continue after the place that they concern. Metadata
 * says in terms of JSON Schema what valibot cannot derive from a check;
 * `scripts/generate-schema.mjs` makes the package's JSON Schema from both.
 */

const words: Readonly<Record<string, string>> = {
  Array: 'a list',
  Object: 'a mapping',
  undefined: 'nothing',
}

/** The received value, as the end of a message: `not a list`. */
export function otherThan({ received }: { readonly received: string }): string {
  return `not ${words[received] ?? received}`
}

export const mapping: v.GenericSchema<Record<string, unknown>> = v.custom<Record<string, unknown>>(
  // Not a Map or similar object, whose contents would not be checked.
  (input) => Object.prototype.toString.call(input) === '[object Object]',
  (issue) => `must be a mapping, ${otherThan(issue)}`,
)

/** One of several schemas, chosen by the form of the input, so that errors speak of the intended one. */
export function byForm(
  options: readonly v.GenericSchema[],
  choose: (input: unknown) => v.GenericSchema,
): v.GenericSchema {
  const any = v.union(options)
  // JSON Schema is generated without an input, and needs all options.
  return v.lazy((input) => (input === undefined ? any : choose(input)))
}

export function listOf<T>(
  item: v.GenericSchema<unknown, T>,
  what: string,
): v.GenericSchema<unknown, T[]> {
  return v.array(item, (issue) => `must be a list of ${what}, ${otherThan(issue)}`)
}

export const whole = (issue: { readonly received: string }): string =>
  `must be a whole number, ${otherThan(issue)}`

export const wholeNumber: v.GenericSchema<number> = v.pipe(
  v.number(whole),
  v.check((number) => Number.isSafeInteger(number), whole),
  v.metadata({ type: 'integer' }),
)

export function wholeNumberFrom(least: number): v.GenericSchema<number> {
  const message = (issue: { readonly received: string }): string =>
    `must be a whole number, ${least} or more, ${otherThan(issue)}`
  return v.pipe(
    v.number(message),
    v.check((number) => Number.isSafeInteger(number) && number >= least, message),
    v.metadata({ type: 'integer', minimum: least }),
  )
}

export const count: v.GenericSchema<number> = wholeNumberFrom(0)

const attributes = '[A-Za-z](?:[A-Za-z0-9.]*[A-Za-z0-9])?'
const profileForm = `(?:\\d+c\\.)?\\d+g\\.\\d+gb(?:[+-]${attributes}(?:,${attributes})*)?`

export const profileName: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.check(
    (name) => parseProfileName(name) !== null,
    'is not the name of a profile, such as 1g.5gb, 1c.3g.20gb or 1g.5gb+me',
  ),
  v.metadata({ pattern: `^${profileForm}$` }),
)

export const profileNameOrId: v.GenericSchema<string> = v.pipe(
  v.string('must be the name of a profile'),
  v.check(
    (name) => parseProfileName(name) !== null || /^id:\d{1,9}$/.test(name),
    'is not a profile: a name such as 1g.5gb, 1c.3g.20gb or 1g.5gb+me, or an id such as id:19',
  ),
  v.metadata({ pattern: `^(?:${profileForm}|id:\\d{1,9})$` }),
)

/** A mapping that may have only these fields. */
export function fieldsOnly<Entries extends v.ObjectEntries>(
  entries: Entries,
  what: string,
): v.ObjectWithRestSchema<Entries, v.NeverSchema<string>, string> {
  return v.objectWithRest(entries, v.never(`is not a field of ${what}`), 'is missing')
}

/** A problem of one field that depends on the other fields of its mapping. */
export type FieldProblem = readonly [field: string, problem: string] | null

/** Checks the fields of a mapping together. Each of them may also be invalid by itself. */
export function checkFields<Output extends object>(
  find: (fields: Partial<Record<string, unknown>>) => FieldProblem,
): v.RawCheckAction<Output> {
  return v.rawCheck<Output>(({ dataset, addIssue }) => {
    const fields: Partial<Record<string, unknown>> = Object(dataset.value)
    const found = find(fields)
    if (found === null) return
    const [key, message] = found
    const value = fields[key]
    addIssue({ message, path: [{ type: 'object', origin: 'value', input: fields, key, value }] })
  })
}

/** Whether a mapping of sizes to counts has counts, and all are 0. */
export function isAllZero(wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return false
  const counts = Object.values(wanted)
  return counts.length > 0 && counts.every((number) => number === 0)
}

export const onlyZero: string = 'has only counts of 0: write {} for no MIG devices'

/** JSON Schema: a mapping of counts that is empty or has a count other than 0. */
export const someCount: object = {
  anyOf: [
    { not: { type: 'object' } },
    { maxProperties: 0 },
    { not: { additionalProperties: { const: 0 } } },
  ],
}
