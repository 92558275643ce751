import type { FleetGpu, FleetRequest } from '../../../types/fleet/pack.js'
import type { Rule } from '../../model/checks/find-fault.js'
import { wholeFrom } from '../../model/checks/kinds.js'
import { checkForm } from './check-form.js'
import { invalid } from './invalid.js'

/** The most GPUs with names of their own: a fleet of so many takes about a gigabyte. */
export const mostNamedGpus: number = 2 ** 20

/** The largest `value` or `cost`: with these, the prices of a linear program still prove a bound. */
const mostPrice = 2 ** 40

/** The most placements in one answer: so many take about a gigabyte. */
const mostNamedPlacements: number = 2 ** 22

export function priceFrom(least: number): Rule {
  return wholeFrom(least, mostPrice)
}

/** Throws `MIG_FLEET_INVALID`. */
export function requirePrice(
  part: unknown,
  least: number,
  path: readonly (string | number)[],
): void {
  checkForm(part, priceFrom(least), path)
}

/** Throws `MIG_FLEET_INVALID`. `there`: how many GPUs the fleet has already. */
export function limitNamedGpus(gpus: readonly Pick<FleetGpu, 'count'>[], there = 0): void {
  const total = gpus.reduce((sum, { count = 1 }) => sum + count, there)
  if (total <= mostNamedGpus) return
  throw invalid(['gpus'], `have ${total} GPUs in all; at most ${mostNamedGpus} can have names`)
}

/** Throws `MIG_FLEET_INVALID`. */
export function limitNamedPlacements(total: number): void {
  if (total <= mostNamedPlacements) return
  throw invalid(
    ['requests'],
    `have ${total} placements in all; at most ${mostNamedPlacements} can have names`,
  )
}

/** Counts may be as large as numbers are exact, and so may their sums. Throws `MIG_FLEET_INVALID`. */
export function limitSums(
  requests: readonly FleetRequest[],
  gpus: readonly FleetGpu[],
  largestMiB: number,
): void {
  let instances = 0
  let value = 0
  for (let entry = 0; entry < requests.length; entry += 1) {
    const { count = 1, value: each = 1 } = requests[entry] as FleetRequest
    instances += count
    value += count * each
    if (Number.isSafeInteger(value) && Number.isSafeInteger(instances * largestMiB)) continue
    throw invalid(['requests', entry, 'count'], 'makes the sum of all too large to be exact')
  }
  let units = 0
  for (let position = 0; position < gpus.length; position += 1) {
    const { count = 1, cost = 0 } = gpus[position] as FleetGpu
    units += count * Math.max(1, cost)
    if (Number.isSafeInteger(units)) continue
    throw invalid(['gpus', position, 'count'], 'makes the sum of all too large to be exact')
  }
}
