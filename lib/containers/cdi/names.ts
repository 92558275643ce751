import type { CdiNaming } from '../../../types/containers/cdi.js'
import type { ContainerDevice } from '../../../types/containers/device.js'

/** The names of a device, each once. */
export function namesOf(
  { names }: ContainerDevice,
  namings: readonly CdiNaming[],
): readonly string[] {
  return namings
    .map((naming) => (naming === 'type-index' ? names.typeIndex : names[naming]))
    .filter((name) => name !== null)
}

// Source: CDI 1.1.0, SPEC.md and pkg/parser.
const deviceName = /^[A-Za-z0-9](?:[A-Za-z0-9_.:-]*[A-Za-z0-9])?$/

/** Whether CDI can carry this name of a device. */
export function isCdiDeviceName(name: string): boolean {
  return deviceName.test(name)
}
