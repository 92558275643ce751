import { MigError } from '../../../errors.js'
import { isTolerated, type Need, type Task } from './needs.js'
import type { PoolDevice } from './pools.js'

/** A device for a need. */
export interface Chosen {
  readonly need: Need
  readonly device: PoolDevice
}

/** Kubernetes: a claim has at most so many devices. */
export const mostDevices = 32

/**
 * The first devices that serve all claims together, for each claim in the order of its requests; null: there are none. It tries
 * devices in their order and goes back where a later request gets none, as the scheduler's allocator does. Source:
 * k8s.io/dynamic-resource-allocation v0.37.2, allocateOne.
 */
export function searchDevices(
  tasks: readonly Task[],
  devices: readonly PoolDevice[],
  taken: ReadonlySet<string>,
  mostSteps: number,
): readonly (readonly Chosen[])[] | null {
  const used = new Set(taken)
  const chosen = tasks.map((): Chosen[] => [])
  let steps = 0

  function nextRequest(at: number, request: number): boolean {
    const task = tasks[at]
    if (task === undefined) return true
    const needs = task.requests[request]
    if (needs === undefined) return nextRequest(at + 1, 0)
    return needs.some((need) => {
      const all = need.count === null ? devices.filter((device) => need.matches(device)) : null
      if (all?.length === 0) return false
      const search = { at, request, need, all, count: all?.length ?? need.count ?? 0 }
      return nextDevice(search, 0, 0)
    })
  }

  interface Place {
    readonly at: number
    readonly request: number
    readonly need: Need
    readonly all: readonly PoolDevice[] | null
    readonly count: number
  }

  function nextDevice(place: Place, done: number, start: number): boolean {
    const { at, request, need, all, count } = place
    if (done === count) return nextRequest(at, request + 1)
    if (count - done > mostDevices - (chosen[at]?.length ?? 0)) return false
    const candidates = all === null ? devices : all.slice(0, start + 1)
    for (let index = start; index < candidates.length; index += 1) {
      const device = candidates[index] as PoolDevice
      if (used.has(device.id) || !need.matches(device)) continue
      steps += 1
      if (steps > mostSteps) throw tooLong(mostSteps)
      if (!take(at, need, device)) continue
      if (nextDevice(place, done + 1, index + 1)) return true
      giveBack(at, need, device)
    }
    return false
  }

  function take(at: number, need: Need, device: PoolDevice): boolean {
    if (!isTolerated(device, need) || !takeCounters(device)) return false
    const constraints = tasks[at]?.constraints ?? []
    const broken = constraints.findIndex((constraint) => !constraint.add(need.names, device))
    if (broken >= 0) {
      for (const constraint of constraints.slice(0, broken)) constraint.remove(need.names)
      giveCounters(device)
      if (need.count === null) throw impossible(need, device)
      return false
    }
    used.add(device.id)
    chosen[at]?.push({ need, device })
    return true
  }

  function giveBack(at: number, need: Need, device: PoolDevice): void {
    for (const constraint of tasks[at]?.constraints ?? []) constraint.remove(need.names)
    giveCounters(device)
    used.delete(device.id)
    chosen[at]?.pop()
  }

  return nextRequest(0, 0) ? chosen : null
}

/** Takes what a device needs of its pool's counters, or nothing. */
function takeCounters(device: PoolDevice): boolean {
  const { takes, counters } = device
  if (takes.length === 0) return true
  for (const [counter, amount] of takes)
    counters.left[counter] = (counters.left[counter] ?? 0) - amount
  // The scheduler looks at all counters of the pool, also at those that others have overdrawn.
  if (counters.left.every((left) => left >= 0)) return true
  giveCounters(device)
  return false
}

function giveCounters({ takes, counters }: PoolDevice): void {
  for (const [counter, amount] of takes)
    counters.left[counter] = (counters.left[counter] ?? 0) + amount
}

/** A request for all devices is bound to have this one, so the scheduler takes it for a mistake. */
function impossible({ names }: Need, { device }: PoolDevice): MigError {
  return new MigError(
    'MIG_DRA_INVALID',
    `The request ${names.at(-1)} is for all devices, and a constraint of its claim does not let it have ${device.name}`,
  )
}

function tooLong(steps: number): MigError {
  return new MigError('MIG_SOLVER_LIMIT', `The allocation is not found within ${steps} steps`, {
    hint: 'the scheduler may take longer than its ten seconds for these claims, too',
  })
}
