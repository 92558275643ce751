import type {
  CalmRebalance,
  RebalanceCalmOptions,
  RebalanceLeftOut,
  RebalanceMemory,
  RebalancePlan,
  RebalanceProblem,
} from '../../../types/kubernetes/rebalance.js'
import { checkForm } from '../../fleet/model/check-form.js'
import { checkOptions } from '../../model/checks/check-options.js'
import type { Rule, RulesOf } from '../../model/checks/find-fault.js'
import { object, objectOf, wholeFrom } from '../../model/checks/kinds.js'
import { copyPlain } from '../../model/copy-plain.js'
import { checkProblem } from './check-problem.js'

const optionRules: RulesOf<RebalanceCalmOptions> = {
  now: wholeFrom(0),
  windowMs: wholeFrom(0),
  restMs: wholeFrom(0),
}
const times: Rule = { ...object, items: wholeFrom(0) }
const memoryRules: RulesOf<RebalanceMemory> = { pendingSince: times, changedAt: times }

/**
 * What of a problem counts now: pods that have been pending for a while, and nodes that have not been changed lately. With it before each
 * `planRebalance`, no pod that comes and goes causes a change, and no node changes more often than once in `restMs`.
 *
 * `memory` is null at first, then what the last `calmRebalance` or `rememberChanges` returned; or at each look what `readRebalanceProblem`
 * has read in the cluster. Throws `MIG_FLEET_INVALID` for a problem or
 * a memory that makes no sense.
 */
export function calmRebalance(
  given: RebalanceProblem,
  memory: RebalanceMemory | null,
  options: RebalanceCalmOptions = {},
): CalmRebalance {
  checkOptions('calmRebalance', options, objectOf(optionRules))
  const { now = Date.now(), windowMs = 30_000, restMs = 600_000 } = options
  const problem = copyPlain(given)
  checkProblem(problem)
  const before = readMemory(memory)
  // A clock that was set back must not keep a pod or a node waiting for long.
  const since = new Map(
    problem.pods.map(({ id }) => [id, Math.min(now, timeOf(before.pendingSince, id) ?? now)]),
  )
  const changed = new Map(
    Object.entries(before.changedAt)
      .map(([node, time]) => [node, Math.min(now, time)] as const)
      .filter(([, time]) => now - time < restMs),
  )
  const pods = problem.pods.filter(({ id }) => now - (since.get(id) ?? now) >= windowMs)
  const counting = new Set(pods)
  const tooNew = problem.pods.filter((pod) => !counting.has(pod))
  const next = [
    ...tooNew.map(({ id }) => (since.get(id) ?? now) + windowMs),
    ...problem.nodes.flatMap(({ name }) => {
      const time = changed.get(name)
      return time === undefined ? [] : [time + restMs]
    }),
  ]
  const resting = new Set(
    problem.nodes.filter((node) => changed.has(node.name) && node.fixed === undefined),
  )
  const rests = `it has been changed less than ${restMs / 1000} s ago`
  const waits = `it has been pending for less than ${windowMs / 1000} s`
  const leftOut: readonly RebalanceLeftOut[] = [
    ...[...resting].map(
      ({ name }) => ({ kind: 'node', name, reason: rests, passes: false }) as const,
    ),
    ...tooNew.map(({ id }) => ({ kind: 'pod', name: id, reason: waits, passes: false }) as const),
  ]
  const nodes = problem.nodes.map((node) => (resting.has(node) ? { ...node, fixed: rests } : node))
  return {
    problem: { ...problem, nodes, pods },
    leftOut,
    memory: {
      pendingSince: Object.fromEntries(since),
      changedAt: Object.fromEntries(changed),
    },
    nextAt: next.reduce<number | null>(
      (least, time) => (least === null || time < least ? time : least),
      null,
    ),
  }
}

/** The memory after a plan, from the time at which its changes are carried out. */
export function rememberChanges(
  memory: RebalanceMemory,
  { changes }: Pick<RebalancePlan, 'changes'>,
  options: Pick<RebalanceCalmOptions, 'now'> = {},
): RebalanceMemory {
  const { now: nowRule } = optionRules
  checkOptions('rememberChanges', options, objectOf({ now: nowRule }))
  const { now = Date.now() } = options
  const { pendingSince, changedAt } = readMemory(memory)
  const latest = changes.map(({ node }) => [node, now] as const)
  return {
    pendingSince,
    changedAt: Object.fromEntries([...Object.entries(changedAt), ...latest]),
  }
}

function readMemory(given: RebalanceMemory | null): RebalanceMemory {
  if (given === null) return { pendingSince: {}, changedAt: {} }
  const memory = copyPlain(given)
  checkForm(memory, objectOf(memoryRules, 'pendingSince', 'changedAt'), ['memory'])
  return memory
}

function timeOf(times: RebalanceMemory['pendingSince'], name: string): number | undefined {
  return Object.hasOwn(times, name) ? times[name] : undefined
}
