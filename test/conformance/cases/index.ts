import type { ConformanceCase } from '../case.js'
import { entryCases } from './entries.js'
import { fileCases } from './files.js'
import { oneGpuCases } from './one-gpu.js'
import { refusalCases } from './refusals.js'
import { severalGpuCases } from './several-gpus.js'

/** All of them, in the order of their ids. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...oneGpuCases,
  ...refusalCases,
  ...severalGpuCases,
  ...entryCases,
  ...fileCases,
].toSorted((a, b) => a.id.localeCompare(b.id))
