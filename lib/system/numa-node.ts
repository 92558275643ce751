import { join } from 'node:path'
import { kernelAddress } from '../model/pci-address.js'
import { readIfThere } from './read-if-there.js'

const longest = 32

/**
 * The NUMA node that is nearest to a PCI device. Null: the machine has only one, or does not say. Source: the kernel's
 * Documentation/ABI/testing/sysfs-bus-pci.
 */
export function readNumaNode(root: string, pciBusId: string): number | null {
  const address = kernelAddress(pciBusId)
  if (!/^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(address)) return null
  try {
    const text = readIfThere(join(root, 'sys/bus/pci/devices', address, 'numa_node'), longest)
    const node = text?.trim() ?? ''
    return /^\d{1,4}$/.test(node) ? Number(node) : null
  } catch {
    return null
  }
}
