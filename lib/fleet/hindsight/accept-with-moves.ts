import { cached } from '../../model/cached.js'
import type { Budget } from '../program/linear-program.js'
import { gpusAt, type HindsightStay, type HindsightTrace } from './hindsight-trace.js'
import { createMovingGpus, type MovingInstance } from './moving-gpus.js'
import type { PackingRule } from './packing-rules.js'

/** What a packing of one model costs, in microseconds. */
const workPerPacking = 500

/**
 * The memory units that are accepted if each request comes as it did, and whatever is there moves freely to make room for it.
 * First come, first served. Once the budget is spent, nothing moves any more.
 */
export async function acceptWithMoves(
  trace: HindsightTrace,
  rules: readonly PackingRule[],
  budget: Budget,
): Promise<number> {
  const { kinds, stays, arrivals } = trace
  const gpus = gpusAt(trace)
  const moving = createMovingGpus(kinds)
  const there = new Set<MovingInstance>()
  /** By arrival: what leaves after it. */
  const leaving = new Map<number, MovingInstance[]>()
  const held = kinds.map(() => 0)
  let counts = gpus[0]
  let accepted = 0
  let next = 0
  /** False: no packing of what is there was found, so nothing has a place. */
  let isPacked = false

  const enter = (stay: HindsightStay, instance: MovingInstance): void => {
    there.add(instance)
    held[stay.kind] = (held[stay.kind] ?? 0) + 1
    cached(leaving, stay.last, () => []).push(instance)
  }
  const leave = (instance: MovingInstance): void => {
    there.delete(instance)
    held[instance.kind] = (held[instance.kind] ?? 0) - 1
    moving.remove(instance)
  }
  const repack = async (more: readonly MovingInstance[]): Promise<boolean> => {
    if (!mayFit(rules, counts, held, more) || !budget.spend(workPerPacking)) return false
    const found = await moving.repack([...there, ...more])
    isPacked ||= found
    return found
  }

  for (let arrival = 0; arrival < arrivals; arrival += 1) {
    for (const instance of leaving.get(arrival - 1) ?? []) leave(instance)
    const coming: HindsightStay[] = []
    for (let stay = stays[next]; stay?.first === arrival; stay = stays[next]) {
      coming.push(stay)
      next += 1
    }
    const fixed = coming.filter((stay) => stay.fixed)
    for (const stay of fixed) enter(stay, newInstance(stay))
    if (arrival === 0 || counts !== gpus[arrival] || fixed.length > 0) {
      counts = gpus[arrival]
      moving.resize(counts ?? new Map())
      for (const instance of there) instance.gpu = null
      isPacked = await moving.repack([...there])
    }
    const asked = coming.filter((stay) => !stay.fixed)
    const instances = asked.map(newInstance)
    const done = isPacked ? instances.findIndex((each) => !moving.add(each)) : 0
    if (done >= 0) {
      for (const each of instances.slice(0, done)) moving.remove(each)
      if (!(await repack(instances))) continue
    }
    for (const [index, stay] of asked.entries()) {
      const instance = instances[index]
      if (instance !== undefined) enter(stay, instance)
      accepted += kinds[stay.kind]?.worth ?? 0
    }
  }
  return accepted
}

function newInstance({ kind }: HindsightStay): MovingInstance {
  return { kind, gpu: null, position: 0 }
}

/** Whether no rule is against it. */
function mayFit(
  rules: readonly PackingRule[],
  counts: ReadonlyMap<object, number> | undefined,
  held: readonly number[],
  more: readonly MovingInstance[],
): boolean {
  return rules.every(({ prices, worths }) => {
    let room = 0
    for (const [tables, worth] of worths) room += (counts?.get(tables) ?? 0) * worth
    for (const [kind, count] of held.entries()) room -= count * (prices[kind] ?? 0)
    for (const { kind } of more) room -= prices[kind] ?? 0
    return room >= 0
  })
}
