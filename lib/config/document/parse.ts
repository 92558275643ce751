import type { MigConfigInput, MigConfigMap } from '../../../types/config/config.js'
import type { ConfigOptions } from '../../../types/machine/options.js'
import { MigError } from '../../errors.js'
import { nowhere } from '../../model/document-path.js'
import { deepFreeze } from '../../model/freeze.js'
import { type ConfigSource, checkDocument, isConfigMap } from './check-document.js'
import { readYamlText, type YamlText } from './yaml-text.js'

/** The key under which NVIDIA's operator writes and reads the document. */
const configMapKey = 'config.yaml'

/**
 * Throws `MIG_CONFIG_INVALID` with every problem of the document. A lenient reader accepts what NVIDIA's
 * tool accepts: equal keys, the first of several documents, filters that match no GPU. A Kubernetes
 * ConfigMap counts as the document under its `config.yaml`.
 */
export function parseConfig(
  input: MigConfigInput,
  { matching = 'strict' }: Pick<ConfigOptions, 'matching'> = {},
): ConfigSource {
  const lenient = matching === 'lenient'
  if (ArrayBuffer.isView(input)) {
    const problem = 'The MIG configuration must be text or an object, not bytes: decode them first'
    throw new MigError('MIG_CONFIG_INVALID', problem)
  }
  if (typeof input !== 'string') {
    if (isConfigMap(input)) return parseText(readYamlText(textOfConfigMap(input), lenient), lenient)
    return checkDocument(input, nowhere, lenient, [])
  }
  const outer = readYamlText(input, lenient)
  if (!isConfigMap(outer.value)) return parseText(outer, lenient)
  const place = outer.placesInside(['data', configMapKey])
  const inner = readYamlText(textOfConfigMap(outer.value), lenient, place)
  return parseText({ ...inner, warnings: [...outer.warnings, ...inner.warnings] }, lenient)
}

function parseText({ value, locate, warnings }: YamlText, lenient: boolean): ConfigSource {
  // An empty file is a document without configurations, as it is for NVIDIA's tool.
  if (value === null) return { document: deepFreeze({ version: 'v1' }), locate, lenient, warnings }
  return checkDocument(value, locate, lenient, warnings)
}

/** The text of the document. Throws `MIG_CONFIG_INVALID` for a ConfigMap without one. */
function textOfConfigMap({ data }: MigConfigMap): string {
  const fields: Partial<Record<string, unknown>> = Object(data)
  const text = Object.hasOwn(fields, configMapKey) ? fields[configMapKey] : undefined
  if (typeof text === 'string') return text
  const names = Object.keys(fields).map((name) => JSON.stringify(name))
  const there = names.length === 0 ? 'nothing' : names.slice(0, 10).join(', ')
  throw new MigError(
    'MIG_CONFIG_INVALID',
    text === undefined
      ? `The ConfigMap has no ${configMapKey} in its data, which has ${there}`
      : `The ${configMapKey} of the ConfigMap is not text`,
    { hint: `put the document under the key ${configMapKey}, or give its text alone` },
  )
}
