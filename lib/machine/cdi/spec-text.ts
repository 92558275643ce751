import { parse } from 'yaml'
import type { CdiSpec } from '../../../types/containers/cdi.js'
import type { CdiFormat } from '../../../types/machine/cdi-file.js'
import { deepFreeze } from '../../model/freeze.js'

/** By the end of a file's name, as CDI reads it. */
export function formatOfFile(file: string): CdiFormat {
  return file.endsWith('.json') ? 'json' : 'yaml'
}

const mostKept = 8
const parsed = new Map<string, unknown>()

/** The content of a specification. A watch looks at the same texts every second, and most of that look would be parsing. */
export function parseSpecText(text: string): unknown {
  if (parsed.has(text)) return parsed.get(text)
  const value: unknown = deepFreeze(parse(text, { logLevel: 'silent' }))
  if (parsed.size === mostKept) parsed.clear()
  parsed.set(text, value)
  return value
}

const heading = '# Written by mig-nvml. It is replaced when the MIG devices change.\n'

export function formatCdiSpec(spec: CdiSpec, format: CdiFormat): string {
  if (format === 'json') return `${JSON.stringify(spec, null, 2)}\n`
  const lines: string[] = []
  addYaml(spec, '', '', lines)
  return `${heading}${lines.join('\n')}\n`
}

/**
 * Appends the lines of a list or an object. The package `yaml` would take longer than all the rest of an update. Every text
 * is in quotes, because `0:0` is a number in YAML 1.1, and the quotes of JSON are quotes of YAML. `first` begins the
 * first line, and `indent` the others.
 */
function addYaml(value: object, first: string, indent: string, lines: string[]): void {
  const isList = Array.isArray(value)
  let begin = first
  for (const [key, member] of Object.entries(value) as [string, unknown][]) {
    if (member === undefined) continue
    if (!isCollection(member)) {
      lines.push(`${begin}${isList ? '- ' : `${nameOf(key)}: `}${JSON.stringify(member)}`)
    } else if (isList) {
      addYaml(member, `${begin}- `, `${indent}  `, lines)
    } else {
      lines.push(`${begin}${nameOf(key)}:`)
      addYaml(member, `${indent}  `, `${indent}  `, lines)
    }
    begin = indent
  }
}

/** Words that YAML 1.1 takes for true, false or nothing. */
const noName = /^(?:y|yes|n|no|true|false|on|off|null)$/i

function nameOf(key: string): string {
  return /^[a-z]\w*$/i.test(key) && !noName.test(key) ? key : JSON.stringify(key)
}

/** Empty ones are written as in JSON. */
function isCollection(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}
