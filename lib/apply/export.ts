import type { MigConfigDocument } from '../../types/config.js'
import type { MigNvmlConfigDocument } from '../../types/mig-nvml-config.js'
import type { ExportOptions } from '../../types/options.js'
import type { MigState } from '../../types/state.js'
import { exportDocument, exportPlacements } from '../config/index.js'
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
