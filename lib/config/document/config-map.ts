import type { MigConfigMap } from '../../../types/config/config.js'
import { MigError } from '../../errors.js'

/** The key under which NVIDIA's operator keeps the document, and looks for it. */
export const configMapKey = 'config.yaml'

export function isConfigMap(value: unknown): value is MigConfigMap {
  return (
    typeof value === 'object' &&
    value !== null &&
    Reflect.get(value, 'kind') === 'ConfigMap' &&
    !Object.hasOwn(value, 'mig-configs')
  )
}

/** The text of the document. Throws `MIG_CONFIG_INVALID` for a ConfigMap without one. */
export function textOfConfigMap({ data }: MigConfigMap): string {
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
