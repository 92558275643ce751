import type { GpuInfo } from '../../types/model/state.js'
import { listCatalogGpus } from './catalog.js'
import { formatGpus } from './gpu-text.js'

/**
 * What to do about GPUs that cannot do MIG now and can in another display mode. Null: there are none. MIG
 * User Guide, "Additional Prerequisites for RTX PRO Blackwell GPUs".
 */
export function displayModeHint(gpus: readonly GpuInfo[]): string | null {
  const boards = gpus.filter((gpu) => gpu.mig === null && shipsForGraphics(gpu))
  if (boards.length === 0) return null
  return `${formatGpus(boards)}: this board does MIG in the compute display mode alone, which NVIDIA's displaymodeselector sets, and with a recent enough vBIOS`
}

function shipsForGraphics({ pciDeviceId, name }: GpuInfo): boolean {
  return listCatalogGpus().some(({ products }) =>
    products.some(
      (product) =>
        product.shipsForGraphics && product.pciDeviceId === pciDeviceId && product.name === name,
    ),
  )
}
