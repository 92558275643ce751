import type { MigConfigDocument } from '../../types/config.js'
import type { MigNvmlConfigDocument } from '../../types/mig-nvml-config.js'
import type { ExportOptions } from '../../types/options.js'
import { exportDocument, exportPlacements } from '../config/index.js'
import { readMigState } from './read.js'

export async function exportMigConfig(
  options: ExportOptions = {},
): Promise<MigConfigDocument | MigNvmlConfigDocument> {
  const state = await readMigState(options)
  const name = options.name ?? 'current'
  return options.placements === true ? exportPlacements(state, name) : exportDocument(state, name)
}
