import type { MigConfigDocument } from '../../types/config/config.js'
import type { MigNvmlConfigDocument } from '../../types/config/mig-nvml-config.js'
import type { ExportOptions } from '../../types/machine/options.js'
import type { MigState } from '../../types/model/state.js'
import { exportDocument } from '../config/export/export.js'
import { exportPlacements } from '../config/export/export-placements.js'
import { readMigState } from './read.js'

export async function exportMigConfig(
  options: ExportOptions = {},
): Promise<MigConfigDocument | MigNvmlConfigDocument> {
  return exportState(await readMigState(options), options)
}

export function exportState(
  state: MigState,
  { name = 'current', placements = false }: Pick<ExportOptions, 'name' | 'placements'>,
): MigConfigDocument | MigNvmlConfigDocument {
  return placements ? exportPlacements(state, name) : exportDocument(state, name)
}
