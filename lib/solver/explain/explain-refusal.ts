import type { Conflict, InfeasibleReason, LayoutInfeasible } from '../../../types/solver/explain.js'
import type { Partition } from '../../../types/solver/layout.js'
import { deepFreeze } from '../../model/freeze.js'
import { at } from '../../model/numbers.js'
import { byPlacement } from '../../model/placement.js'
import type { CurrentInstance, CurrentInstances } from '../layout/current-instances.js'
import { collectDemands } from '../layout/demand.js'
import type { Tables } from '../tables/tables.js'
import { countPinned, type DeviceSize, toWanted } from './device-fitter.js'
import { countNeeded, explainPositions } from './explain-positions.js'
import { findConflict } from './find-conflict.js'
import { findNearest } from './find-nearest.js'
import { explainAmounts, explainPinned, explainUnknown } from './reasons.js'
import { type FittingPart, findFittingPart, matchSizes, type WantedSize } from './would-fit.js'

/** The default number of nearest partitions. */
export const usualAnswers = 3

/**
 * Why a normalized partition does not fit beside the pinned instances, and which ones do. The caller
 * knows already that it does not fit. Frozen.
 */
export function explainRefusal(
  tables: Tables,
  partition: Partition,
  current: CurrentInstances,
  answers: number = usualAnswers,
): LayoutInfeasible {
  const pinned = current.instances
    .filter((instance) => instance.pinned)
    .sort((a, b) => byPlacement(a.instance, b.instance))
  const sizes = matchSizes(tables, partition)
  const part = findFittingPart(tables, sizes, pinned)
  const absent = partition.filter(
    (wanted) =>
      !sizes.some(
        ({ profile, sliceCount }) =>
          profile.profile.id === wanted.profileId && sliceCount === wanted.sliceCount,
      ),
  )
  const { reason, conflict } =
    explainAbsent(tables, partition, current) ?? explainTooMuch(tables, sizes, pinned, part)
  // No layout of this geometry holds a pinned instance that does not match it.
  const nearest =
    current.misfits.length > 0 ? [] : findNearest(tables, { sizes, absent, part }, pinned, answers)
  const refusal = { reason, conflict, wouldFit: part.partition, nearest }
  // A copy: it names instances of the caller, whose objects must not be frozen.
  return deepFreeze({ kind: 'infeasible', ...structuredClone(refusal) })
}

interface Why {
  readonly reason: InfeasibleReason
  readonly conflict: Conflict
}

/** A wanted size that this GPU lacks, or a pinned instance that is not wanted. */
function explainAbsent(
  tables: Tables,
  partition: Partition,
  current: CurrentInstances,
): Why | null {
  const unknown = explainUnknown(tables, partition)
  if (unknown !== null) {
    const { wanted, reason } = unknown
    const devices = [{ ...wanted, count: 1 }]
    return { reason, conflict: { devices, pinned: [], limit: reason } }
  }
  const demands = collectDemands(tables, partition)
  const unwanted = explainPinned(demands, current)
  if (unwanted === null) return null
  const conflict = { devices: [], pinned: unwanted.instances, limit: unwanted }
  return { reason: explainAmounts(tables, demands, []) ?? unwanted, conflict }
}

function explainTooMuch(
  tables: Tables,
  sizes: readonly WantedSize[],
  pinned: readonly CurrentInstance[],
  part: FittingPart,
): Why {
  const demandsOf = (counts: readonly number[], staying: readonly CurrentInstance[]) =>
    collectDemands(tables, addPinned(sizes, counts, staying))
  const conflict = findConflict(tables, sizes, pinned)
  const demands = demandsOf(conflict.counts, conflict.pinned)
  const wanted = demandsOf(
    sizes.map(({ count }) => count),
    pinned,
  )
  const instances = {
    counts: countNeeded(tables, demands, conflict.pinned),
    pinned: conflict.pinned,
  }
  return {
    reason:
      explainAmounts(tables, wanted, []) ??
      explainPositions(tables, { demands: wanted, pinned, part }, instances),
    conflict: {
      devices: sizes.flatMap((size, index) => {
        const count = at(conflict.counts, index)
        return count > 0 ? [toWanted(size, count)] : []
      }),
      pinned: conflict.pinned
        .map(({ instance }) => instance)
        .sort((a, b) => a.placement.start - b.placement.start),
      limit: explainAmounts(tables, demands, conflict.pinned) ?? { kind: 'positions' },
    },
  }
}

/** Pinned instances are there whether they are wanted or not. */
function addPinned(
  sizes: readonly DeviceSize[],
  counts: readonly number[],
  pinned: readonly CurrentInstance[],
): Partition {
  const inside = pinned.flatMap(({ profile, contents }) =>
    contents.pinned.map(({ size }) => ({
      profile,
      size,
      sliceCount: at(profile.compute.sizes, size).sliceCount,
    })),
  )
  const all = [...sizes, ...inside].filter(
    (size, index, list) =>
      list.findIndex((other) => other.profile === size.profile && other.size === size.size) ===
      index,
  )
  return all.flatMap((size, index) => {
    const count = Math.max(counts[index] ?? 0, countPinned(size, pinned))
    return count > 0 ? [toWanted(size, count)] : []
  })
}
