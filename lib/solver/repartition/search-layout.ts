import { MigError } from '../../errors.js'
import { at } from '../../model/numbers.js'
import type { CurrentInstance } from '../layout/current-instances.js'
import type { Demand } from '../layout/demand.js'
import { exceedsGpu } from '../tables/limits.js'
import { roomCounter } from '../tables/room.js'
import type { CompiledProfile, Tables } from '../tables/tables.js'
import type { CostTable } from './change-costs.js'
import { createProfileTask, type ProfileOption, type ProfileTask } from './profile-options.js'

/** The places of the wanted GPU instances. */
export interface FoundLayout {
  /** One for each wanted profile. */
  readonly options: readonly ProfileOption[]
  readonly tasks: readonly ProfileTask[]
  /** What it keeps, in `weights`. */
  readonly score: number
  /** The cost of creating, destroying and moving instances of the wanted profiles. */
  readonly cost: number
}

/** One option for each of the profiles so far. */
interface Chain {
  readonly option: ProfileOption
  readonly before: Chain | null
  readonly mask: number
  readonly starts: number
  readonly score: number
  readonly cost: number
}

/** Refuses a question that needs more, which would take minutes. */
const mostChains = 2 ** 18

/**
 * The best layout with exactly the wanted devices, or null if there is none.
 *
 * The search goes profile by profile. For each set of units that the instances so far can occupy, it
 * keeps only the best way to occupy it. The rest depends on the occupied units alone and adds the same
 * to each way, so the best layout is never lost, and nothing is computed twice.
 */
export function searchLayout(
  tables: Tables,
  demands: ReadonlyMap<CompiledProfile, Demand>,
  current: readonly CurrentInstance[],
  costs: CostTable | null,
): FoundLayout | null {
  const tasks: ProfileTask[] = []
  for (const profile of tables.searchOrder) {
    const demand = demands.get(profile)
    if (demand === undefined) continue
    const there = current.filter((instance) => instance.profile === profile)
    const task = createProfileTask(demand, there, costs)
    if (task === null) return null
    tasks.push(task)
  }
  let best: Chain | null = null
  let roomOfBest = -1
  for (const counts of listCounts(tables, tasks)) {
    const optionLists = tasks.map((task) => task.optionsWith(at(counts, task.profile.position)))
    if (best !== null && highestScore(optionLists) < best.score) continue
    const roomOf = roomCounter(tables, counts)
    for (const chain of chainOptions(optionLists)) {
      const order = best === null ? -1 : best.score - chain.score || chain.cost - best.cost
      if (best !== null && order > 0) continue
      const room = roomOf(chain.mask)
      if (
        best === null ||
        order < 0 ||
        room > roomOfBest ||
        (room === roomOfBest && compareStarts(chain, best) < 0)
      ) {
        best = chain
        roomOfBest = room
      }
    }
  }
  if (tasks.length === 0) return { options: [], tasks, score: 0, cost: 0 }
  return best === null
    ? null
    : { options: listOptions(best), tasks, score: best.score, cost: best.cost }
}

/** The numbers of GPU instances, by profile position, that may hold the demands; usually one. */
function listCounts(tables: Tables, tasks: readonly ProfileTask[]): readonly (readonly number[])[] {
  const found: (readonly number[])[] = []
  const counts = tables.profiles.map(() => 0)
  const countFrom = (index: number): void => {
    const task = tasks[index]
    if (task === undefined) {
      if (!exceedsGpu(tables, counts)) found.push([...counts])
      return
    }
    for (const count of task.gpuInstances) {
      counts[task.profile.position] = count
      countFrom(index + 1)
    }
  }
  countFrom(0)
  return found
}

/**
 * Combines one option of each list without overlaps, and keeps the best way for each set of units.
 */
function chainOptions(optionLists: readonly (readonly ProfileOption[])[]): Iterable<Chain> {
  let chains: Iterable<Chain> = []
  for (const [index, options] of optionLists.entries()) {
    const byMask = new Map<number, Chain>()
    if (index === 0) {
      for (const option of options) keepBest(byMask, null, option)
    } else {
      for (const before of chains) {
        for (const option of options) {
          if ((before.mask & option.set.mask) === 0) keepBest(byMask, before, option)
        }
      }
    }
    if (byMask.size > mostChains) {
      throw new MigError(
        'MIG_SOLVER_LIMIT',
        `The wanted GPU instances can occupy this GPU in more than ${mostChains} ways.`,
      )
    }
    chains = byMask.values()
  }
  return chains
}

function keepBest(byMask: Map<number, Chain>, before: Chain | null, option: ProfileOption): void {
  const mask = (before?.mask ?? 0) | option.set.mask
  const other = byMask.get(mask)
  const score = (before?.score ?? 0) + option.score
  if (other !== undefined && other.score > score) return
  const chain: Chain = {
    option,
    before,
    mask,
    starts: (before?.starts ?? 0) | option.set.starts,
    score,
    cost: (before?.cost ?? 0) + option.cost,
  }
  if (other === undefined || isBetter(chain, other)) byMask.set(mask, chain)
}

function isBetter(a: Chain, b: Chain): boolean {
  return (b.score - a.score || a.cost - b.cost || compareStarts(a, b)) < 0
}

/**
 * Lower starts first. If all are equal, the first profile has the lower place. Never 0 for two different
 * chains of one length, so that every platform finds the same layout.
 */
function compareStarts(a: Chain, b: Chain): number {
  const different = a.starts ^ b.starts
  if (different !== 0) return (a.starts & (different & -different)) !== 0 ? -1 : 1
  let swapped = 0
  for (let left: Chain | null = a, right: Chain | null = b; left !== null && right !== null; ) {
    swapped |= left.option.set.starts ^ right.option.set.starts
    left = left.before
    right = right.before
  }
  const lowest = swapped & -swapped
  return positionAt(a, lowest) - positionAt(b, lowest)
}

/** The position of the profile that starts there. */
function positionAt(chain: Chain, start: number): number {
  for (let link: Chain | null = chain; link !== null; link = link.before) {
    if ((link.option.set.starts & start) !== 0) return link.option.profile.position
  }
  return 0
}

function listOptions(chain: Chain): readonly ProfileOption[] {
  const options: ProfileOption[] = []
  for (let link: Chain | null = chain; link !== null; link = link.before) options.push(link.option)
  return options.reverse()
}

function highestScore(optionLists: readonly (readonly ProfileOption[])[]): number {
  let sum = 0
  for (const options of optionLists) {
    let most = Number.NEGATIVE_INFINITY
    for (const { score } of options) most = Math.max(most, score)
    sum += most
  }
  return sum
}
