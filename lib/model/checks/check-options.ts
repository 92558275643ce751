import { formatPath } from '../document-path.js'
import { suggestName } from '../nearest.js'
import { type Fault, findFault, type Rule, showValue } from './find-fault.js'

/**
 * Throws a `TypeError` for unknown option names and values of the wrong type. Plain JavaScript callers have
 * no compiler, and silently ignoring `{ dryrun: true }` would change a machine.
 *
 * `rule` is an object with the options as fields. An error lists the names in `listed`, unless one name is
 * close to the unknown one.
 */
export function checkOptions(
  subject: string,
  options: unknown,
  rule: Rule,
  listed?: readonly string[],
): void {
  const fault = findFault(options, rule)
  if (fault !== null) throw new TypeError(describeOptionFault(subject, fault, listed))
}

function describeOptionFault(subject: string, fault: Fault, listed?: readonly string[]): string {
  const isWhole = fault.path.length === 0
  const option = `${subject}: option ${formatPath(fault.path)}`
  if (fault.kind === 'value') {
    const what = isWhole ? `the options of ${subject}` : option
    return `${what} must be ${fault.rule.allowed}, not ${showValue(fault.value)}`
  }
  const names = [...fault.fields.keys()]
  return isWhole
    ? `${subject} has no option ${fault.name}: ${suggestName(fault.name, names, listed)}`
    : `${option} has no field ${fault.name}: ${suggestName(fault.name, names)}`
}

/** Throws a `TypeError` unless an argument that must be a function is one. */
export function checkFunction(subject: string, name: string, value: unknown): void {
  if (typeof value !== 'function')
    throw new TypeError(`${subject}: ${name} must be a function, not ${showValue(value)}`)
}
