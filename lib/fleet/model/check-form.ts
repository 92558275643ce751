import type { FleetGpuChoice } from '../../../types/fleet/online.js'
import { describeFault, findFault, type Rule, type RulesOf } from '../../model/checks/find-fault.js'
import { list, listOf, object, objectOf, text, wholeFrom } from '../../model/checks/kinds.js'
import { invalid } from './invalid.js'

type Path = readonly (string | number)[]

/**
 * Throws `MIG_FLEET_INVALID` for a value that the rule does not accept. Plain JavaScript callers have no
 * compiler: ignoring the typo in `{ profile, cuont: 3 }` would place a different request.
 */
export function checkForm(value: unknown, rule: Rule, path: Path): void {
  const fault = findFault(value, rule)
  if (fault !== null) throw invalid([...path, ...fault.path], describeFault(fault))
}

const choice: RulesOf<FleetGpuChoice> = { gpus: listOf(text), nodes: listOf(text) }

/** GPUs and nodes by name. */
export const choiceForm: Rule = objectOf(choice)

export function requireObject(value: unknown, path: Path): asserts value is object {
  checkForm(value, object, path)
}

export function requireList(value: unknown, path: Path): asserts value is readonly unknown[] {
  checkForm(value, list, path)
}

export function requireText(value: unknown, path: Path): asserts value is string {
  checkForm(value, text, path)
}

export function requireWhole(value: unknown, least: number, path: Path): number {
  checkForm(value, wholeFrom(least), path)
  return value as number
}
