import type { MigConfigDocument } from '../../types/config/config.js'
import type { DriverOptions } from '../../types/machine/options.js'
import { generateDocument } from '../config/export/generate.js'
import { readMigState } from './read.js'

export async function generateMigConfig(options: DriverOptions = {}): Promise<MigConfigDocument> {
  return generateDocument(await readMigState(options))
}
