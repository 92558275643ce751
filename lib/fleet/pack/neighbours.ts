import type { FleetAvoid, FleetRequest, FleetSpread } from '../../../types/fleet/pack.js'

type Rules = Pick<FleetRequest, 'labels' | 'spread' | 'avoid'>

/** The labels on one GPU or node, and the rules of the requests that are there. */
export interface Neighbours {
  readonly counts: Map<string, number>
  /** By label: the limits that requests there set, one for each of them. */
  readonly limits: Map<string, number[]>
  readonly avoided: Map<string, number>
}

export function createNeighbours(): Neighbours {
  return { counts: new Map(), limits: new Map(), avoided: new Map() }
}

/** Whether a request keeps the rules of its new neighbours, and they keep its rules. */
export function mayJoin(
  { counts, limits, avoided }: Neighbours,
  { labels = [], spread = [], avoid = [] }: Rules,
  scope: FleetAvoid['scope'],
): boolean {
  return (
    spread.every((rule) => {
      const most = limitOf(rule, scope)
      const own = Number(labels.includes(rule.label))
      return most === undefined || (counts.get(rule.label) ?? 0) + own <= most
    }) &&
    avoid.every((rule) => rule.scope !== scope || (counts.get(rule.label) ?? 0) === 0) &&
    labels.every(
      (label) =>
        (avoided.get(label) ?? 0) === 0 &&
        (counts.get(label) ?? 0) < Math.min(...(limits.get(label) ?? [Number.POSITIVE_INFINITY])),
    )
  )
}

export function join(there: Neighbours, request: Rules, scope: FleetAvoid['scope']): void {
  for (const label of request.labels ?? []) addTo(there.counts, label, 1)
  for (const rule of request.spread ?? []) {
    const most = limitOf(rule, scope)
    if (most !== undefined) {
      there.limits.set(rule.label, [...(there.limits.get(rule.label) ?? []), most])
    }
  }
  for (const rule of request.avoid ?? []) {
    if (rule.scope === scope) addTo(there.avoided, rule.label, 1)
  }
}

/** Undoes the last `join` of this request. */
export function leave(there: Neighbours, request: Rules, scope: FleetAvoid['scope']): void {
  for (const label of request.labels ?? []) addTo(there.counts, label, -1)
  for (const rule of request.spread ?? []) {
    const most = limitOf(rule, scope)
    if (most === undefined) continue
    const limits = [...(there.limits.get(rule.label) ?? [])]
    limits.splice(limits.lastIndexOf(most), 1)
    there.limits.set(rule.label, limits)
  }
  for (const rule of request.avoid ?? []) {
    if (rule.scope === scope) addTo(there.avoided, rule.label, -1)
  }
}

function limitOf(rule: FleetSpread, scope: FleetAvoid['scope']): number | undefined {
  return scope === 'gpu' ? rule.maxPerGpu : rule.maxPerNode
}

function addTo(counts: Map<string, number>, label: string, amount: number): void {
  counts.set(label, (counts.get(label) ?? 0) + amount)
}
