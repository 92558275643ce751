import type { MakeRoomOptions, MakeRoomResult, RoomMade } from '../../../../types/fleet/moves.js'

/** After so many plans with stops, the search for a live one ends. */
const mostPlans = 4

/**
 * Searches for a plan without stops. Where the cheapest plan has stops, the instances that would stop are
 * pinned, and the search starts again. Bounds of the first search hold for all plans, so also for live
 * ones.
 */
export function keepLive(
  search: (options: MakeRoomOptions) => MakeRoomResult,
  { live: _live, ...options }: MakeRoomOptions,
): MakeRoomResult {
  const { workUnits, deadlineMs, pinned = [] } = options
  const begun = performance.now()
  const end = begun + (deadlineMs ?? 0)
  const part = workUnits === undefined ? {} : { workUnits: Math.ceil(workUnits / mostPlans) }
  const first = search({ ...options, ...part })
  let found = first
  // Each search reads the fleet again.
  const took = performance.now() - begun
  const staying = [...pinned]
  for (let plan = 1; plan <= mostPlans; plan += 1) {
    if (found.kind !== 'room' || first.kind !== 'room') break
    if (found.plan.stops === 0) return { ...found, ...boundOf(first) }
    const stopping = found.plan.steps.filter(({ stop }) => stop)
    for (const { instance } of stopping)
      if (instance.request !== null) staying.push(instance.request)
    const isNamed = stopping.every(({ instance }) => instance.request !== null)
    const left = deadlineMs === undefined ? {} : { deadlineMs: end - performance.now() }
    if (plan === mostPlans || !isNamed || (left.deadlineMs ?? took) < took) break
    found = search({ ...options, ...part, ...left, pinned: staying })
  }
  if (first.kind !== 'room') return first
  return { kind: 'unknown', ...boundOf(first), stopped: null }
}

function boundOf({
  lowerBound,
  certificate,
}: RoomMade): Pick<RoomMade, 'lowerBound' | 'certificate'> {
  return certificate === undefined ? { lowerBound } : { lowerBound, certificate }
}
