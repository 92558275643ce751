import type { StepReason } from '../../../types/solver/repartition.js'
import { overlaps } from '../../model/placement.js'
import type { Difference, Instance, KeptInstance, Part } from './difference.js'

/** Why an instance goes or comes. */
export type ChangeReason<New, NewPart> =
  | Exclude<StepReason, { readonly kind: 'in-the-way' }>
  /** `part`: null if the GPU instance itself needs the place. */
  | { readonly kind: 'in-the-way'; readonly of: New; readonly part: NewPart | null }

export interface ChangeReasons<Old, New, OldPart, NewPart> {
  readonly ofGoing: (instance: Old) => ChangeReason<New, NewPart>
  readonly ofComing: (instance: New) => ChangeReason<New, NewPart>
  readonly ofGoingPart: (
    kept: KeptInstance<Old, New, OldPart, NewPart>,
    part: OldPart,
  ) => ChangeReason<New, NewPart>
}

export const wanted: { readonly kind: 'wanted' } = Object.freeze({ kind: 'wanted' })
const notWanted = Object.freeze({ kind: 'not-wanted' })

/**
 * An instance that goes while another of its profile comes has moved: the lowest to the lowest place.
 */
export function explainChanges<
  Old extends Instance<OldPart>,
  New extends Instance<NewPart>,
  OldPart extends Part,
  NewPart extends Part,
>({
  surplus,
  missing,
}: Difference<Old, New, OldPart, NewPart>): ChangeReasons<Old, New, OldPart, NewPart> {
  const moves = new Map<Old | New, ChangeReason<New, NewPart>>()
  const open = [...missing].sort(byStart)
  for (const going of [...surplus].sort(byStart)) {
    const index = open.findIndex(({ profileId }) => profileId === going.profileId)
    const [coming] = index < 0 ? [] : open.splice(index, 1)
    if (coming === undefined) continue
    const move = { kind: 'moved', from: going.placement, to: coming.placement } as const
    moves.set(going, move)
    moves.set(coming, move)
  }
  return {
    ofComing: (instance) => moves.get(instance) ?? wanted,
    ofGoing: (instance) => {
      const move = moves.get(instance)
      if (move !== undefined) return move
      const of = missing.find(({ placement }) => overlaps(placement, instance.placement))
      return of === undefined ? notWanted : { kind: 'in-the-way', of, part: null }
    },
    ofGoingPart: ({ target, missing: coming }, { placement }) => {
      const part = coming.find(
        (other) =>
          placement !== null && other.placement !== null && overlaps(placement, other.placement),
      )
      return part === undefined ? notWanted : { kind: 'in-the-way', of: target, part }
    },
  }
}

function byStart(a: Instance<Part>, b: Instance<Part>): number {
  return a.placement.start - b.placement.start
}
