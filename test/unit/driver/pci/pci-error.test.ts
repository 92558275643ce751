import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { failedCall } from '../../../../lib/driver/pci/pci-error.js'
import { listPciGpus } from '../../../../lib/system/pci-devices.js'
import { putPciGpu } from '../../../support/pci-gpus.js'
import { fakeRoot, putFile } from '../../../support/root-tree.js'

const { EPERM, EACCES, ENODEV } = constants.errno

function errorOf(root: string, errno: number, call: string): { message: string; hint?: string } {
  putPciGpu(root)
  const [device] = listPciGpus(root)
  if (device === undefined) throw new Error('no device')
  return failedCall(root, device, { ok: false, errno, call })
}

// kernel_lockdown(7); the kernel's pci_mmap_resource asks security_locked_down(LOCKDOWN_PCI_ACCESS).
test.each(['integrity', 'confidentiality'])(
  'a kernel in lockdown (%s) that maps no registers is named as the cause',
  (level) => {
    const root = fakeRoot()
    const levels = ['none', 'integrity', 'confidentiality']
    const text = levels.map((each) => (each === level ? `[${each}]` : each)).join(' ')
    putFile(root, 'sys/kernel/security/lockdown', `${text}\n`)
    const { message, hint } = errorOf(root, EPERM, 'mmap')
    expect(message).toContain(`the kernel is locked down (${level})`)
    expect(message).toContain('0000:07:00.0')
    expect(hint).toContain('Secure Boot')
  },
)

test.each([null, '[none] integrity confidentiality\n', 'nonsense'])(
  'without a lockdown (%j), a kernel that maps no registers is not said to be in lockdown',
  (text) => {
    const root = fakeRoot()
    if (text !== null) putFile(root, 'sys/kernel/security/lockdown', text)
    expect(errorOf(root, EPERM, 'mmap').message).toContain('the kernel does not permit it (EPERM)')
  },
)

test('a user without permission gets the advice to be root, and a vanished device that of the kernel log', () => {
  const root = fakeRoot()
  expect(errorOf(root, EACCES, 'open')).toMatchObject({ hint: 'run as root' })
  expect(errorOf(root, ENODEV, 'read').message).toContain('vanished from the bus (ENODEV)')
})
