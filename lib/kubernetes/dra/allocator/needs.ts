import type {
  DeviceClass,
  DeviceNeed,
  DeviceRequest,
  DeviceSelector,
  DeviceTaint,
  DeviceToleration,
  ResourceClaim,
} from '../../../../types/kubernetes/dra/objects.js'
import { MigError } from '../../../errors.js'
import { cached } from '../../../model/cached.js'
import { type Constraint, constraintOf } from './constraints.js'
import { type Matcher, matcherOf } from './match-selector.js'
import type { PoolDevice } from './pools.js'

/** A claim to be allocated. */
export interface Task {
  /** For each request what serves it: one need, or several of which the first that fits is taken. */
  readonly requests: readonly (readonly Need[])[]
  readonly constraints: readonly Constraint[]
}

/** Some devices that a request wants. */
export interface Need {
  /** The request, and `request/subrequest` where it has one. */
  readonly names: readonly string[]
  /** How many of the devices that match; null: all of them. */
  readonly count: number | null
  readonly tolerations: readonly DeviceToleration[]
  matches(device: PoolDevice): boolean
}

/** Reads claims by the classes of a cluster. */
export function readTasks(
  claims: readonly ResourceClaim[],
  classes: readonly DeviceClass[],
): readonly Task[] {
  const matchers = new Map<string, Matcher>()
  const read = (selector: DeviceSelector): Matcher =>
    cached(matchers, selector.cel.expression, () => matcherOf(selector))
  return claims.map((claim) => ({
    requests: (claim.spec.devices.requests ?? []).map((request) => needsOf(request, classes, read)),
    constraints: (claim.spec.devices.constraints ?? []).map(constraintOf),
  }))
}

function needsOf(
  { name, exactly, firstAvailable = [] }: DeviceRequest,
  classes: readonly DeviceClass[],
  read: (selector: DeviceSelector) => Matcher,
): readonly Need[] {
  if (exactly !== undefined) return [needOf([name], exactly, classes, read)]
  if (firstAvailable.length === 0)
    throw new MigError(
      'MIG_DRA_INVALID',
      `The request ${name} has neither exactly nor firstAvailable, and the scheduler ends with an error there`,
    )
  return firstAvailable.map((one) => needOf([name, `${name}/${one.name}`], one, classes, read))
}

const notSimulated = ['adminAccess', 'capacity', 'derivedAttributes'] as const

function needOf(
  names: readonly string[],
  need: DeviceNeed,
  classes: readonly DeviceClass[],
  read: (selector: DeviceSelector) => Matcher,
): Need {
  const given = new Map(Object.entries(need))
  const foreign = notSimulated.find((field) => (given.get(field) ?? false) !== false)
  if (foreign !== undefined)
    throw new MigError(
      'MIG_DRA_INVALID',
      `The simulation does not know the ${foreign} of ${names.at(-1)}`,
    )
  const { deviceClassName, selectors = [], allocationMode, count = 1, tolerations = [] } = need
  const found = classes.find(({ metadata }) => metadata.name === deviceClassName)
  if (found === undefined)
    throw new MigError(
      'MIG_DRA_INVALID',
      `The request ${names.at(-1)} names the class ${deviceClassName}, which is not there`,
    )
  const matchers = [...found.spec.selectors, ...selectors].map(read)
  const known = new Map<PoolDevice, boolean>()
  return {
    names,
    count: allocationMode === 'All' ? null : count,
    tolerations,
    matches: (device) => cached(known, device, () => matchers.every((matches) => matches(device))),
  }
}

/** Whether a device has no taint that the request does not tolerate. */
export function isTolerated({ device }: PoolDevice, { tolerations }: Need): boolean {
  return (device.taints ?? []).every(
    (taint) => taint.effect === 'None' || tolerations.some((each) => tolerates(each, taint)),
  )
}

function tolerates(
  { key, operator = 'Equal', value = '', effect }: DeviceToleration,
  taint: DeviceTaint,
): boolean {
  if (effect !== undefined && effect !== taint.effect) return false
  if (key !== undefined && key !== '' && key !== taint.key) return false
  return operator === 'Exists' || value === (taint.value ?? '')
}
