import type { FleetGpu } from '../../../types/fleet/pack.js'

// Entries with a count stand for several, which are called `<id>/0`, `<id>/1`, …

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

/** Null: it is not so called. Whether there is such an entry, and has so many, is another question. */
export function readMemberName(
  name: string,
): { readonly id: string; readonly number: number } | null {
  const slash = name.lastIndexOf('/')
  if (slash < 0) return null
  const number = name.slice(slash + 1)
  return /^(0|[1-9]\d*)$/.test(number) ? { id: name.slice(0, slash), number: Number(number) } : null
}
