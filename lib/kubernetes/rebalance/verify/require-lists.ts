import { fault } from '../../../fleet/model/answer-fault.js'
import { isPlainObject } from '../../../model/checks/find-fault.js'

/** Throws `AnswerFault` where a part of an answer is no list of objects. */
export function requireLists<T extends object>(
  given: T,
  names: readonly (keyof T & string)[],
  path = '',
): void {
  for (const name of names) {
    const list: unknown = given[name]
    if (!Array.isArray(list) || !list.every((each) => isPlainObject(each)))
      fault(`${path}${name} is no list of objects`)
  }
}
