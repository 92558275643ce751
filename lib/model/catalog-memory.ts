import type { GpuInfo } from '../../types/model/state.js'
import type { CatalogGpu } from './catalog.js'

/**
 * ECC and what the driver keeps for itself change the total by less (see the measured totals in
 * catalog/mig-gpus.json); boards of one family with other sizes differ by more.
 */
const tolerance = 1 / 8

/** Whether a GPU has other memory than the board with its PCI id. False where either is not known. */
export function contradictsCatalog(
  { memoryMiB }: Pick<GpuInfo, 'memoryMiB'>,
  { memoryMiB: published }: Pick<CatalogGpu, 'memoryMiB'>,
): boolean {
  if (memoryMiB === null || published === null) return false
  return Math.abs(memoryMiB - published) > published * tolerance
}
