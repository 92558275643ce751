import type { FleetGoal } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { numberAt } from '../../model/numbers.js'
import { emptyClass, placeOf, requireResiduals, type Tables } from '../../solver/tables/tables.js'
import { idlePlaceOf, idleState, wholeHeldState, wholeState } from '../model/fleet-model.js'
import {
  type GpuGroup,
  type GpuPool,
  type GroupedProblem,
  idleClass,
  wholeClass,
} from '../model/grouped-problem.js'
import type { FleetGpuEntry } from '../model/read-gpus.js'
import { type Access, indexAccesses } from './index-accesses.js'

export function groupGpus(
  gpus: readonly FleetGpuEntry[],
  accesses: readonly Access[],
  goal: FleetGoal,
): Pick<GroupedProblem, 'pools' | 'groups'> {
  const admitsAll =
    accesses.every(({ where }) => where === undefined) &&
    gpus.every(({ gpu }) => gpu.reservation === undefined && gpu.cordoned !== true)
  const all = { numbers: [...accesses.keys()], key: '' }
  const accessesOf = indexAccesses(accesses)
  const pools: GpuPool[] = []
  const groups: GpuGroup[] = []
  const poolByKey = new Map<string, GpuPool>()
  const groupByKey = new Map<string, GpuGroup>()
  const groupOf = ({ gpu, model, state, inUse }: FleetGpuEntry): GpuGroup => {
    const admitted = admitsAll ? all : accessesOf(gpu)
    const pool = cached(poolByKey, `${model.number}:${admitted.key}`, () => {
      const added = { number: pools.length, model, accesses: admitted.numbers }
      pools.push(added)
      return added
    })
    const classNumber = classOf(model.tables, state)
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
    for (const idle of listIdle(entry)) {
      const ofIdle = groupOf(idle)
      ofIdle.members.push(idle)
      ofIdle.count += idle.count
    }
  }
  return { pools, groups }
}

function classOf(tables: Tables, state: number): number {
  if (state === 0) return emptyClass
  if (state > 0) return numberAt(requireResiduals(tables).classOf, state)
  if (state === wholeState) return wholeClass
  return idleClass(tables.places[idlePlaceOf(state)]?.profilePosition ?? 0)
}

/** The idle instances of these GPUs, each as an entry of its own. */
function listIdle(entry: FleetGpuEntry): readonly FleetGpuEntry[] {
  const { gpu, model } = entry
  if (gpu.layout === undefined) return []
  return gpu.layout.flatMap((instance) => {
    const place = instance.idle === true ? placeOf(model.tables, instance) : null
    return place === null ? [] : [{ ...entry, state: idleState(place.number), idle: [] }]
  })
}
