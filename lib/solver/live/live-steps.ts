import type { Layout, PlacedComputeInstance } from '../../../types/solver/layout.js'
import type { LiveStop, RepartitionStep, StepReason } from '../../../types/solver/repartition.js'
import { at } from '../../model/numbers.js'
import type { CurrentInstance } from '../layout/current-instances.js'
import { nameInstance, namePlace } from '../repartition/repartition-steps.js'
import type { CompiledPlacement, Tables } from '../tables/tables.js'
import type { LiveMove, LiveProblem } from './live-moves.js'
import { explainMoves } from './live-reasons.js'
import { cellAt, listCells } from './live-state.js'

export interface LiveSteps {
  readonly steps: readonly RepartitionStep[]
  readonly stops: readonly LiveStop[]
  /** Devices created in addition to the new ones. */
  readonly moves: number
}

/**
 * The way as steps. Instances that the geometry does not have go first: nothing can replace them.
 */
export function listLiveSteps(
  problem: LiveProblem,
  current: Layout,
  moves: readonly LiveMove[],
): LiveSteps {
  const { tables, instances, start, wanted, needed } = problem
  const steps = listUnknown(tables, current, instances)
  const stops: LiveStop[] = []
  const reasons = explainMoves(problem, moves)
  const places = new Set(start.map(({ place }) => place))
  for (const [index, move] of moves.entries()) {
    const reason = reasons[index] ?? { kind: 'wanted' }
    const gpuInstance = namePlace(tables, move.place)
    const computeInstance = describeCell(tables, instances, move)
    if (move.kind === 'create') {
      if (move.withGpuInstance) {
        places.add(move.place)
        steps.push({ kind: 'create-gpu-instance', gpuInstance, reason })
      }
      if (computeInstance !== null)
        steps.push({ kind: 'create-compute-instance', gpuInstance, computeInstance, reason })
      continue
    }
    if (computeInstance !== null) {
      if (move.stop) {
        const { sliceCount } = computeInstance
        const starts = listStarts(tables, places, move.place)
        stops.push({ step: steps.length, gpuInstance, sliceCount, starts })
      }
      steps.push({ kind: 'destroy-compute-instance', gpuInstance, computeInstance, reason })
    }
    if (move.withGpuInstance) {
      places.delete(move.place)
      steps.push({ kind: 'destroy-gpu-instance', gpuInstance, reason })
    }
  }
  const created = moves.filter(({ kind }) => kind === 'create').length
  const fresh = wanted.reduce(
    (sum, row, position) =>
      row.reduce((count, most, size) => count + most - at(at(needed, position), size), sum),
    0,
  )
  return { steps, stops, moves: created - fresh }
}

function listUnknown(
  tables: Tables,
  current: Layout,
  instances: readonly CurrentInstance[],
): RepartitionStep[] {
  const reason: StepReason = { kind: 'not-wanted' }
  return current.flatMap((instance): RepartitionStep[] => {
    const known = instances.find((each) => each.instance === instance)
    const gpuInstance = nameInstance(tables, instance)
    const parts = instance.computeInstances.filter((part) => known?.cellOf.has(part) !== true)
    return [
      ...parts.map((part) => ({
        kind: 'destroy-compute-instance' as const,
        gpuInstance,
        computeInstance: structuredClone(part),
        reason,
      })),
      ...(known === undefined
        ? [{ kind: 'destroy-gpu-instance' as const, gpuInstance, reason }]
        : []),
    ]
  })
}

function listStarts(
  tables: Tables,
  places: ReadonlySet<CompiledPlacement>,
  { profilePosition }: CompiledPlacement,
): LiveStop['starts'] {
  const candidates = at(tables.profiles, profilePosition).placements
  return candidates.map(({ placement, mask }) => ({
    start: placement.start,
    blockedBy: [...places]
      .filter((place) => (place.mask & mask) !== 0)
      .sort((a, b) => a.placement.start - b.placement.start)
      .map((place) => namePlace(tables, place)),
  }))
}

/** The compute instance as it was at the start, or as a new one is. */
function describeCell(
  { profiles }: Tables,
  instances: readonly CurrentInstance[],
  { place, cell: number, kind }: LiveMove,
): PlacedComputeInstance | null {
  if (number < 0) return null
  const profile = at(profiles, place.profilePosition)
  const cell = at(listCells(profile), number)
  const there = instances.find((instance) => instance.place === place)
  if (kind === 'destroy') {
    for (const [compute, other] of there?.cellOf ?? []) {
      if (cellAt(profile, other) === number) return structuredClone(compute)
    }
  }
  const { compute } = profile
  const { sliceCount } = at(compute.sizes, cell.size)
  return {
    sliceCount,
    placement: compute.takesPlacements ? { ...cell.placement } : null,
    ...(compute.assumed ? { placementAssumed: true } : {}),
  }
}
