import type { MigConfigDocument } from '../../types/config.js'
import type { ExportOptions } from '../../types/options.js'
import { exportDocument } from '../config/index.js'
import { readMigState } from './read.js'

export async function exportMigConfig(options: ExportOptions = {}): Promise<MigConfigDocument> {
  return exportDocument(await readMigState(options), options.name ?? 'current')
}
