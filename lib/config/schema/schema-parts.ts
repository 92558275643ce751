import * as v from 'valibot'
import { parseProfileName } from '../../model/profile-names.js'

/**
 * What the schemas of both versions are made of. Messages read on after the place that they are about.
 * What valibot cannot tell of a check by itself stands beside it as metadata, in the words of JSON
 * Schema: `scripts/generate-schema.mjs` makes the package's JSON Schema from these.
 */

const words: Readonly<Record<string, string>> = {
  Array: 'a list',
  Object: 'a mapping',
  undefined: 'nothing',
}

/** What was given in place of what is wanted, as a person would say it: `not a list`. */
export function otherThan({ received }: { readonly received: string }): string {
  return `not ${words[received] ?? received}`
}

export const mapping: v.GenericSchema<Record<string, unknown>> = v.custom<Record<string, unknown>>(
  // Not a Map or the like, whose contents would go unseen.
  (input) => Object.prototype.toString.call(input) === '[object Object]',
  (issue) => `must be a mapping, ${otherThan(issue)}`,
)

/** One of several schemas by the form of the input, so that errors speak of the one that is meant. */
export function byForm(
  options: readonly v.GenericSchema[],
  choose: (input: unknown) => v.GenericSchema,
): v.GenericSchema {
  const any = v.union(options)
  // Without an input it is asked for what it may be.
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

/** A mapping with these fields and no others. */
export function fieldsOnly<Entries extends v.ObjectEntries>(
  entries: Entries,
  what: string,
): v.ObjectWithRestSchema<Entries, v.NeverSchema<string>, string> {
  return v.objectWithRest(entries, v.never(`is not a field of ${what}`), 'is missing')
}

/** Problems of one field of a mapping, found by looking at the whole mapping. */
export type FieldProblem = readonly [field: string, problem: string] | null

/** A check over the fields of a mapping, which may be wrong in themselves. */
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

/** Of a mapping of sizes to counts. */
export function isAllZero(wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return false
  const counts = Object.values(wanted)
  return counts.length > 0 && counts.every((number) => number === 0)
}

export const onlyZero: string = 'has only counts of 0: write {} for no MIG devices'

/** JSON Schema: a mapping of counts that is empty, or in which not all are 0. */
export const someCount: object = {
  anyOf: [
    { not: { type: 'object' } },
    { maxProperties: 0 },
    { not: { additionalProperties: { const: 0 } } },
  ],
}
