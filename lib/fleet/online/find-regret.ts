import type { FleetRegret, RegretOptions } from '../../../types/fleet/regret.js'
import { acceptWithMoves } from '../hindsight/accept-with-moves.js'
import { certifyRegret } from '../hindsight/certify-regret.js'
import { boundTrace } from '../hindsight/hindsight-bound.js'
import type { HindsightStay } from '../hindsight/hindsight-trace.js'
import { listRules } from '../hindsight/packing-rules.js'
import { invalid } from '../model/invalid.js'
import { createBudget, partOf } from '../program/budget.js'
import { readTrace } from './read-trace.js'
import type { TraceLog } from './trace-log.js'

/** Looks back on what came. Rejects with `MIG_FLEET_INVALID` for a fleet that remembers nothing. */
export async function findRegret(
  log: TraceLog | null,
  options: RegretOptions,
): Promise<FleetRegret> {
  if (log === null) {
    throw invalid(['options', 'history'], 'was not given to createFleet, so nothing is remembered')
  }
  const budget = createBudget(options)
  const { trace, times, assumedStays, since } = readTrace(log.read())
  const rules = listRules(trace)
  const worthOf = ({ kind }: HindsightStay): number => trace.kinds[kind]?.worth ?? 0
  const sum = (stays: readonly HindsightStay[]): number =>
    stays.reduce((total, stay) => total + worthOf(stay), 0)
  const asked = trace.stays.filter(({ fixed }) => !fixed)
  const accepted = asked.filter((stay) => stay.accepted)
  // A bound that is not the best one takes all the time there is, so it gets a part.
  const part = partOf(budget, 0.6)
  let isCut = false
  const found = boundTrace(trace, rules, {
    spend: (work) => {
      const goesOn = part.spend(work)
      isCut ||= !goesOn
      return goesOn
    },
  })
  const withMoves = await acceptWithMoves(trace, rules, budget)
  return {
    since,
    requests: { asked: asked.length, accepted: accepted.length, assumedStays },
    memoryUnits: { asked: sum(asked), accepted: sum(accepted), withMoves, bound: found.bound },
    stopped: budget.stopped() ?? (isCut ? (budget.counted ? 'work-units' : 'deadline') : null),
    ...(options.certify === true && { certificate: certifyRegret(trace, times, found) }),
  }
}
