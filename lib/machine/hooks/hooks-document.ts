import type { HookPoint, HooksInput } from '../../../types/machine/hooks.js'
import { invalid, readText, validateDocument } from '../../config/document/validate-document.js'
import { readYamlText } from '../../config/document/yaml-text.js'
import { createIssue, type Locate } from '../../model/document-path.js'
import type { DocumentKind } from '../../model/document-text.js'
import { suggestName } from '../../model/nearest.js'
import { hookPoints, hooksSchema, type ValidHook } from './hooks-schema.js'

export type HookLists = ReadonlyMap<HookPoint, readonly ValidHook[]>

const kind: DocumentKind = { code: 'MIG_CONFIG_INVALID', subject: 'The hooks document' }

/**
 * Throws `MIG_CONFIG_INVALID` with every problem of the document. An unknown hook point is one of them, because its hooks
 * would never run; with `lenient` it is ignored, as by mig-parted.
 */
export function parseHooks(input: HooksInput, lenient: boolean): HookLists {
  const { value, locate } =
    typeof input === 'string' ? readText(kind, () => readYamlText(input, lenient)) : plain(input)
  if (value === null) return new Map()
  // mig-parted ignores the version.
  const checked = lenient && Object(value) === value ? { ...value, version: 'v1' } : value
  const { hooks } = validateDocument(hooksSchema, checked, kind, locate)
  const unknown = Object.keys(hooks).filter((name) => !isPoint(name))
  if (unknown.length > 0 && !lenient)
    throw invalid(
      kind,
      unknown.map((name) => createIssue(locate, ['hooks', name], 'key', describeUnknown(name))),
    )
  return new Map(hookPoints.map((point) => [point, hooks[point] ?? []]))
}

function plain(value: unknown): { readonly value: unknown; readonly locate: Locate } {
  return { value, locate: () => null }
}

function isPoint(name: string): name is HookPoint {
  return hookPoints.some((point) => point === name)
}

function describeUnknown(name: string): string {
  return `is not a hook point: ${suggestName(name, hookPoints)}`
}
