import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toError } from '../errors.js'
import { kernelAddress } from '../model/pci-address.js'
import { readPciDriver } from './pci-devices.js'

/** Why the kernel did not reset a PCI function. */
export interface PciResetFailure {
  /** `unsupported`: there is no reset of this function. */
  readonly kind: 'unsupported' | 'forbidden' | 'failed'
  readonly text: string
  readonly cause?: unknown
}

/**
 * A PCI function-level reset through the kernel; null when it was done. The GPU has no driver meanwhile,
 * because a driver does not expect its GPU to forget everything. It gets the driver back in any case.
 * Source: the kernel's Documentation/ABI/testing/sysfs-bus-pci.
 */
export async function resetPciFunction(
  root: string,
  pciBusId: string,
): Promise<PciResetFailure | null> {
  const address = kernelAddress(pciBusId)
  const device = join(root, 'sys/bus/pci/devices', address)
  const reset = join(device, 'reset')
  if (!existsSync(reset))
    return { kind: 'unsupported', text: `the kernel cannot reset ${address}: there is no ${reset}` }
  const driver = readPciDriver(device)
  const bus = join(root, 'sys/bus/pci')
  try {
    if (driver !== null) await writeFile(join(bus, 'drivers', driver, 'unbind'), address)
    try {
      await writeFile(reset, '1')
    } finally {
      if (driver !== null) await writeFile(join(bus, 'drivers', driver, 'bind'), address)
    }
    return null
  } catch (thrown) {
    const cause = toError(thrown)
    const forbidden = 'code' in cause && (cause.code === 'EACCES' || cause.code === 'EPERM')
    return { kind: forbidden ? 'forbidden' : 'failed', text: cause.message, cause }
  }
}
