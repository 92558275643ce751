import type { GpuInfo } from '../../types/model/state.js'
import { groupBy } from './group-by.js'
import { formatIndexRanges } from './index-ranges.js'
import { formatPciId } from './pci-ids.js'

/** `GPU 0-3, 6` */
export function formatGpus(gpus: readonly GpuInfo[]): string {
  return `GPU ${formatIndexRanges(gpus.map(({ index }) => index))}`
}

/** `GPU 0-7 (NVIDIA A100-SXM4-40GB, 0x20B010DE)` */
export function describeGpus(gpus: readonly GpuInfo[]): string {
  if (gpus.length === 0) return 'no GPU'
  const models = groupBy(gpus, (gpu) => `${gpu.name}, ${formatPciId(gpu.pciDeviceId)}`)
  return [...models].map(([model, same]) => `${formatGpus(same)} (${model})`).join(' and ')
}
