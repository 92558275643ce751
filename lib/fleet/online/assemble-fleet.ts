import type { CreateFleetOptions } from '../../../types/fleet/online.js'
import { readPolicy } from '../policy/fleet-policy.js'
import { type ComingGpus, enterGpus, readComing } from './change-gpus.js'
import type { FleetInside } from './fleet-inside.js'
import { createState } from './fleet-pools.js'
import { checkMemory, createRankings } from './fleet-rankings.js'
import type { FleetState } from './fleet-state.js'
import { createHeldRequests } from './held-requests.js'
import { createHoldings } from './holdings.js'
import { observeDemand } from './observed-demand.js'
import { createPlacedRules } from './placed-rules.js'
import { createPlacer } from './placer.js'

/** Makes the parts of a fleet, in an order in which each finds what it needs. */
export function assembleFleet(options: CreateFleetOptions): FleetInside {
  const { gpus, requests: asked = [], mix, memory } = options
  const policy = readPolicy(options.policy)
  const state = createState()
  const requests = createHeldRequests()
  const rules = createPlacedRules(state)
  const holdings = createHoldings(rules, requests)
  const coming = readComing({ state, holdings, requests }, gpus, asked)
  keepUsedModels(state, coming)
  if (memory !== undefined) checkMemory(memory, state.models.list)
  const observer = observeDemand(state, holdings, memory)
  const rankings = createRankings(state, observer, { policy, mix, memory })
  enterGpus({ state, holdings, requests, rankings }, coming)
  const placer = createPlacer({ state, holdings, rules, observer }, memory?.lastUnnamed ?? 0)
  return { state, requests, rules, holdings, observer, rankings, placer, mix }
}

/** An entry with a count of 0 brings a model without any GPU. */
function keepUsedModels({ models: { list } }: FleetState, { named }: ComingGpus): void {
  const used = new Set(named.map(({ entry }) => entry.model))
  list.splice(0, list.length, ...list.filter((model) => used.has(model)))
}
