import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readStart } from './read-start.js'
import { isSystemError } from './system-error.js'

/** An NVIDIA GPU as the kernel shows it on the PCI bus. */
export interface PciDevice {
  readonly address: string
  /** The device in the high half, the vendor in the low half, as NVML packs them. */
  readonly pciDeviceId: number
  readonly pciSubsystemId: number
  readonly driver: string | null
  readonly resettable: boolean
  /** The file of its registers: BAR0. */
  readonly registers: string
}

const nvidia = 0x10de
// VGA controller, 3D controller. Programming interfaces in the last byte do not matter.
const gpuClasses = [0x0300, 0x0302]
const longestNumber = 32
const addressForm = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/

/**
 * The NVIDIA GPUs, in ascending order of address, without virtual functions. A device that vanishes meanwhile is left
 * out. Empty for a machine without PCI. Source: the kernel's Documentation/ABI/testing/sysfs-bus-pci.
 */
export function listPciGpus(root: string): readonly PciDevice[] {
  const folder = join(root, 'sys/bus/pci/devices')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => addressForm.test(name))
    .sort((a, b) => orderOf(a) - orderOf(b))
    .flatMap((address) => readGpu(join(folder, address), address) ?? [])
}

function readGpu(folder: string, address: string): PciDevice | null {
  const read = (name: string): number | null => readNumber(join(folder, name))
  const vendor = read('vendor')
  const device = read('device')
  const code = read('class')
  if (vendor !== nvidia || device === null || code === null) return null
  if (!gpuClasses.includes(code >>> 8) || existsSync(join(folder, 'physfn'))) return null
  return {
    address,
    pciDeviceId: pack(device, vendor),
    pciSubsystemId: pack(read('subsystem_device') ?? 0, read('subsystem_vendor') ?? 0),
    driver: readPciDriver(folder),
    resettable: existsSync(join(folder, 'reset')),
    registers: join(folder, 'resource0'),
  }
}

function pack(device: number, vendor: number): number {
  return device * 0x10000 + vendor
}

/** Null for a file that is missing, or has no number. */
function readNumber(path: string): number | null {
  try {
    const text = readStart(path, longestNumber).trim()
    return /^0x[0-9a-f]{1,8}$/i.test(text) ? Number(text) : null
  } catch {
    return null
  }
}

/** The driver that is bound to a PCI device, by the device's folder; null: none. */
export function readPciDriver(folder: string): string | null {
  try {
    return basename(realpathSync(join(folder, 'driver')))
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null
    throw error
  }
}

/** Addresses are hexadecimal numbers of one length; only the domain may be longer. */
function orderOf(address: string): number {
  return Number.parseInt(address.replaceAll(/[:.]/g, ''), 16)
}
