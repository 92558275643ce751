import { suggestName } from '../nearest.js'

/** What a value may be. `kinds.ts` has the usual ones. */
export interface Rule {
  /** In words that fit behind "must be" and behind "not". */
  readonly allowed: string
  /** Whether the value itself is acceptable; its fields and items have rules of their own. */
  readonly accepts: (value: unknown) => boolean
  /** For an object. An undefined field counts as absent. */
  readonly fields?: Fields
  /** Fields that must not be absent. */
  readonly required?: readonly string[]
  /** Fields without a rule belong to the caller and are ignored. Default: they are faults. */
  readonly isOpen?: boolean
  /** For a list, or an object whose field names are free: the rule of every item. */
  readonly items?: Rule
}

export type Fields = ReadonlyMap<string, Rule>

/** A rule for every field of the contract: a field that is added there does not compile without one. */
export type RulesOf<Type> = { readonly [Name in keyof Required<Type>]: Rule }

/** What is wrong with a value, as data: options and forms word it differently. */
export type Fault = WrongValue | UnknownField

interface WrongValue {
  readonly kind: 'value'
  /** From the checked value to the wrong one. */
  readonly path: (string | number)[]
  readonly value: unknown
  readonly rule: Rule
}

interface UnknownField {
  readonly kind: 'field'
  /** From the checked value to the object with the field. */
  readonly path: (string | number)[]
  readonly name: string
  readonly fields: Fields
}

/**
 * The first fault of a value, or null. Every decision of a fleet comes through here, so nothing is
 * allocated unless there is a fault.
 */
export function findFault(value: unknown, rule: Rule): Fault | null {
  if (!rule.accepts(value)) return { kind: 'value', path: [], value, rule }
  if (rule.items !== undefined && Array.isArray(value)) return findItemFault(value, rule.items)
  if (rule.items !== undefined && isPlainObject(value)) return findEntryFault(value, rule.items)
  if (rule.fields !== undefined && isPlainObject(value)) {
    return findFieldFault(value, rule.fields, rule)
  }
  return null
}

function findItemFault(list: readonly unknown[], rule: Rule): Fault | null {
  for (let index = 0; index < list.length; index += 1) {
    const fault = findFault(list[index], rule)
    if (fault !== null) return under(index, fault)
  }
  return null
}

function findEntryFault(value: object, rule: Rule): Fault | null {
  for (const [name, part] of Object.entries(value)) {
    const fault = findFault(part, rule)
    if (fault !== null) return under(name, fault)
  }
  return null
}

function findFieldFault(
  value: object,
  fields: Fields,
  { required, isOpen = false }: Rule,
): Fault | null {
  for (const name in value) {
    const part: unknown = value[name as keyof typeof value]
    if (part === undefined) continue
    const rule = fields.get(name)
    if (rule === undefined) {
      if (isOpen) continue
      return { kind: 'field', path: [], name, fields }
    }
    const fault = findFault(part, rule)
    if (fault !== null) return under(name, fault)
  }
  if (required !== undefined) {
    const fault = findAbsent(value, fields, required)
    if (fault !== null) return fault
  }
  return hasHiddenFields(value) ? findHiddenFault(value, fields) : null
}

function findAbsent(value: object, fields: Fields, required: readonly string[]): Fault | null {
  for (const name of required) {
    const rule = fields.get(name)
    if (rule === undefined || Reflect.get(value, name) !== undefined) continue
    return { kind: 'value', path: [name], value: undefined, rule }
  }
  return null
}

/** The getters of a class are no enumerable properties. */
function hasHiddenFields(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype !== Object.prototype && prototype !== null
}

function findHiddenFault(value: object, fields: Fields): Fault | null {
  for (const [name, rule] of fields) {
    const part: unknown = Reflect.get(value, name)
    if (part === undefined) continue
    const fault = findFault(part, rule)
    if (fault !== null) return under(name, fault)
  }
  return null
}

function under(part: string | number, fault: Fault): Fault {
  fault.path.unshift(part)
  return fault
}

/** `is 3, not a string` or `has no field cuont: did you mean count?`: what a path in front completes. */
export function describeFault(fault: Fault): string {
  return fault.kind === 'value'
    ? `is ${showValue(fault.value)}, not ${fault.rule.allowed}`
    : `has no field ${fault.name}: ${suggestName(fault.name, [...fault.fields.keys()])}`
}

export function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const longestShown = 40

/** A value as an error message shows it: short, and never its contents. */
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
