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
import { findOptions } from '../model/serving-profiles.js'
import { type Access, groupGpus } from './group-gpus.js'

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

/**
 * Checks the whole problem before anything is solved. Throws what `readRequests`, `readGpus` and
 * `findOptions` throw.
 */
export function groupProblem(given: PackFleetProblem): GroupedProblem {
  requireObject(given, ['problem'])
  const { objective: goal = 'gpus', requests: asked, gpus: there } = readProblem(given)
  checkForm(goal, goals, ['objective'])
  requireList(asked, ['requests'])
  const models = createFleetModels()
  const gpus = readGpus(models, there)
  const requests = readRequests(asked)
  const problem = { requests, gpus: gpus.map(({ gpu }) => gpu), objective: goal }
  checkIds(requests, heldIds(gpus))
  limitSums(requests, problem.gpus, goal === 'memory' ? largestMiB(models) : 1)
  const { demands, demandOf, accesses } = groupRequests(problem, models)
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

function groupRequests(
  { requests }: PackFleetProblem,
  models: FleetModels,
): Pick<GroupedProblem, 'demands' | 'demandOf'> & { readonly accesses: readonly Access[] } {
  const demands: DemandGroup[] = []
  const demandOf = new Int32Array(requests.length)
  const accesses: Access[] = []
  const accessByText = new Map<string, number>()
  const byWish = new Map<string | number | undefined, readonly (readonly number[])[]>()
  const byKey = new Map<string, DemandGroup>()
  const plain = new Map<string | number, DemandGroup>()
  for (const [entry, request] of requests.entries()) {
    const { profile, need, where, reservation, value = 1, count = 1 } = request
    const isPlain = profile !== undefined && where === undefined && reservation === undefined
    let group = isPlain && value === 1 ? plain.get(profile) : undefined
    if (group === undefined) {
      const wish = profile ?? (need === undefined ? undefined : JSON.stringify(need))
      const wishKey = typeof wish === 'string' && need !== undefined ? `need ${wish}` : wish
      const options = cached(byWish, wishKey, () =>
        findOptions(models, request, ['requests', entry]),
      )
      const access = cached(
        accessByText,
        JSON.stringify({ where, reservation }),
        () => accesses.push(request) - 1,
      )
      group = cached(byKey, `${access}:${value}:${JSON.stringify(options)}`, () => {
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
