import type { Geometry } from '../../../types/model/geometry.js'
import type { ExplainOptions, LayoutInfeasible } from '../../../types/solver/explain.js'
import type { Partition } from '../../../types/solver/layout.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { MigError } from '../../errors.js'
import { checkOptions } from '../../model/checks/check-options.js'
import type { RulesOf } from '../../model/checks/find-fault.js'
import { anything, objectOf } from '../../model/checks/kinds.js'
import { copyPlain } from '../../model/copy-plain.js'
import {
  type CurrentInstances,
  checkCurrent,
  matchCurrentInstances,
} from '../layout/current-instances.js'
import { collectDemands, normalizePartition } from '../layout/demand.js'
import { markInstances } from '../layout/mark-instances.js'
import { checkLayoutShape } from '../tables/check-input.js'
import { compileGeometry, type Tables } from '../tables/tables.js'
import { createDeviceFitter } from './device-fitter.js'
import { explainRefusal, usualAnswers } from './explain-refusal.js'
import { explainPinned, explainUnknown } from './reasons.js'
import { matchSizes } from './would-fit.js'

const explainRules: RulesOf<ExplainOptions> = {
  current: anything,
  pinned: anything,
  answers: anything,
}
const explainOptions = objectOf(explainRules)

/**
 * Why a GPU cannot have exactly these devices: the limit, the smallest part of the request that exceeds
 * one, and the nearest partitions that fit. Null: it can.
 *
 * Throws `MIG_GEOMETRY_UNKNOWN` for a geometry that no driver reports, `MIG_SOLVER_LIMIT` for a GPU too
 * large to search, and a `TypeError` for unknown options. Throws `MIG_SOLVER_INPUT` for a current layout
 * that overlaps itself, pinned instances that are not in it, and counts that are not whole numbers from
 * 0.
 */
export function explainInfeasible(
  gpu: Geometry | GeometryTables,
  partition: Partition,
  options: ExplainOptions = {},
): LayoutInfeasible | null {
  const given = copyPlain(options)
  checkOptions('explainInfeasible', given, explainOptions)
  const { pinned = [], current = pinned, answers = usualAnswers } = given
  const tables = compileGeometry(gpu)
  if (!(Number.isInteger(answers) && answers >= 0)) {
    throw new MigError(
      'MIG_SOLVER_INPUT',
      `The number of answers must be a whole number from 0, not ${answers}.`,
    )
  }
  checkLayoutShape(current)
  const wanted = normalizePartition(copyPlain(partition))
  const marked = markInstances(current, pinned, 'pinned')
  checkCurrent(marked)
  const matched = matchCurrentInstances(tables, marked)
  return isFeasible(tables, wanted, matched)
    ? null
    : explainRefusal(tables, wanted, matched, answers)
}

function isFeasible(tables: Tables, partition: Partition, current: CurrentInstances): boolean {
  if (explainUnknown(tables, partition) !== null) return false
  if (explainPinned(collectDemands(tables, partition), current) !== null) return false
  const sizes = matchSizes(tables, partition)
  const pinned = current.instances.filter((instance) => instance.pinned)
  const fitter = createDeviceFitter(tables, sizes, pinned)
  return fitter.fits(sizes.map(({ count }) => count))
}
