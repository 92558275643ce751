import type { Placement } from '../../../types/model/geometry.js'
import { isSameInstance, isSameStart } from '../../model/placement.js'

export interface Part {
  readonly sliceCount: number
  /** Null if the driver does not report it, or chooses it. */
  readonly placement: Placement | null
  readonly pinned?: boolean
  readonly busy?: boolean
}

export interface Instance<P extends Part> {
  readonly profileId: number
  readonly placement: Placement
  readonly computeInstances: readonly P[]
}

/** A GPU instance that stays, and what changes in it. */
export interface KeptInstance<Old, New, OldPart, NewPart> {
  readonly instance: Old
  readonly target: New
  readonly surplus: readonly OldPart[]
  readonly missing: readonly NewPart[]
}

/** What stays, what is surplus, and what is missing for a target. */
export interface Difference<
  Old extends Instance<OldPart>,
  New extends Instance<NewPart>,
  OldPart extends Part,
  NewPart extends Part,
> {
  readonly kept: readonly KeptInstance<Old, New, OldPart, NewPart>[]
  readonly surplus: readonly Old[]
  readonly missing: readonly New[]
}

/** `canStay`: whether one compute instance of the same size is as good as another. */
export function findDifference<
  Old extends Instance<OldPart>,
  New extends Instance<NewPart>,
  OldPart extends Part,
  NewPart extends Part,
>(
  current: readonly Old[],
  target: readonly New[],
  canStay: (there: OldPart, wanted: NewPart) => boolean,
): Difference<Old, New, OldPart, NewPart> {
  const kept: KeptInstance<Old, New, OldPart, NewPart>[] = []
  const missing: New[] = []
  const staying = new Set<Old>()
  for (const wanted of target) {
    const instance = current.find((there) => isSameInstance(there, wanted))
    if (instance === undefined) missing.push(wanted)
    else {
      staying.add(instance)
      kept.push(matchParts(instance, wanted, canStay))
    }
  }
  return { kept, missing, surplus: current.filter((instance) => !staying.has(instance)) }
}

function matchParts<
  Old extends Instance<OldPart>,
  New extends Instance<NewPart>,
  OldPart extends Part,
  NewPart extends Part,
>(
  instance: Old,
  target: New,
  canStay: (there: OldPart, wanted: NewPart) => boolean,
): KeptInstance<Old, New, OldPart, NewPart> {
  const surplus = new Set<OldPart>(instance.computeInstances)
  const missing = new Set<NewPart>(target.computeInstances)
  const pair = (matches: (a: OldPart, b: NewPart) => boolean): void => {
    for (const wanted of missing) {
      for (const there of surplus) {
        if (there.sliceCount !== wanted.sliceCount || !canStay(there, wanted)) continue
        if (!matches(there, wanted)) continue
        surplus.delete(there)
        missing.delete(wanted)
        break
      }
    }
  }
  // Unknown places are all the same; a pinned or busy one must not go in the place of its equal.
  pair((a, b) => isSameStart(a.placement, b.placement) && isMarkedAlike(a, b))
  pair((a, b) => isSameStart(a.placement, b.placement))
  // If the driver does not report the place, one is as good as another.
  pair((a, b) => a.placement === null || b.placement === null)
  return { instance, target, surplus: [...surplus], missing: [...missing] }
}

function isMarkedAlike(a: Part, b: Part): boolean {
  return (a.pinned === true) === (b.pinned === true) && (a.busy === true) === (b.busy === true)
}
