import { at } from '../../model/numbers.js'
import type { Tables } from '../tables/tables.js'
import type { LayoutChain } from './layout-chain.js'
import type { PlacingRule } from './long-run.js'
import type { StartOrder } from './precedence.js'

/** Each request takes the first free place of its profile in an order. */
export function ruleOfOrder(
  { profiles }: Tables,
  { layoutCount, profileCount, placeCount, after }: LayoutChain,
  order: StartOrder,
): PlacingRule {
  const rule = new Int32Array(layoutCount * profileCount).fill(-1)
  const numbers = profiles.map(({ position, placements }) =>
    at(order, position).map((place) => at(placements, place).number),
  )
  for (let layout = 0; layout < layoutCount; layout += 1) {
    for (let position = 0; position < profileCount; position += 1) {
      for (const number of numbers[position] ?? []) {
        const reached = after[layout * placeCount + number] ?? -1
        if (reached < 0) continue
        rule[layout * profileCount + position] = reached
        break
      }
    }
  }
  return rule
}
