import type { MigConfigDocument } from '../../types/config.js'
import type { DriverOptions } from '../../types/options.js'
import { generateDocument } from '../config/index.js'
import { readMigState } from './read.js'

export async function generateMigConfig(options: DriverOptions = {}): Promise<MigConfigDocument> {
  return generateDocument(await readMigState(options))
}
