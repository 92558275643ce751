import type { SimulationOptions } from '../../../types/kubernetes/dra/allocation.js'
import type {
  AllocatedDevice,
  ClaimAllocation,
  DeviceClass,
  ResourceClaim,
  ResourceSlice,
} from '../../../types/kubernetes/dra/objects.js'
import { copyPlain } from '../../model/copy-plain.js'
import { deepFreeze } from '../../model/freeze.js'
import { readTasks } from './allocator/needs.js'
import { deviceId, devicesOfNode, type PoolDevice } from './allocator/pools.js'
import { type Chosen, searchDevices } from './allocator/search.js'
import { checkSimulation } from './check-options.js'
import { nvidiaDriver } from './class-names.js'
import { deviceClasses } from './device-classes.js'
import { heldResults } from './held-results.js'
import { profilesOf } from './profiles-of.js'

const defaultSteps = 1_000_000

/**
 * What the scheduler gives the claims of one pod on one node: the claims with their allocations, or null where they do not fit
 * together. A claim that is allocated stays as it is. Kubernetes 1.37, with the features that are on by default.
 *
 * @throws MigError `MIG_DRA_INVALID` for a class that is not there, for a selector that it does not read, and for slices that
 *   contradict themselves; `MIG_SOLVER_LIMIT` after too many steps; TypeError for wrong arguments.
 */
export function simulateAllocation(
  slices: readonly ResourceSlice[],
  claims: readonly ResourceClaim[],
  options: SimulationOptions = {},
): readonly ResourceClaim[] | null {
  checkSimulation(slices, claims, options)
  const { classes = classesOf(slices), others = [], steps = defaultSteps } = options
  const node = options.node ?? onlyNode(slices)
  const devices = devicesOfNode(slices, node)
  const open = claims.filter(({ status }) => status?.allocation === undefined)
  const tasks = readTasks(open, classes)
  const found = searchDevices(tasks, devices, takeAllocated(devices, [...others, ...claims]), steps)
  if (found === null) return null
  const allocations = found.map((chosen) => deepFreeze(allocationOf(chosen, node)))
  // What is the caller's is not frozen.
  return Object.freeze(
    claims.map((claim) => {
      const allocation = allocations[open.indexOf(claim)]
      if (allocation === undefined) return claim
      return Object.freeze({ ...claim, status: Object.freeze({ ...claim.status, allocation }) })
    }),
  )
}

/** What others have is taken even where it is too much: the scheduler does not doubt allocations. */
function takeAllocated(
  devices: readonly PoolDevice[],
  claims: readonly ResourceClaim[],
): ReadonlySet<string> {
  const taken = new Set(claims.flatMap((claim) => heldResults(claim).map(deviceId)))
  for (const { id, takes, counters } of devices)
    if (taken.has(id))
      for (const [counter, amount] of takes)
        counters.left[counter] = (counters.left[counter] ?? 0) - amount
  return taken
}

function allocationOf(chosen: readonly Chosen[], node: string): ClaimAllocation {
  const results = chosen.map(
    ({ need: { names, tolerations }, device: { driver, pool, device } }): AllocatedDevice => ({
      request: names.at(-1) ?? '',
      driver,
      pool,
      device: device.name,
      ...(tolerations.length === 0 ? {} : { tolerations: copyPlain(tolerations) }),
    }),
  )
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }]
  return { devices: { results }, nodeSelector: { nodeSelectorTerms: [{ matchFields }] } }
}

function onlyNode(slices: readonly ResourceSlice[]): string {
  const [node = '', ...more] = new Set(slices.map(({ spec }) => spec.nodeName))
  if (more.length > 0)
    throw new TypeError(
      `simulateAllocation: option node must be one of ${[node, ...more].join(', ')}, because the slices are of several nodes`,
    )
  return node
}

function classesOf(slices: readonly ResourceSlice[]): readonly DeviceClass[] {
  const drivers = new Set([nvidiaDriver, ...slices.map(({ spec }) => spec.driver)])
  return [...drivers].flatMap((driver) => {
    const own = slices.filter(({ spec }) => spec.driver === driver)
    return deviceClasses(profilesOf(own), { driver })
  })
}
