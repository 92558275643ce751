import type { GpuSelector } from '../../../types/config/mig-nvml-config.js'
import type { MigRequest } from '../../../types/config/request.js'
import { isSelectorText } from '../../model/selector-text.js'
import { UsageError } from './verb.js'

/** `0,2`, `GPU-…`, `0000:07:00.0` or `all`. */
export function parseGpus(text: string): MigRequest['gpu'] {
  if (text === 'all') return 'all'
  const selectors = text.split(',').map((each) => parseGpu(each.trim()))
  const [only, ...others] = selectors
  return only !== undefined && others.length === 0 ? only : selectors
}

function parseGpu(text: string): GpuSelector {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  if (isSelectorText(text)) return text
  throw new UsageError(
    `--gpu takes an index, a UUID (GPU-…), a PCI address (0000:07:00.0) or all, not '${text}'`,
  )
}
