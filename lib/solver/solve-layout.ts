import type { LayoutProblem, LayoutResult } from '../../types/solver.js'
import { deepFreeze } from '../model/freeze.js'
import { compileGeometry } from './compile-geometry.js'
import { matchCurrentInstances } from './current-instances.js'
import { collectDemands, normalizePartition } from './demand.js'
import { explainInfeasible, explainUnknown } from './explain-infeasible.js'
import { explainPinned } from './explain-pinned.js'
import { searchLayout } from './search-layout.js'
import { findFittingPart } from './would-fit.js'

/**
 * Finds the best layout of one GPU with exactly the wanted devices, or proves that there is none and
 * says why. Exact and deterministic: the same problem gives the same layout on every platform.
 *
 * Throws `MIG_CONFIG_INVALID` for a count that is no whole number from 0, `MIG_GEOMETRY_UNKNOWN` for
 * a geometry that makes no sense.
 */
export function solveLayout({ geometry, wanted, current = [] }: LayoutProblem): LayoutResult {
  const compiled = compileGeometry(geometry)
  const partition = normalizePartition(wanted)
  const matched = matchCurrentInstances(compiled, current)
  const unknown = explainUnknown(compiled, partition)
  if (unknown !== null) {
    const pinned = matched.instances.filter((instance) => instance.pinned)
    const part = findFittingPart(compiled, partition, pinned)
    return deepFreeze({ kind: 'infeasible', reason: unknown, wouldFit: part.partition })
  }
  const demands = collectDemands(compiled, partition)
  const found =
    explainPinned(demands, matched) === null
      ? searchLayout(compiled, demands, matched.instances)
      : null
  return deepFreeze(
    found === null
      ? explainInfeasible(compiled, partition, demands, matched)
      : { kind: 'layout', ...found },
  )
}
