import type { MigConfigDocument, MigConfigInput } from '../types/config/config.js'
import type { MigNvmlConfigDocument } from '../types/config/mig-nvml-config.js'
import { parseConfig } from './config/document/parse.js'
import { formatConfigYaml } from './config/export/format.js'

export type * from '../types/config/config.js'
export type * from '../types/config/mig-nvml-config.js'
export { isMigError, MigError } from './errors.js'

/**
 * Checks a document as `applyMigConfig` does, without a driver. What depends on the GPUs (whether they
 * have a profile, whether it fits) is not checked. The result is frozen, and independent of an object
 * that was passed.
 *
 * @throws MigError MIG_CONFIG_INVALID with every problem, each with its path, and its line and column in text.
 */
export function parseMigConfig(input: MigConfigInput): MigConfigDocument | MigNvmlConfigDocument {
  return parseConfig(input).document
}

/**
 * Writes a document as YAML in the style of NVIDIA's files.
 *
 * @throws MigError MIG_CONFIG_INVALID as `parseMigConfig` does, so that what is written can be read.
 */
export function formatMigConfig(config: MigConfigDocument | MigNvmlConfigDocument): string {
  return formatConfigYaml(parseConfig(config).document)
}
