import type { MigConfigDocument } from '../../types/config/config.js'
import type { MigNvmlConfigDocument } from '../../types/config/mig-nvml-config.js'
import { formatConfigYaml } from '../config/export/format.js'
import { choiceOf } from './option-values.js'
import type { OptionValues } from './verb.js'

/** A document as `-o` wants it; `--json` is short for `-o json`. */
export function formatDocument(
  document: MigConfigDocument | MigNvmlConfigDocument,
  values: OptionValues,
): string {
  return isJson(values) ? `${JSON.stringify(document, null, 2)}\n` : formatConfigYaml(document)
}

/** For a check of the option before there is a document. */
export function isJson(values: OptionValues): boolean {
  const format = choiceOf(values, 'output-format', ['yaml', 'json'])
  return values['json'] === true || format === 'json'
}
