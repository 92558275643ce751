import { memberName, readMemberName } from '../model/member-name.js'
import type { Holdings } from './holdings.js'

/**
 * One of the names `<id>/0`, `<id>/1`, … of a request with a count that is taken; null: none is. No slower
 * for a count that no fleet can hold.
 */
export function findTakenMember(holdings: Holdings, id: string, count: number): string | null {
  if (count <= holdings.count()) {
    for (let number = 0; number < count; number += 1) {
      const name = memberName(id, number)
      if (holdings.has(name)) return name
    }
    return null
  }
  for (const { request, asked } of holdings.all()) {
    for (const name of [request, asked?.id]) {
      if (typeof name === 'string' && isMember(name, id, count)) return name
    }
  }
  return null
}

function isMember(name: string, id: string, count: number): boolean {
  const member = readMemberName(name)
  return member?.id === id && member.number < count
}
