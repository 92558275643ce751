import { createHash } from 'node:crypto'
import { parseConfig } from '../../config/document/parse.js'
import { formatConfigYaml } from '../../config/export/format.js'
import { isMigError, toError } from '../../errors.js'
import { generateMigConfig } from '../../machine/generate.js'
import { readTextFile } from '../../system/read-text.js'
import { driverOf, type NodeAgentOptions } from './context.js'
import { findOwnConfigs } from './own-configs.js'

/**
 * The text of the document that has this configuration: the one that stands on the node, if it has it, else the file. Rejects with
 * `MIG_CONFIG_INVALID`, or with the system's error.
 */
export async function readConfigurations(
  options: NodeAgentOptions,
  name: string | null,
): Promise<string> {
  const own = await findOwnConfigs(options, name)
  if (own !== null) return own.text
  const { configFile, defaultConfigFile, signal } = options
  const read = (file: string): Promise<string> =>
    readTextFile(
      file,
      { code: 'MIG_CONFIG_INVALID', subject: `The MIG configuration ${file}` },
      signal,
    )
  if (configFile !== undefined) return read(configFile)
  try {
    return formatConfigYaml(await generateMigConfig(driverOf(options)))
  } catch (error) {
    const code = isMigError(error) ? error.code : ''
    // As mig-manager does, where it finds no profiles.
    if (
      defaultConfigFile === undefined ||
      !['MIG_NOT_SUPPORTED', 'MIG_GEOMETRY_UNKNOWN'].includes(code)
    )
      throw error
    return read(defaultConfigFile)
  }
}

/** A text that differs where the content of a configuration does. Another one in the same file does not matter. */
export function digestOf(text: string, name: string): string {
  return createHash('sha256').update(contentOf(text, name)).digest('hex').slice(0, 16)
}

function contentOf(text: string, name: string): string {
  try {
    const configs = parseConfig(text, { matching: 'lenient' }).document['mig-configs'] ?? {}
    return Object.hasOwn(configs, name) ? JSON.stringify(configs[name]) : 'there is none'
  } catch (error) {
    // The step that checks it says what is wrong. A text that is wrong in another way is another text.
    return `${toError(error).message}\n${text}`
  }
}
