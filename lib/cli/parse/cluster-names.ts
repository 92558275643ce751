import { driverName, nodeName } from '../../kubernetes/dra/check-options.js'
import type { Rule } from '../../model/checks/find-fault.js'
import { required, textOf } from './option-values.js'
import { type OptionValues, UsageError } from './verb.js'

/** A node of whose name the names of resource slices can be made. */
export function nodeNameIn(values: OptionValues): string {
  return checked('node-name', required(values, 'node-name'), nodeName)
}

export function draDriverIn(values: OptionValues): string | undefined {
  const text = textOf(values, 'dra-driver')
  return text === undefined ? undefined : checked('dra-driver', text, driverName)
}

function checked(option: string, value: string, rule: Rule): string {
  if (rule.accepts(value)) return value
  throw new UsageError(`--${option} takes ${rule.allowed}, not '${value}'`)
}
