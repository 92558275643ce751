import type { DeviceSelector } from '../../../types/kubernetes/dra/objects.js'

// The conditions that this package writes, in the Common Expression Language. `match-selector.ts` reads them.

export function typeSelector(driver: string, type: 'gpu' | 'mig'): DeviceSelector {
  return selector([ofDriver(driver), attributeIs(driver, 'type', type)])
}

/** The type comes first: only a MIG device has a profile, and a condition on what a device lacks is an error. */
export function profileSelector(driver: string, profile: string): DeviceSelector {
  return selector([
    ofDriver(driver),
    attributeIs(driver, 'type', 'mig'),
    attributeIs(driver, 'profile', profile),
  ])
}

function selector(conditions: readonly string[]): DeviceSelector {
  return { cel: { expression: conditions.join(' && ') } }
}

function ofDriver(driver: string): string {
  return `device.driver == '${driver}'`
}

function attributeIs(driver: string, name: string, value: string): string {
  return `device.attributes['${driver}'].${name} == '${value}'`
}
