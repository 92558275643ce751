import type { PciGpu, PciOptions } from '../../../types/machine/pci.js'
import type { MigMode } from '../../../types/model/state.js'
import { resolveLibrary, rootOf } from '../../driver/connection/open-library.js'
import {
  defaultBootTimeoutMs,
  hasModeRegisters,
  type RegisterUse,
  withModeRegisters,
} from '../../driver/pci/mode-registers.js'
import { pciError } from '../../driver/pci/pci-error.js'
import { MigError } from '../../errors.js'
import { listCatalogGpus } from '../../model/catalog.js'
import { listPciGpus, type PciDevice } from '../../system/pci-devices.js'

/** A GPU together with where its registers are. */
export interface FoundGpu {
  readonly gpu: PciGpu
  readonly device: PciDevice
  /** Why its registers cannot be used; null if they can, and for a chip that has none for the mode. */
  readonly problem: MigError | null
}

/** Where `/sys` of the machine lies. Throws `MIG_PCI_FAILED` for a simulated machine without a file tree. */
export function pciRoot({ library }: PciOptions): string {
  const root = rootOf(resolveLibrary(library))
  if (root === null)
    throw new MigError('MIG_PCI_FAILED', 'this machine has no file tree, so no PCI bus can be read')
  return root
}

/** The GPUs on the bus with their modes, as far as the registers show them. */
export async function findGpus(
  root: string,
  { signal, evenIfBound = false, bootTimeoutMs = defaultBootTimeoutMs }: PciOptions,
): Promise<readonly FoundGpu[]> {
  const found: FoundGpu[] = []
  for (const [index, device] of listPciGpus(root).entries()) {
    const { address, pciDeviceId, pciSubsystemId, driver, resettable } = device
    const about = { index, pciBusId: address, pciDeviceId, pciSubsystemId, driver, resettable }
    const use = { root, access: 'read', signal, bootTimeoutMs } as const
    const read = await readMode(device, evenIfBound, use)
    const mode =
      read instanceof MigError
        ? { mig: null, whyUnknown: read.message }
        : { mig: read, whyUnknown: read === null ? otherChip : null }
    const gpu = { ...about, ...modelOf(pciDeviceId), ...mode }
    found.push({ device, gpu, problem: read instanceof MigError ? read : null })
  }
  return found
}

const otherChip = 'only the GA100 (A100, A30) has a MIG mode that can be set without a driver'

/** Null: this chip has no register for it. An error: the registers cannot be used. */
async function readMode(
  device: PciDevice,
  evenIfBound: boolean,
  use: RegisterUse,
): Promise<MigMode | MigError | null> {
  try {
    if (device.driver !== null && !evenIfBound) throw boundError(device, device.driver)
    if (!hasModeRegisters(device, use.root)) return null
    return await withModeRegisters(device, use, (registers) => registers.readMode())
  } catch (error) {
    if (error instanceof MigError && error.code === 'MIG_PCI_FAILED') return error
    throw error
  }
}

function boundError(device: PciDevice, driver: string): MigError {
  return pciError(device, `the driver ${driver} is bound to it, and may use them`)
}

/** By the device alone, because most products have several subsystem ids. No name where two share it. */
function modelOf(pciDeviceId: number): Pick<PciGpu, 'name' | 'supportsMig'> {
  const names = listCatalogGpus()
    .flatMap(({ products }) => products)
    .filter((product) => product.pciDeviceId === pciDeviceId)
    .map(({ name }) => name)
  const name = new Set(names).size === 1 ? (names[0] ?? null) : null
  return { name, supportsMig: names.length > 0 ? true : null }
}
