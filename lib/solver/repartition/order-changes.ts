import type { Placement } from '../../../types/model/geometry.js'
import { type ChangeReason, explainChanges, wanted } from './change-reasons.js'
import type { Difference, Instance, Part } from './difference.js'

/** One change, with the caller's own instances. */
export type Change<Old, New, OldPart, NewPart> = {
  readonly reason: ChangeReason<New, NewPart>
} & (
  | { readonly kind: 'destroy-compute-instance'; readonly instance: Old; readonly part: OldPart }
  | { readonly kind: 'destroy-gpu-instance'; readonly instance: Old }
  | { readonly kind: 'create-gpu-instance'; readonly instance: New }
  | { readonly kind: 'create-compute-instance'; readonly instance: New; readonly part: NewPart }
)

/**
 * The changes that a difference needs, in order. Every prefix leaves a legal state.
 *
 * Compute instances go before any GPU instance, because a driver refuses their destruction while a
 * process uses the device. Until then, only compute instances have to be created again. The small ones
 * go first, so that a refusal costs the least. GPU instances are created in the order of
 * `difference.missing`.
 */
export function orderChanges<
  Old extends Instance<OldPart>,
  New extends Instance<NewPart>,
  OldPart extends Part,
  NewPart extends Part,
>(
  difference: Difference<Old, New, OldPart, NewPart>,
): readonly Change<Old, New, OldPart, NewPart>[] {
  const { kept, surplus, missing } = difference
  const reasons = explainChanges(difference)
  const going = [
    ...surplus.flatMap((instance) => {
      const reason = reasons.ofGoing(instance)
      return instance.computeInstances.map((part) => ({ instance, part, reason }))
    }),
    ...kept.flatMap((entry) =>
      entry.surplus.map((part) => ({
        instance: entry.instance,
        part,
        reason: reasons.ofGoingPart(entry, part),
      })),
    ),
  ].sort(
    (a, b) =>
      a.part.sliceCount - b.part.sliceCount ||
      a.instance.placement.start - b.instance.placement.start ||
      startOf(a.part) - startOf(b.part),
  )
  const createParts = (
    instance: New,
    parts: readonly NewPart[],
    reason: ChangeReason<New, NewPart>,
  ): Change<Old, New, OldPart, NewPart>[] =>
    [...parts]
      .sort((a, b) => b.sliceCount - a.sliceCount || startOf(a) - startOf(b))
      .map((part) => ({ kind: 'create-compute-instance', instance, part, reason }))
  return [
    ...going.map((each) => ({ kind: 'destroy-compute-instance' as const, ...each })),
    ...[...surplus]
      .sort((a, b) => largestFirst(b.placement, a.placement))
      .map((instance) => ({
        kind: 'destroy-gpu-instance' as const,
        instance,
        reason: reasons.ofGoing(instance),
      })),
    ...kept
      .toSorted((a, b) => largestFirst(a.target.placement, b.target.placement))
      .flatMap((entry) => createParts(entry.target, entry.missing, wanted)),
    ...missing.flatMap((instance) => {
      const reason = reasons.ofComing(instance)
      return [
        { kind: 'create-gpu-instance' as const, instance, reason },
        ...createParts(instance, instance.computeInstances, reason),
      ]
    }),
  ]
}

export function largestFirst(a: Placement, b: Placement): number {
  return b.size - a.size || a.start - b.start
}

function startOf(part: Part): number {
  return part.placement?.start ?? 0
}
