import type { CdiSpec } from '../../../types/containers/cdi.js'
import { loadYaml } from '../../config/document/load-yaml.js'

export type CdiFormat = 'yaml' | 'json'

export const cdiFormats: readonly CdiFormat[] = ['yaml', 'json']

/** By the end of a file's name, as CDI reads it. */
export function formatOfFile(file: string): CdiFormat {
  return file.endsWith('.json') ? 'json' : 'yaml'
}

const heading = '# Written by mig-nvml. It is replaced when the MIG devices change.\n'

export function formatCdiSpec(spec: CdiSpec, format: CdiFormat): string {
  if (format === 'json') return `${JSON.stringify(spec, null, 2)}\n`
  // All texts in quotes: `0:0` is a number in YAML 1.1. Each device has its own nodes, so no anchors for equal ones.
  const yaml = loadYaml()
  const text = yaml.stringify(spec, {
    aliasDuplicateObjects: false,
    defaultKeyType: 'PLAIN',
    defaultStringType: 'QUOTE_DOUBLE',
    lineWidth: 0,
  })
  return `${heading}${text}`
}
