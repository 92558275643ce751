import * as v from 'valibot'
import type {
  MigConfigDocument,
  MigConfigInput,
  MigConfigMap,
} from '../../../types/config/config.js'
import type { MigNvmlConfigDocument } from '../../../types/config/mig-nvml-config.js'
import type { ConfigOptions } from '../../../types/machine/options.js'
import { MigError } from '../../errors.js'
import {
  createIssue,
  type DocumentPath,
  describeIssue,
  describeIssues,
  type Locate,
  nowhere,
} from '../../model/document-path.js'
import { deepFreeze } from '../../model/freeze.js'
import { schemaFor } from '../schema/schema.js'
import { findBadFilters } from './check-filters.js'
import { describeMisplaced } from './misplaced.js'
import { toConfigIssue } from './validate-document.js'
import { readYamlText, type YamlText } from './yaml-text.js'

/** The key under which NVIDIA's operator writes and reads the document. */
const configMapKey = 'config.yaml'

/** A valid document, with the places of its parts in the text. */
export interface ConfigSource {
  /** Frozen, and independent of the input. */
  readonly document: MigConfigDocument | MigNvmlConfigDocument
  readonly locate: Locate
  readonly lenient: boolean
  /** What lenient matching accepted. */
  readonly warnings: readonly string[]
}

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
    return validate(input, nowhere, lenient, [])
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
  return validate(value, locate, lenient, warnings)
}

function validate(
  value: unknown,
  locate: Locate,
  lenient: boolean,
  warnings: readonly string[],
): ConfigSource {
  const result = v.safeParse(schemaFor(value), value)
  const filters = findBadFilters(value, locate)
  const issues = [
    ...(result.issues ?? []).map((issue) => toConfigIssue(issue, locate)),
    ...findReservedKeys(value).map((path) =>
      createIssue(locate, path, 'key', 'cannot be used as a name'),
    ),
    ...(lenient ? [] : filters),
  ].toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
  if (!result.success || issues.length > 0) {
    const hint = describeMisplaced(value)
    throw new MigError(
      'MIG_CONFIG_INVALID',
      describeIssues('The MIG configuration is not valid', issues),
      { issues, ...(hint === null ? {} : { hint }) },
    )
  }
  return {
    document: deepFreeze(withoutUndefined(result.output)),
    locate,
    lenient,
    warnings: [...warnings, ...filters.map(describeIssue)],
  }
}

function isConfigMap(value: unknown): value is MigConfigMap {
  return (
    typeof value === 'object' &&
    value !== null &&
    Reflect.get(value, 'kind') === 'ConfigMap' &&
    !Object.hasOwn(value, 'mig-configs')
  )
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

/** A copy without fields that are present but undefined. */
function withoutUndefined<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutUndefined) as T
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(fields.map(([key, field]) => [key, withoutUndefined(field)])) as T
}

const reserved = new Set(['__proto__', 'constructor', 'prototype'])
const documentDepth = 8

// Valibot silently ignores these keys, which would lose a configuration or a profile here.
function findReservedKeys(value: unknown, path: DocumentPath = []): readonly DocumentPath[] {
  if (typeof value !== 'object' || value === null || path.length >= documentDepth) return []
  return Object.keys(value).flatMap((key) => {
    const keyPath = [...path, Array.isArray(value) ? Number(key) : key]
    if (reserved.has(key)) return [keyPath]
    return findReservedKeys(Reflect.get(value, key), keyPath)
  })
}
