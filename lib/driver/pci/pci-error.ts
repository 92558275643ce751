import { getSystemErrorName } from 'node:util'
import { MigError } from '../../errors.js'
import { readLockdown } from '../../system/lockdown.js'
import type { PciDevice } from '../../system/pci-devices.js'
import type { SystemFailure } from '../addon/outcome.js'

/** `MIG_PCI_FAILED`: the registers of a GPU cannot be used. */
export function pciError({ address }: PciDevice, problem: string, hint?: string): MigError {
  return new MigError(
    'MIG_PCI_FAILED',
    `the registers of the GPU at ${address} cannot be used: ${problem}`,
    hint === undefined ? {} : { hint },
  )
}

/** The same, for a system call that failed. */
export function failedCall(root: string, device: PciDevice, failure: SystemFailure): MigError {
  const code = getSystemErrorName(-failure.errno)
  const lockdown = code === 'EPERM' ? readLockdown(root) : null
  if (lockdown !== null)
    return pciError(
      device,
      `the kernel is locked down (${lockdown}), so it maps no registers (${code} of ${failure.call})`,
      'load the NVIDIA driver, and set the mode through it; lockdown comes with Secure Boot (kernel_lockdown(7))',
    )
  const [problem, hint] = reasons[code] ?? []
  return pciError(device, `${problem ?? `${failure.call} failed`} (${code})`, hint)
}

/** Problem and remedy, by the system's code. */
const reasons: Readonly<Record<string, readonly [string, string?]>> = {
  EACCES: ['this user has no permission', 'run as root'],
  EPERM: ['the kernel does not permit it', 'run as root, outside of a container'],
  ENOENT: ['it has no file of registers', 'a GPU that is passed through may have none'],
  ENODEV: ['it has vanished from the bus', 'look into the kernel log'],
  EINVAL: ['the file of registers is no regular file'],
  ELOOP: ['the file of registers is a link'],
  ERANGE: ['its file of registers is too short'],
}

/** What a read gives of a device that does not answer (PCI Express Base Specification). */
export function noAnswer(device: PciDevice): MigError {
  return pciError(
    device,
    'it does not answer: it has fallen off the bus, or has no power',
    'look into the kernel log (dmesg)',
  )
}
