import type { FleetInstance } from '../../../../types/fleet/pack.js'
import { cached } from '../../../model/cached.js'
import { placeOf } from '../../../solver/tables/tables.js'
import type { FleetModel } from '../../model/fleet-model.js'
import { mayClear } from '../../model/idle-instance.js'
import { type AccessGroup, createAccessGroupFinder } from '../access-groups.js'
import type { PlanQuestion } from './plan-question.js'

/** An instance, as a proof counts it. */
export interface CountedInstance {
  /** Number of its place. */
  readonly place: number
  readonly kind: number
  /** -1: it stays. */
  readonly cost: number
}

/** GPUs that hold the same instances and are open to the same. */
export interface CountedGpus {
  readonly model: FleetModel
  readonly access: AccessGroup
  readonly instances: readonly CountedInstance[]
  count: number
}

/** Idle instances of one profile that may be taken as they are, on GPUs that are open to the same. */
export interface CountedIdle {
  readonly access: AccessGroup
  readonly position: number
  count: number
}

/** A question with its GPUs counted, for proofs. */
export interface QuestionGroups {
  readonly gpus: readonly CountedGpus[]
  /** They stay on their GPUs, so they are among the instances of `gpus`, too. */
  readonly idle: readonly CountedIdle[]
  readonly accessGroups: readonly AccessGroup[]
  /** Undefined: the fleet has no such GPU with MIG on. */
  readonly accessOf: (name: unknown) => AccessGroup | undefined
  /** Whole GPUs that are held: on drained GPUs, or all of them. */
  readonly heldWhole: { readonly drained: number; readonly all: number }
}

/** Idle instances that the question allows to clear count as free room. */
export function groupQuestion(question: PlanQuestion): QuestionGroups {
  const { entries, kinds, costOf, wanted, eligible, drained, entryOf, clearIdle } = question
  const stays = (instance: FleetInstance): boolean => !clearIdle || !mayClear(instance)
  // Kinds come to light with the instances, and access groups depend on all of them.
  const instancesOf = entries.map(({ model, gpu, state, count, ...rest }) =>
    state < 0 || count === 0
      ? []
      : (gpu.layout ?? []).filter(stays).map((instance): CountedInstance => {
          const at = placeOf(model.tables, instance)
          if (at === null) throw new Error('a layout that was checked has its places')
          const entry = { model, gpu, state, count, ...rest }
          const { kind, mayMove } = kinds.kindOf(entry, instance, at.profilePosition)
          return { place: at.number, kind, cost: mayMove ? costOf(instance, model.tables) : -1 }
        }),
  )
  const finder = createAccessGroupFinder(kinds.list, wanted, eligible, drained)
  const groups = new Map<string, CountedGpus>()
  const idle = new Map<string, CountedIdle>()
  const heldWhole = { drained: 0, all: 0 }
  for (const [index, entry] of entries.entries()) {
    const { model, gpu, state, count, inUse } = entry
    if (state < 0) {
      if (inUse) heldWhole.all += count
      if (inUse && drained.has(gpu)) heldWhole.drained += count
      continue
    }
    if (count === 0) continue
    const access = finder.of(entry)
    const instances = [...(instancesOf[index] ?? [])].sort((a, b) => a.place - b.place)
    let key = `${access.number}`
    for (const { place, kind, cost } of instances) key += `;${place}:${kind}:${cost}`
    cached(groups, key, () => ({ model, access, instances, count: 0 })).count += count
    if (question.kind !== 'room') continue
    for (const instance of (gpu.layout ?? []).filter(stays)) {
      const at = instance.idle === true ? placeOf(model.tables, instance) : null
      if (at === null) continue
      const { profilePosition: position } = at
      cached(idle, `${access.number}:${position}`, () => ({ access, position, count: 0 })).count +=
        count
    }
  }
  return {
    gpus: [...groups.values()],
    idle: [...idle.values()],
    accessGroups: finder.list,
    accessOf: (name) => {
      const entry = entryOf(name)
      return entry === undefined || entry.state < 0 ? undefined : finder.of(entry)
    },
    heldWhole,
  }
}
