import type { FleetGoal, FleetRequest } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { numberAt } from '../../model/numbers.js'
import { requireResiduals } from '../../solver/tables/tables.js'
import { wholeHeldState, wholeState } from '../model/fleet-model.js'
import { mayEnter } from '../model/gpu-filter.js'
import type { GpuGroup, GpuPool, GroupedProblem } from '../model/grouped-problem.js'
import type { FleetGpuEntry } from '../model/read-gpus.js'

/** The part of a request that decides which GPUs it may enter. */
export type Access = Pick<FleetRequest, 'where' | 'reservation'>

export function groupGpus(
  gpus: readonly FleetGpuEntry[],
  accesses: readonly Access[],
  goal: FleetGoal,
): Pick<GroupedProblem, 'pools' | 'groups'> {
  const admitsAll =
    accesses.every(({ where }) => where === undefined) &&
    gpus.every(({ gpu }) => gpu.reservation === undefined && gpu.cordoned !== true)
  const pools: GpuPool[] = []
  const groups: GpuGroup[] = []
  const poolByKey = new Map<string, GpuPool>()
  const groupByKey = new Map<string, GpuGroup>()
  const groupOf = ({ gpu, model, state, inUse }: FleetGpuEntry): GpuGroup => {
    const admits = accesses.map((access) => admitsAll || mayEnter(gpu, access))
    const poolKey = `${model.number}:${admits.map(Number).join('')}`
    const pool = cached(poolByKey, poolKey, () => {
      const added = { number: pools.length, model, admits }
      pools.push(added)
      return added
    })
    const classNumber =
      state === wholeState ? -1 : numberAt(requireResiduals(model.tables).classOf, state)
    const cost = goal === 'cost' && !inUse ? (gpu.cost ?? 0) : 0
    return cached(groupByKey, `${pool.number}:${classNumber}:${inUse}:${cost}`, () => {
      const group: GpuGroup = {
        number: groups.length,
        model,
        pool: pool.number,
        classNumber,
        inUse,
        cost,
        members: [],
        count: 0,
      }
      groups.push(group)
      return group
    })
  }
  let last: GpuGroup | undefined
  let lastState = -1
  for (const entry of gpus) {
    const { model, state, inUse, count } = entry
    if (state === wholeHeldState || count === 0) continue
    // Lists are long, and most GPUs are like the one before.
    const isLike = admitsAll && last?.model === model && lastState === state && goal !== 'cost'
    const group = isLike && last?.inUse === inUse ? last : groupOf(entry)
    group.members.push(entry)
    group.count += count
    last = group
    lastState = state
  }
  return { pools, groups }
}
