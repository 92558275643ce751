import type { RebalancePrices } from '../../../../types/kubernetes/rebalance.js'
import { fault, isWhole } from '../../../fleet/model/answer-fault.js'
import { isPlainObject } from '../../../model/checks/find-fault.js'
import { normaliseProfileName } from '../../../model/profile-names.js'
import type { ClusterModel } from '../cluster-model.js'
import { requireLists } from './require-lists.js'

const mostPrice = 2 ** 45

/** Prices of a certificate. */
export interface ReadPrices {
  readonly weights: readonly bigint[]
  /** By number of the group, and position of the size. The first group has the nodes that no group names. */
  readonly groups: readonly (readonly bigint[])[]
  readonly groupOf: readonly number[]
  readonly budgets: readonly bigint[]
}

/** Throws `AnswerFault` for prices that fit neither the cluster nor their figure. */
export function readPrices(cluster: ClusterModel, given: RebalancePrices): ReadPrices {
  const { figures, sizes, nodes } = cluster
  const { figure, denominator, weights, groups, budgets } = given
  if (!isPrice(denominator) || denominator === 0) fault('a denominator is no whole number from 1')
  if (!Array.isArray(weights) || weights.length !== figures.length || !weights.every(isPrice))
    fault('weights are not one whole number for each figure')
  if (weights[figure] !== denominator) fault('the weight of a figure is not the denominator')
  for (const [index, { name }] of figures.entries())
    if (index > figure && name !== 'nodes' && weights[index] !== 0)
      fault('the weight of a later figure is not 0')
  requireLists(given, ['groups'])
  if (!isPlainObject(budgets)) fault('the prices of budgets are no object')
  const position = new Map(nodes.map(({ given: { name }, number }) => [name, number]))
  const groupOf = nodes.map(() => 0)
  const byGroup = [sizes.map(() => 0n)]
  for (const group of groups) {
    if (!Array.isArray(group.nodes) || !isPlainObject(group.sizes))
      fault('a group has no nodes and sizes')
    for (const name of group.nodes) {
      const node = position.get(name)
      if (node === undefined || groupOf[node] !== 0) fault('a node is not in exactly one group')
      groupOf[node] = byGroup.length
    }
    byGroup.push(readNamed(sizes, group.sizes))
  }
  return {
    weights: weights.map(BigInt),
    groups: byGroup,
    groupOf,
    budgets: readNamed(
      cluster.budgets.flatMap(({ names }) => names),
      budgets,
    ),
  }
}

/** Prices in the order of their names. */
function readNamed(names: readonly string[], prices: object): bigint[] {
  const found = names.map(() => 0n)
  for (const [name, price] of Object.entries(prices)) {
    const at = names.includes(name)
      ? names.indexOf(name)
      : names.indexOf(normaliseProfileName(name))
    if (at < 0 || !isPrice(price)) fault('a price is no whole number, or of nothing')
    found[at] = BigInt(price)
  }
  return found
}

function isPrice(value: unknown): value is number {
  return isWhole(value) && value < mostPrice
}
