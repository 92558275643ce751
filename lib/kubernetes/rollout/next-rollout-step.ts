import type {
  RolloutNode,
  RolloutNodes,
  RolloutOptions,
  RolloutStep,
} from '../../../types/kubernetes/rollout.js'
import { checkOptions } from '../../model/checks/check-options.js'
import type { RulesOf } from '../../model/checks/find-fault.js'
import { flag, nonEmpty, objectOf, texts, wholeFrom } from '../../model/checks/kinds.js'
import { deepFreeze } from '../../model/freeze.js'
import { progressOf } from './node-progress.js'

const rules: RulesOf<RolloutOptions> = {
  config: nonEmpty,
  maxUnavailable: wholeFrom(1),
  canary: wholeFrom(0),
  maxFailures: wholeFrom(0),
  drain: flag,
  gaveUp: texts,
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
  const { drain = false, gaveUp = {} } = options
  const nodes = all
    .map((node) => givenUp(progressOf(node, config, drain), gaveUp))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const of = (progress: RolloutNode['progress']): readonly RolloutNode[] =>
    nodes.filter((node) => node.progress === progress)
  const [todo, running] = [of('todo'), of('running')]
  const isStopped = of('failed').length > maxFailures
  // What is over, what another rollout has left, and what is not labelled when no further node may begin.
  const release = nodes
    .filter(({ isTainted, progress }) => isTainted && !isAtWork(progress, isStopped))
    .map(({ name }) => name)
  if (isStopped) {
    const outcome = running.length === 0 ? 'stopped' : 'going'
    return deepFreeze({ nodes, start: [], release, outcome })
  }
  if (todo.length + running.length + of('draining').length === 0)
    return deepFreeze({ nodes, start: [], release, outcome: 'done' })
  // A node that is away for another reason takes the place of one that could be changed.
  const away = nodes.filter(
    ({ progress, isReady }) => progress === 'running' || progress === 'draining' || !isReady,
  ).length
  // Until so many are done, no more than these begin.
  const begun = nodes.length - todo.length
  const isProven = of('done').length >= canary
  const allowed = isProven ? todo.length : canary - begun
  const start = todo
    .filter(({ isReady }) => isReady)
    .slice(0, Math.max(0, Math.min(maxUnavailable - away, allowed)))
    .map(({ name }) => name)
  return deepFreeze({
    nodes,
    start,
    release: release.filter((name) => !start.includes(name)),
    outcome: 'going',
  })
}

function isAtWork(progress: RolloutNode['progress'], isStopped: boolean): boolean {
  return progress === 'running' || (progress === 'draining' && !isStopped)
}

function givenUp(node: RolloutNode, gaveUp: NonNullable<RolloutOptions['gaveUp']>): RolloutNode {
  const reason = Object.hasOwn(gaveUp, node.name) ? gaveUp[node.name] : undefined
  const isBegun = node.progress !== 'todo' && node.progress !== 'draining'
  return reason === undefined || isBegun ? node : { ...node, progress: 'failed', reason }
}
