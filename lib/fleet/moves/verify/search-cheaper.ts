import { cached } from '../../../model/cached.js'
import type { AccessGroup } from '../access-groups.js'
import type { CountedGpus, QuestionGroups } from './question-groups.js'
import { rankKinds } from './rank-kinds.js'

/** A set of instances that leaves a GPU. */
interface Clearing {
  /** State of the GPU afterwards. */
  readonly state: number
  /** Ranks of the kinds of what leaves, ascending. */
  readonly kinds: readonly number[]
  readonly cost: number
}

/** GPUs from which the same sets can leave, with the same left behind. */
interface ClearedGpus {
  readonly number: number
  readonly access: AccessGroup
  /** For idle instances, each as a GPU of its own: the only profile that one has room for, and once. Null: GPUs. */
  readonly only: number | null
  /** The empty set first, then by cost. */
  readonly clearings: readonly Clearing[]
  left: number
}

/** A GPU that something comes to. */
interface Target {
  readonly gpus: ClearedGpus
  readonly clearing: Clearing
  /** Profile positions of what comes. */
  readonly coming: number[]
}

interface Path {
  /** Ranks of kinds, ascending. */
  readonly pending: readonly number[]
  readonly cost: number
  readonly moves: number
}

export interface SearchLimits {
  /** Only plans that cost less count. */
  readonly below: number
  readonly mostMoves: number
  readonly mostSteps: number
  /** Default: never. */
  readonly isTimeUp?: () => boolean
}

const betweenLooks = 256

/**
 * Tries every plan that costs less and gives one of `wanted` a place: instance by instance, to each GPU, after
 * each set of instances that can leave it. Returns the steps that this took, the same however the kinds are numbered. Null:
 * there is such a plan, or the steps were not enough to rule it out.
 */
export function ruleOutCheaper(
  groups: Pick<QuestionGroups, 'gpus' | 'idle'>,
  wanted: number,
  { below, mostMoves, mostSteps, isTimeUp = () => false }: SearchLimits,
): number | null {
  const { rankOf, kindAt } = rankKinds(groups)
  const all = [...groupByClearings(groups, rankOf)]
  for (const { access, position, count } of groups.idle)
    all.push({ number: all.length, access, only: position, clearings: [asItIs], left: count })
  const targets: Target[] = []
  const failed = new Set<string>()
  let steps = 0

  /** Whether the rest of a path may lead to a plan. */
  const mayEnd = (path: Path): boolean => {
    const [rank, ...pending] = path.pending
    if (rank === undefined) return true
    const kind = kindAt[rank] ?? -1
    if (++steps > mostSteps || (steps % betweenLooks === 0 && isTimeUp())) return true
    const key = `${path.pending.join()}|${targets.map(keyOf).sort().join(';')}`
    if (failed.has(key)) return false
    for (const target of targets) if (comesTo(target, kind, { ...path, pending })) return true
    for (const gpus of all) {
      if (gpus.left === 0) continue
      for (const clearing of gpus.clearings) {
        const cost = path.cost + clearing.cost
        const moves = path.moves + clearing.kinds.length
        if (cost >= below) break
        if (moves > mostMoves) continue
        const more = [...pending, ...clearing.kinds].sort((a, b) => a - b)
        const target = { gpus, clearing, coming: [] }
        gpus.left -= 1
        targets.push(target)
        const isOpen = comesTo(target, kind, { pending: more, cost, moves })
        targets.pop()
        gpus.left += 1
        if (isOpen) return true
      }
    }
    failed.add(key)
    return false
  }

  const comesTo = ({ gpus, clearing, coming }: Target, kind: number, path: Path): boolean => {
    const { access, only } = gpus
    const isFull = only !== null && coming.length > 0
    for (const position of access.positionsOf.get(kind) ?? []) {
      if (only !== null && (isFull || only !== position)) continue
      coming.push(position)
      const isOpen = (only !== null || hasRoom(access, clearing.state, coming)) && mayEnd(path)
      coming.pop()
      if (isOpen) return true
    }
    return false
  }

  return mayEnd({ pending: [rankOf.get(wanted) ?? -1], cost: 0, moves: 0 }) ? null : steps
}

const asItIs: Clearing = { state: 0, kinds: [], cost: 0 }

function keyOf({ gpus, clearing, coming }: Target): string {
  return `${gpus.number}.${gpus.clearings.indexOf(clearing)}.${[...coming].sort((a, b) => a - b).join()}`
}

function groupByClearings(
  { gpus }: Pick<QuestionGroups, 'gpus'>,
  rankOf: ReadonlyMap<number, number>,
): readonly ClearedGpus[] {
  const groups = new Map<string, ClearedGpus>()
  for (const each of gpus) {
    const { access, count } = each
    const clearings = listClearings(each, rankOf)
    const texts = clearings.map(
      ({ state, kinds, cost }) => `${access.residuals.classOf[state]}:${kinds.join()}:${cost}`,
    )
    const key = `${access.number}|${texts.join(';')}`
    const made = { number: groups.size, access, only: null, clearings, left: 0 }
    cached(groups, key, () => made).left += count
  }
  return [...groups.values()]
}

/** All sets that can leave, without those after which no more fits than after a cheaper one of the same kinds. */
function listClearings(
  { access, instances, model }: CountedGpus,
  rankOf: ReadonlyMap<number, number>,
): readonly Clearing[] {
  const { nextOf } = model.tables.states
  const { includes, classOf } = access.residuals
  const found: Clearing[] = []
  const walk = (index: number, state: number, kinds: readonly number[], cost: number): void => {
    const instance = instances[index]
    if (instance === undefined) {
      found.push({ state, kinds: [...kinds].sort((a, b) => a - b), cost })
      return
    }
    walk(index + 1, nextOf(state)[instance.place] ?? -1, kinds, cost)
    if (instance.cost < 0) return
    walk(index + 1, state, [...kinds, rankOf.get(instance.kind) ?? -1], cost + instance.cost)
  }
  walk(0, 0, [], 0)
  const kept: Clearing[] = []
  for (const one of found.sort((a, b) => a.cost - b.cost || a.kinds.length - b.kinds.length)) {
    const isWorse = kept.some(
      (other) =>
        other.kinds.join() === one.kinds.join() &&
        includes(classOf[other.state] ?? 0, classOf[one.state] ?? 0),
    )
    if (!isWorse) kept.push(one)
  }
  return kept
}

const known = new WeakMap<object, Map<string, boolean>>()

/** Whether instances of these profiles have places on a GPU, by trying all places. */
function hasRoom({ model }: AccessGroup, state: number, positions: readonly number[]): boolean {
  const { profiles, states } = model.tables
  const ofTables = cached(known, model.tables, () => new Map<string, boolean>())
  const place = (at: number, rest: readonly number[]): boolean => {
    const [position, ...others] = rest
    if (position === undefined) return true
    return cached(ofTables, `${at}:${rest.join()}`, () =>
      (profiles[position]?.placements ?? []).some(({ number }) => {
        const next = states.nextOf(at)[number] ?? -1
        return next >= 0 && place(next, others)
      }),
    )
  }
  return place(
    state,
    [...positions].sort((a, b) => a - b),
  )
}
