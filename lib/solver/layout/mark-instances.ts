import type {
  Layout,
  PlacedComputeInstance,
  PlacedGpuInstance,
} from '../../../types/solver/layout.js'
import { MigError } from '../../errors.js'
import { formatPlacement, isSamePlace } from '../../model/placement.js'
import { checkLayoutShape } from '../tables/check-input.js'

/**
 * Marks the instances of a layout that a list names. An entry with compute instances marks these; an
 * entry without marks the whole GPU instance. Throws `MIG_SOLVER_INPUT` for an instance that is not in
 * the layout.
 */
export function markInstances(
  layout: Layout,
  named: Layout | undefined,
  mark: 'pinned' | 'busy',
): Layout {
  if (named === undefined) return layout
  checkLayoutShape(named)
  if (named.length === 0) return layout
  const marked = [...layout]
  for (const entry of named) {
    const index = marked.findIndex(
      ({ profileId, placement }) =>
        profileId === entry.profileId && isSamePlace(placement, entry.placement),
    )
    const instance = marked[index]
    if (instance === undefined) throw notThere(entry, mark)
    marked[index] =
      entry.computeInstances.length === 0
        ? { ...instance, [mark]: true }
        : { ...instance, computeInstances: markInside(instance, entry, mark) }
  }
  return marked
}

function markInside(
  instance: PlacedGpuInstance,
  entry: PlacedGpuInstance,
  mark: 'pinned' | 'busy',
): readonly PlacedComputeInstance[] {
  const marked = [...instance.computeInstances]
  const found = new Set<number>()
  for (const { sliceCount, placement } of entry.computeInstances) {
    const index = marked.findIndex(
      (compute, each) =>
        !found.has(each) &&
        compute.sliceCount === sliceCount &&
        isSamePlace(compute.placement, placement),
    )
    const compute = marked[index]
    if (compute === undefined) throw notThere(entry, mark)
    found.add(index)
    marked[index] = { ...compute, [mark]: true }
  }
  return marked
}

function notThere({ profileId, placement }: PlacedGpuInstance, mark: string): MigError {
  return new MigError(
    'MIG_SOLVER_INPUT',
    `The layout has no instance of profile ${profileId} at ${formatPlacement(placement)} to be ${mark}.`,
  )
}
