import type { SimulationOptions } from '../../../types/kubernetes/dra/allocation.js'
import type {
  ClaimedDevices,
  ClaimedLayoutOptions,
  ClaimOptions,
  DeviceClassOptions,
} from '../../../types/kubernetes/dra/claims.js'
import type { ResourceSliceOptions } from '../../../types/kubernetes/dra/slices.js'
import { checkOptions } from '../../model/checks/check-options.js'
import { isPlainObject, type Rule, type RulesOf } from '../../model/checks/find-fault.js'
import { callback, flag, nonEmpty, objectOf, oneOf, wholeFrom } from '../../model/checks/kinds.js'
import { sum } from '../../model/numbers.js'
import { dnsLabel, domainOf } from '../name-rules.js'
import { planRule } from '../plan-targets.js'
import { mostDevices } from './allocator/search.js'
import { attributesRule } from './attribute-rules.js'
import { claimsRule, classesRule, slicesRule } from './object-rules.js'

export const driverName: Rule = domainOf(63)

/** With the driver and a number it makes the name of a slice, which has at most 253 characters. */
export const nodeName: Rule = domainOf(180)

const sliceRules: RulesOf<ResourceSliceOptions> = {
  node: nodeName,
  partitions: oneOf('existing', 'all'),
  plan: planRule,
  driver: driverName,
  order: callback,
  generation: wholeFrom(0),
  counters: oneOf('separate', 'combined'),
  nodeUid: nonEmpty,
  cudaVersion: {
    allowed: 'two numbers with a dot between them, such as 13.0',
    accepts: (value) => typeof value === 'string' && /^\d+\.\d+$/.test(value),
  },
  attributes: attributesRule,
}

export function checkSliceOptions(options: unknown): void {
  checkOptions('resourceSlices', options, objectOf(sliceRules, 'node', 'partitions'))
}

const classRules: RulesOf<DeviceClassOptions> = { driver: driverName, extendedResourceNames: flag }

export function checkClassOptions(options: unknown): void {
  checkOptions('deviceClasses', options, objectOf(classRules))
}

export function checkProfiles(subject: string, profiles: unknown): void {
  if (!Array.isArray(profiles) || !profiles.every((profile) => typeof profile === 'string'))
    throw new TypeError(`${subject}: profiles must be a list of names, such as ['3g.20gb']`)
}

const claimRules: RulesOf<ClaimOptions> = {
  name: domainOf(253),
  namespace: domainOf(63),
  driver: driverName,
  sameGpu: flag,
}

const wantedRules: RulesOf<ClaimedDevices> = { profile: nonEmpty, count: wholeFrom(1, mostDevices) }

const requestName = new RegExp(`^(?!.{64})${dnsLabel}$`)

const requests: Rule = {
  allowed:
    "an object with the devices of at least one request by its name, a DNS label: { small: { profile: '1g.5gb' } }",
  accepts: (value) =>
    isPlainObject(value) &&
    Object.keys(value).length > 0 &&
    Object.keys(value).every((name) => requestName.test(name)),
  items: objectOf(wantedRules),
}

export function checkClaim(
  subject: string,
  wanted: Readonly<Record<string, ClaimedDevices>>,
  options: unknown,
): void {
  checkOptions(subject, { requests: wanted }, objectOf({ requests }, 'requests'))
  const devices = sum(Object.values(wanted).map(({ count = 1 }) => count))
  if (devices > mostDevices)
    throw new TypeError(
      `${subject}: option requests must have at most ${mostDevices} devices together, as a claim of Kubernetes, not ${devices}`,
    )
  checkOptions(subject, options, objectOf(claimRules, 'name'))
}

const layoutRules: RulesOf<ClaimedLayoutOptions> = { node: nonEmpty, driver: driverName }

export function checkClaimedLayout(claims: unknown, options: unknown): void {
  checkOptions('claimsToLayout', { claims }, objectOf({ claims: claimsRule }, 'claims'))
  checkOptions('claimsToLayout', options, objectOf(layoutRules, 'node'))
}

const simulationRules: RulesOf<SimulationOptions> = {
  classes: classesRule,
  node: nonEmpty,
  others: claimsRule,
  steps: wholeFrom(1),
}

export function checkSimulation(slices: unknown, claims: unknown, options: unknown): void {
  checkOptions(
    'simulateAllocation',
    { slices, claims },
    objectOf({ slices: slicesRule, claims: claimsRule }, 'slices', 'claims'),
  )
  checkOptions('simulateAllocation', options, objectOf(simulationRules))
}
