import type { FleetSnapshot } from '../../../types/fleet/online.js'
import type { PackFleetProblem } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import type { RulesOf } from '../../model/checks/find-fault.js'
import { anything, objectOf, oneOf } from '../../model/checks/kinds.js'
import { copyObject } from '../../model/copy-plain.js'
import { checkForm, requireList, requireObject } from '../model/check-form.js'
import { createFleetModels, type FleetModels } from '../model/fleet-model.js'
import { checkIds, readRequests } from '../model/fleet-request.js'
import type { DemandGroup, GroupedProblem } from '../model/grouped-problem.js'
import { limitSums } from '../model/limits.js'
import { type FleetGpuEntry, readGpus } from '../model/read-gpus.js'
import { findOptions, listServing } from '../model/serving-profiles.js'
import { groupGpus } from './group-gpus.js'
import type { Access } from './index-accesses.js'
import { countLeftByRules } from './left-by-rules.js'
import { withoutIdle } from './without-idle.js'

const goals = oneOf('gpus', 'memory', 'cost')

const problemRules: RulesOf<PackFleetProblem & FleetSnapshot> = {
  objective: anything,
  requests: anything,
  gpus: anything,
  policy: anything,
  mix: anything,
  memory: anything,
  fragmentation: anything,
  observed: anything,
}

/** The names of a problem. A snapshot of a fleet also serves as one. */
const problemForm = objectOf(problemRules)

interface GroupProblemOptions {
  /** Whether idle instances count as free room. */
  readonly clearIdle?: boolean
  /** Whether bounds that take long are left out. */
  readonly isLate?: () => boolean
}

/** Checks the whole problem before anything is solved. Throws what `readRequests`, `readGpus` and `findOptions` throw. */
export function groupProblem(
  given: PackFleetProblem,
  { clearIdle = false, isLate = () => false }: GroupProblemOptions = {},
): GroupedProblem {
  requireObject(given, ['problem'])
  const { objective: goal = 'gpus', requests: asked, gpus: there } = readProblem(given)
  checkForm(goal, goals, ['objective'])
  requireList(asked, ['requests'])
  const models = createFleetModels()
  const read = readGpus(models, there)
  const gpus = clearIdle ? read.map(withoutIdle) : read
  const requests = readRequests(asked)
  const problem = { requests, gpus: gpus.map(({ gpu }) => gpu), objective: goal }
  checkIds(requests, heldIds(gpus))
  limitSums(requests, problem.gpus, goal === 'memory' ? largestMiB(models) : 1)
  const { demands: grouped, demandOf, accesses } = groupRequests(problem, models)
  const left = countLeftByRules(requests, grouped, gpus, isLate)
  const demands = grouped.map((demand, number) => {
    const out = left[number] ?? 0
    return out === 0 ? demand : { ...demand, left: out }
  })
  const { pools, groups } = groupGpus(gpus, accesses, goal)
  const inUse = gpus.reduce((sum, gpu) => sum + (gpu.inUse ? gpu.count : 0), 0)
  return { problem, goal, models, gpus, demands, demandOf, pools, groups, inUse }
}

/** A copy, so that each field is read once. Throws `MIG_FLEET_INVALID` for a field that problems do not have. */
function readProblem(given: PackFleetProblem): PackFleetProblem {
  const problem = copyObject(given, (part) => part)
  checkForm(problem, problemForm, ['problem'])
  return problem as unknown as PackFleetProblem
}

function hasIdle({ gpus }: PackFleetProblem): boolean {
  return gpus.some(({ layout = [] }) => layout.some(({ idle }) => idle === true))
}

function largestMiB({ list }: FleetModels): number {
  return list.reduce(
    (most, { tables }) =>
      tables.profiles.reduce((above, { profile }) => Math.max(above, profile.memoryMiB), most),
    1,
  )
}

function heldIds(gpus: readonly FleetGpuEntry[]): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const { gpu } of gpus) {
    if (gpu.heldBy !== undefined) ids.add(gpu.heldBy)
    for (const { id } of gpu.layout ?? []) if (id !== undefined) ids.add(id)
  }
  return ids
}

/** The profiles that serve a wish. Wishes with equal ones have one number. */
interface WishedOptions {
  readonly options: DemandGroup['options']
  readonly number: number
}

function groupRequests(
  problem: PackFleetProblem,
  models: FleetModels,
): Pick<GroupedProblem, 'demands' | 'demandOf'> & { readonly accesses: readonly Access[] } {
  const { requests } = problem
  // An idle instance may be of a profile that nobody would create for a need.
  const listOptions = hasIdle(problem) ? listServing : findOptions
  const demands: DemandGroup[] = []
  const demandOf = new Int32Array(requests.length)
  const accesses: Access[] = []
  const accessByText = new Map<string, number>()
  const byWish = new Map<string | number | undefined, WishedOptions>()
  const numberByText = new Map<string, number>()
  const byKey = new Map<string, DemandGroup>()
  const plain = new Map<string | number, DemandGroup>()
  for (const [entry, request] of requests.entries()) {
    const { profile, need, where, reservation, value = 1, count = 1 } = request
    const isPlain = profile !== undefined && where === undefined && reservation === undefined
    let group = isPlain && value === 1 ? plain.get(profile) : undefined
    if (group === undefined) {
      const wish = profile ?? (need === undefined ? undefined : JSON.stringify(need))
      const wishKey = typeof wish === 'string' && need !== undefined ? `need ${wish}` : wish
      const { options, number } = cached(byWish, wishKey, () => {
        const found = listOptions(models, request, ['requests', entry])
        const text = JSON.stringify(found)
        return { options: found, number: cached(numberByText, text, () => numberByText.size) }
      })
      const isFree = where === undefined && reservation === undefined
      const access = cached(
        accessByText,
        isFree ? '' : JSON.stringify({ where, reservation }),
        () => accesses.push(request) - 1,
      )
      group = cached(byKey, `${access}:${value}:${number}`, () => {
        const { length: number } = demands
        const added = { number, entries: [], count: 0, value, access, options }
        demands.push(added)
        return added
      })
      if (isPlain && value === 1) plain.set(profile, group)
    }
    group.entries.push(entry)
    group.count += count
    demandOf[entry] = group.number
  }
  return { demands, demandOf, accesses }
}
