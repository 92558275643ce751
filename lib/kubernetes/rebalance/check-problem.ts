import type {
  MovablePod,
  RebalanceGpu,
  RebalanceInstance,
  RebalanceNode,
  RebalanceOptions,
  RebalancePod,
  RebalanceProblem,
  RebalanceReserve,
} from '../../../types/kubernetes/rebalance.js'
import { checkForm } from '../../fleet/model/check-form.js'
import { invalid } from '../../fleet/model/invalid.js'
import { checkOptions } from '../../model/checks/check-options.js'
import type { Rule, RulesOf } from '../../model/checks/find-fault.js'
import {
  anything,
  flag,
  listOf,
  nonEmpty,
  object,
  objectOf,
  oneOf,
  openObjectOf,
  signal,
  texts,
  wholeFrom,
} from '../../model/checks/kinds.js'

/** No pod of Kubernetes has nearly so many. */
const mostDevices = 1024
const whole: Rule = {
  allowed: 'a whole number',
  accepts: (value) => Number.isSafeInteger(value),
}
const counts: Rule = { ...object, items: wholeFrom(0, mostDevices) }
const conditions = listOf(
  objectOf({ key: nonEmpty, operator: nonEmpty, values: listOf(anything) }, 'key', 'operator'),
)
const term = objectOf({ matchExpressions: conditions, matchFields: conditions })

const podRules: RulesOf<RebalancePod> = {
  id: nonEmpty,
  priority: whole,
  devices: counts,
  nodeSelector: texts,
  nodeTerms: listOf(term),
  tolerations: listOf(object),
}
const movableRules: RulesOf<MovablePod> = { ...podRules, budgets: listOf(nonEmpty) }

const instance: RulesOf<RebalanceInstance> = {
  profileId: wholeFrom(0),
  placement: object,
  heldBy: nonEmpty,
  isDevice: flag,
}

const gpu: RulesOf<RebalanceGpu> = {
  id: nonEmpty,
  geometry: object,
  model: nonEmpty,
  migEnabled: flag,
  modeChange: oneOf('no', 'free', 'reset'),
  layout: listOf(openObjectOf(instance, 'profileId', 'placement')),
  heldBy: nonEmpty,
}

const node: RulesOf<RebalanceNode> = {
  name: nonEmpty,
  labels: texts,
  taints: listOf(openObjectOf({ key: nonEmpty, effect: nonEmpty }, 'key', 'effect')),
  unschedulable: flag,
  gpus: listOf(openObjectOf(gpu, 'id')),
  fixed: nonEmpty,
}

const reserve: RulesOf<RebalanceReserve> = {
  size: nonEmpty,
  count: wholeFrom(0, mostDevices),
  nodeSelector: texts,
}

const problemRules: RulesOf<RebalanceProblem> = {
  nodes: listOf(openObjectOf(node, 'name', 'gpus')),
  pods: listOf(objectOf(podRules, 'id', 'devices')),
  reserves: listOf(objectOf(reserve, 'size', 'count')),
  mix: { ...object, items: wholeFrom(0, 2 ** 20) },
  movable: listOf(objectOf(movableRules, 'id', 'devices')),
  moveFrom: oneOf('any', 'destroyed'),
  budgets: { ...object, items: wholeFrom(0) },
}

const optionRules: RulesOf<RebalanceOptions> = {
  deadlineMs: wholeFrom(0),
  maxNodes: wholeFrom(0),
  solver: oneOf('auto', 'own'),
  signal,
}

export function checkRebalanceOptions(options: unknown): void {
  checkOptions('planRebalance', options, objectOf(optionRules))
}

/** Throws `MIG_FLEET_INVALID` for the first mistake. */
export function checkProblem(problem: RebalanceProblem): void {
  checkForm(problem, objectOf(problemRules, 'nodes', 'pods'), ['problem'])
  const { nodes, pods, movable = [] } = problem
  requireDistinct(
    nodes.map(({ name }) => name),
    'nodes',
    'name',
  )
  requireDistinct(
    [...pods, ...movable].map(({ id }) => id),
    'pods',
    'id',
  )
  for (const [list, entries] of [
    ['pods', pods],
    ['movable', movable],
  ] as const) {
    for (const [index, { devices }] of entries.entries()) {
      if (!Object.values(devices).some((count) => count > 0))
        throw invalid([list, index, 'devices'], 'names no device')
    }
  }
}

function requireDistinct(names: readonly string[], list: string, field: string): void {
  const seen = new Set<string>()
  for (const [index, name] of names.entries()) {
    if (seen.has(name)) throw invalid([list, index, field], `is ${name}, as of another entry`)
    seen.add(name)
  }
}
