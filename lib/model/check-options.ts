import { suggestName } from './nearest.js'

/** What an option may be: in words, after "must be", and as a test. */
export interface OptionRule {
  readonly allowed: string
  readonly accepts: (value: unknown) => boolean
  /** Of an object with a form of its own: what its parts may be. */
  readonly parts?: Rules
}

type Rules = Readonly<Record<string, OptionRule>>

/** A rule for every option that the contract has: one that is added there does not compile without. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: OptionRule }

/**
 * A `TypeError` for options that cannot be meant: no object, a name that the function does not have, a
 * value of another kind. Of a program in JavaScript no compiler has looked at them, and what is passed over
 * in silence, `{ dryrun: true }`, changes a machine. `tolerated` are names that do nothing here.
 */
export function checkOptions(
  subject: string,
  options: unknown,
  rules: Rules,
  tolerated: Rules = {},
): void {
  if (!isPlainObject(options))
    throw new TypeError(`the options of ${subject} must be an object, not ${showValue(options)}`)
  checkParts(options, { ...tolerated, ...rules }, (name) => `${subject}: option ${name}`, {
    whole: subject,
    noun: 'option',
    names: Object.keys(rules),
  })
}

interface Whole {
  readonly whole: string
  readonly noun: string
  /** What to list where nothing is near. */
  readonly names: readonly string[]
}

function checkParts(
  value: object,
  rules: Rules,
  nameOf: (name: string) => string,
  { whole, noun, names }: Whole,
): void {
  for (const [name, part] of Object.entries(value)) {
    if (Object.hasOwn(rules, name) || part === undefined) continue
    const remedy = suggestName(name, Object.keys(rules), names)
    throw new TypeError(`${whole} has no ${noun} ${name}: ${remedy}`)
  }
  for (const [name, rule] of Object.entries(rules)) {
    // Also of a class, whose getters are no properties of the object itself.
    const part: unknown = Reflect.get(value, name)
    if (part === undefined) continue
    if (!rule.accepts(part))
      throw new TypeError(`${nameOf(name)} must be ${rule.allowed}, not ${showValue(part)}`)
    if (rule.parts !== undefined && isPlainObject(part))
      checkParts(part, rule.parts, (inner) => `${nameOf(name)}.${inner}`, {
        whole: nameOf(name),
        noun: 'field',
        names: Object.keys(rule.parts),
      })
  }
}

/** An argument that is no option. */
export function checkFunction(subject: string, name: string, value: unknown): void {
  if (typeof value !== 'function')
    throw new TypeError(`${subject}: ${name} must be a function, not ${showValue(value)}`)
}

export function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const longestShown = 40

export function showValue(value: unknown): string {
  if (typeof value === 'string') {
    const text = value.length > longestShown ? `${value.slice(0, longestShown)}…` : value
    return JSON.stringify(text)
  }
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  const maker: unknown = Reflect.get(value, 'constructor')
  const name = typeof maker === 'function' ? maker.name : ''
  return name === '' || name === 'Object' ? 'an object' : `an object (${name})`
}
