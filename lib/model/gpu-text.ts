import type { GpuInfo } from '../../types/model/state.js'
import { groupBy } from './group-by.js'
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

/** `0-3, 6` for 0, 1, 2, 3 and 6. */
export function formatIndexRanges(indexes: readonly number[], dash = '-'): string {
  const ranges: { first: number; last: number }[] = []
  for (const index of indexes.toSorted((a, b) => a - b)) {
    const range = ranges.at(-1)
    if (range !== undefined && index <= range.last + 1) range.last = index
    else ranges.push({ first: index, last: index })
  }
  return ranges
    .map(({ first, last }) => {
      if (first === last) return `${first}`
      return last === first + 1 ? `${first}, ${last}` : `${first}${dash}${last}`
    })
    .join(', ')
}
