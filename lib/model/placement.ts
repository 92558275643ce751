import type { Placement } from '../../types/model/geometry.js'

/** `4:4`: start and size. */
export function formatPlacement({ start, size }: Placement): string {
  return `${start}:${size}`
}

/** Two unknown places count as the same. */
export function isSamePlace(a: Placement | null, b: Placement | null): boolean {
  return a?.start === b?.start && a?.size === b?.size
}

/**
 * Whether two compute instances of one size start at the same slice. Their spans may differ: the driver
 * defines how many slots they span, and a document or an older checkpoint may say otherwise.
 */
export function isSameStart(a: Placement | null, b: Placement | null): boolean {
  return a?.start === b?.start
}

interface Placed {
  readonly profileId: number
  readonly placement: Placement
}

/** Profile and place are the whole identity of a GPU instance. */
export function isSameInstance(a: Placed, b: Placed): boolean {
  return a.profileId === b.profileId && isSamePlace(a.placement, b.placement)
}

interface Part {
  readonly sliceCount: number
  readonly profileId?: number
  readonly placement: Placement | null
}

/** Whether a live compute instance may be the wanted one. Whatever either of them leaves open may be anything. */
export function mayBePart(there: Part, wanted: Part): boolean {
  return (
    there.sliceCount === wanted.sliceCount &&
    (wanted.profileId === undefined || there.profileId === wanted.profileId) &&
    (wanted.placement === null ||
      there.placement === null ||
      there.placement.start === wanted.placement.start)
  )
}

export function overlaps(a: Placement, b: Placement): boolean {
  return a.start < b.start + b.size && b.start < a.start + a.size
}

/** For `sort`: by start, then by size. */
export function byPlacement(
  a: { readonly placement: Placement },
  b: { readonly placement: Placement },
): number {
  return a.placement.start - b.placement.start || a.placement.size - b.placement.size
}
