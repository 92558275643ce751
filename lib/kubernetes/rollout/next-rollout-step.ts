import type {
  RolloutNodes,
  RolloutOptions,
  RolloutStep,
} from '../../../types/kubernetes/rollout.js'
import { checkOptions } from '../../model/checks/check-options.js'
import type { RulesOf } from '../../model/checks/find-fault.js'
import { nonEmpty, objectOf, wholeFrom } from '../../model/checks/kinds.js'
import { deepFreeze } from '../../model/freeze.js'
import { progressOf } from './node-progress.js'

const rules: RulesOf<RolloutOptions> = {
  config: nonEmpty,
  maxUnavailable: wholeFrom(1),
  canary: wholeFrom(0),
  maxFailures: wholeFrom(0),
}

/**
 * Which nodes of a rollout get their label now. Pure, and it remembers nothing: how far a rollout is stands on the nodes. So one that
 * was interrupted goes on when it is started again.
 *
 * @throws TypeError for wrong options.
 */
export function nextRolloutStep(all: RolloutNodes, options: RolloutOptions): RolloutStep {
  checkOptions('nextRolloutStep', options, objectOf(rules, 'config'))
  const { config, maxUnavailable = 1, canary = 0, maxFailures = 0 } = options
  const nodes = all
    .map((node) => progressOf(node, config))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const of = (progress: (typeof nodes)[number]['progress']): typeof nodes =>
    nodes.filter((node) => node.progress === progress)
  const [todo, running] = [of('todo'), of('running')]
  if (of('failed').length > maxFailures)
    return deepFreeze({ nodes, start: [], outcome: running.length === 0 ? 'stopped' : 'going' })
  if (todo.length === 0 && running.length === 0)
    return deepFreeze({ nodes, start: [], outcome: 'done' })
  // A node that is away for another reason takes the place of one that could be changed.
  const away = nodes.filter((node) => node.progress === 'running' || !node.isReady).length
  // Until so many are done, no more than these begin.
  const begun = nodes.length - todo.length
  const isProven = of('done').length >= canary
  const allowed = isProven ? todo.length : canary - begun
  const start = todo
    .filter(({ isReady }) => isReady)
    .slice(0, Math.max(0, Math.min(maxUnavailable - away, allowed)))
    .map(({ name }) => name)
  return deepFreeze({ nodes, start, outcome: 'going' })
}
