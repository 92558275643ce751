import type { DeviceConstraint } from '../../../../types/kubernetes/dra/objects.js'
import { MigError } from '../../../errors.js'
import { findAttribute, type SeenDevice } from './match-selector.js'

/** A condition on several devices of a claim. A device that breaks it is not added. */
export interface Constraint {
  /** `names`: the request, and `request/subrequest` where it has one. */
  add(names: readonly string[], seen: SeenDevice): boolean
  /** Takes the device back that came last. */
  remove(names: readonly string[]): void
}

export function constraintOf({
  requests = [],
  matchAttribute,
  distinctAttribute,
}: DeviceConstraint): Constraint {
  const attribute = matchAttribute ?? distinctAttribute
  if (attribute === undefined)
    throw new MigError('MIG_DRA_INVALID', 'A constraint names no attribute')
  const values: unknown[] = []
  const applies = (names: readonly string[]): boolean =>
    requests.length === 0 || names.some((name) => requests.includes(name))
  return {
    add(names, seen) {
      if (!applies(names)) return true
      const found = findAttribute(seen, attribute)
      if (found === undefined) return false
      // Values of different types differ: the text 1 is not the number 1.
      const value = JSON.stringify(found)
      const fits =
        matchAttribute === undefined
          ? !values.includes(value)
          : values.length === 0 || values[0] === value
      if (fits) values.push(value)
      return fits
    },
    remove(names) {
      if (applies(names)) values.pop()
    },
  }
}
