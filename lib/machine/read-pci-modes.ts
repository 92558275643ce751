import type { PciGpu, PciOptions } from '../../types/machine/pci.js'
import { abortError } from './operation/control.js'
import { findGpus, pciRoot } from './pci/pci-gpus.js'

export async function readPciModes(options: PciOptions = {}): Promise<readonly PciGpu[]> {
  const { signal } = options
  try {
    return (await findGpus(pciRoot(options), options)).map(({ gpu }) => gpu)
  } catch (error) {
    throw signal?.aborted && error === signal.reason ? abortError(error) : error
  }
}
