import type {
  FleetGpu,
  FleetRequest,
  PackFleetProblem,
  PackingShard,
} from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { sum } from '../../model/numbers.js'
import { requireList, requireObject, requireWhole } from '../model/check-form.js'
import { mayEnter } from '../model/gpu-filter.js'
import { splitMachines } from '../model/split-machines.js'

/**
 * Cuts a packing problem into at most so many shards of about equal size, without cutting a machine. Requests that may use the same
 * GPUs go to the shards in proportion to these GPUs, so each gets about the same mix. Requests with one `sameNode` stay
 * together. Throws `MIG_FLEET_INVALID`.
 */
export function splitPacking(problem: PackFleetProblem, shards: number): readonly PackingShard[] {
  requireObject(problem, ['problem'])
  const { gpus, requests, objective } = problem
  requireList(requests, ['requests'])
  const parts = splitMachines(gpus, shards)
  const dealt = parts.map(() => ({ requests: [] as FleetRequest[], shares: [] as Share[] }))
  const dealers = new Map<string, Dealer>()
  const dealerOf = (request: FleetRequest): Dealer => {
    const { profile, need, wholeGpu, where, reservation } = request
    const key = JSON.stringify([profile, need, wholeGpu, where, reservation])
    return cached(dealers, key, () => createDealer(parts.map((part) => countOpen(part, request))))
  }
  const together = new Map<string, number>()
  for (const [entry, request] of requests.entries()) {
    requireObject(request, ['requests', entry])
    const { count = 1, sameNode } = request
    requireWhole(count, 0, ['requests', entry, 'count'])
    const dealer = dealerOf(request)
    const shares =
      sameNode === undefined
        ? dealer.deal(count)
        : dealer.give(
            cached(together, sameNode, () => dealer.next()),
            count,
          )
    let first = 0
    for (const [shard, share] of shares.entries()) {
      if (share === 0 && !(count === 0 && shard === 0)) continue
      dealt[shard]?.requests.push(
        request.count === undefined ? request : { ...request, count: share },
      )
      dealt[shard]?.shares.push({ entry, first })
      first += share
    }
  }
  return parts.map((part, shard) => {
    const { requests: own = [], shares = [] } = dealt[shard] ?? {}
    const asked = { requests: own, gpus: part }
    return { problem: objective === undefined ? asked : { ...asked, objective }, shares }
  })
}

type Share = PackingShard['shares'][number]

/** Deals the requests that may use the same GPUs. */
interface Dealer {
  /** By shard: how many of so many requests it gets. */
  readonly deal: (count: number) => readonly number[]
  /** All of them for one shard. */
  readonly give: (shard: number, count: number) => readonly number[]
  /** The shard that is furthest behind. */
  readonly next: () => number
}

function createDealer(open: readonly number[]): Dealer {
  const total = Math.max(1, sum(open))
  const given = open.map(() => 0)
  let all = 0
  const behind = (shard: number): number => (all * (open[shard] ?? 0)) / total - (given[shard] ?? 0)
  const furthest = (): number => {
    let best = 0
    for (const shard of open.keys()) if (behind(shard) > behind(best)) best = shard
    return best
  }
  return {
    deal: (count) => {
      all += count
      const shares = open.map(() => 0)
      let rest = count
      const take = (shard: number, more: number): void => {
        shares[shard] = (shares[shard] ?? 0) + more
        given[shard] = (given[shard] ?? 0) + more
        rest -= more
      }
      if (count > 1)
        for (const shard of open.keys())
          take(shard, Math.min(rest, Math.max(0, Math.floor(behind(shard)))))
      while (rest > 0) take(furthest(), sum(open) === 0 ? rest : 1)
      return shares
    },
    give: (to, count) => {
      all += count
      given[to] = (given[to] ?? 0) + count
      return open.map((_open, shard) => (shard === to ? count : 0))
    },
    next: furthest,
  }
}

/** How many GPUs the request may use. */
function countOpen(gpus: readonly FleetGpu[], request: FleetRequest): number {
  let open = 0
  for (const gpu of gpus) {
    const isWhole = gpu.migEnabled === false
    if (isWhole === (request.wholeGpu === true) && mayEnter(gpu, request)) open += gpu.count ?? 1
  }
  return open
}
