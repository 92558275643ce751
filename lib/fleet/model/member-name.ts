import type { FleetGpu } from '../../../types/fleet/pack.js'

// An entry with a count stands for several members with the names `<id>/0`, `<id>/1`, …

export function gpuName({ id, count }: Pick<FleetGpu, 'id' | 'count'>, number: number): string {
  return count === undefined ? id : memberName(id, number)
}

export function requestName(
  request: { readonly id?: string; readonly count?: number } | undefined,
  number: number,
): string | null {
  if (request?.id === undefined) return null
  return request.count === undefined ? request.id : memberName(request.id, number)
}

export function memberName(id: string, number: number): string {
  return `${id}/${number}`
}

/**
 * Parts of a member's name. Null: it does not have the form of one. The entry may not exist, or have fewer
 * members.
 */
export function readMemberName(
  name: string,
): { readonly id: string; readonly number: number } | null {
  const slash = name.lastIndexOf('/')
  if (slash < 0) return null
  const number = name.slice(slash + 1)
  return /^(0|[1-9]\d*)$/.test(number) ? { id: name.slice(0, slash), number: Number(number) } : null
}
