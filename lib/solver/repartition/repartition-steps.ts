import type {
  Layout,
  PlacedComputeInstance,
  PlacedGpuInstance,
} from '../../../types/solver/layout.js'
import type {
  GpuInstancePlace,
  RepartitionStep,
  StepReason,
} from '../../../types/solver/repartition.js'
import { cached } from '../../model/cached.js'
import { at } from '../../model/numbers.js'
import { type CompiledPlacement, placeOf, type Tables } from '../tables/tables.js'
import type { ChangeReason } from './change-reasons.js'
import { sortForCreation } from './creation-order.js'
import { findDifference } from './difference.js'
import { orderChanges } from './order-changes.js'

type Reason = ChangeReason<PlacedGpuInstance, PlacedComputeInstance>

/** The steps from one layout to another, destructions first. Frozen. */
export function listSteps(
  tables: Tables,
  current: Layout,
  target: Layout,
): readonly RepartitionStep[] {
  const difference = findDifference(current, target, () => true)
  const missing = sortForCreation(
    tables,
    difference.kept.map(({ target: kept }) => kept),
    difference.missing,
  )
  const reasons = new Map<Reason, StepReason>()
  const makeReason = (reason: Reason): StepReason => toStepReason(tables, reason)
  const steps = orderChanges({ ...difference, missing }).map((change): RepartitionStep => {
    const gpuInstance = nameInstance(tables, change.instance)
    const reason = cached(reasons, change.reason, makeReason)
    switch (change.kind) {
      case 'create-gpu-instance':
      case 'destroy-gpu-instance':
        return Object.freeze({ kind: change.kind, gpuInstance, reason })
      case 'create-compute-instance':
      case 'destroy-compute-instance': {
        const computeInstance = copyPart(change.part)
        return Object.freeze({ kind: change.kind, gpuInstance, computeInstance, reason })
      }
      default:
        return change satisfies never
    }
  })
  return Object.freeze(steps)
}

function toStepReason(tables: Tables, reason: Reason): StepReason {
  switch (reason.kind) {
    case 'wanted':
    case 'not-wanted':
      return reason
    case 'moved':
      return Object.freeze({
        kind: 'moved',
        from: Object.freeze({ ...reason.from }),
        to: Object.freeze({ ...reason.to }),
      })
    case 'in-the-way': {
      const computeInstance = reason.part === null ? null : copyPart(reason.part)
      return Object.freeze({
        kind: 'in-the-way',
        of: nameInstance(tables, reason.of),
        computeInstance,
      })
    }
    default:
      return reason satisfies never
  }
}

export function nameInstance(tables: Tables, instance: PlacedGpuInstance): GpuInstancePlace {
  const place = placeOf(tables, instance)
  return place === null ? freezeName(instance) : namePlace(tables, place)
}

const names = new WeakMap<CompiledPlacement, GpuInstancePlace>()

/**
 * One frozen object for each place of the geometry, so that answers keep no object of the caller.
 */
export function namePlace({ profiles }: Tables, place: CompiledPlacement): GpuInstancePlace {
  const known = names.get(place)
  if (known !== undefined) return known
  const profileId = at(profiles, place.profilePosition).profile.id
  const name = freezeName({ profileId, placement: place.placement })
  names.set(place, name)
  return name
}

function freezeName({ profileId, placement }: GpuInstancePlace): GpuInstancePlace {
  const { start, size } = placement
  return Object.freeze({ profileId, placement: Object.freeze({ start, size }) })
}

function copyPart(part: PlacedComputeInstance): PlacedComputeInstance {
  if (Object.isFrozen(part)) return part
  const placement = part.placement === null ? null : Object.freeze({ ...part.placement })
  return Object.freeze({ ...part, placement })
}
