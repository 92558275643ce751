import * as v from 'valibot'
import type { MigConfigDocument, MigConfigMap } from '../../../types/config/config.js'
import type { MigNvmlConfigDocument } from '../../../types/config/mig-nvml-config.js'
import { MigError } from '../../errors.js'
import {
  createIssue,
  type DocumentPath,
  describeIssue,
  describeIssues,
  type Locate,
} from '../../model/document-path.js'
import { deepFreeze } from '../../model/freeze.js'
import { schemaFor } from '../schema/schema.js'
import { findBadFilters } from './check-filters.js'
import { describeMisplaced } from './misplaced.js'
import { toConfigIssue } from './validate-document.js'

/** A valid document, with the places of its parts in the text. */
export interface ConfigSource {
  /** Frozen, and independent of the input. */
  readonly document: MigConfigDocument | MigNvmlConfigDocument
  readonly locate: Locate
  readonly lenient: boolean
  /** What lenient matching accepted. */
  readonly warnings: readonly string[]
}

/** Throws `MIG_CONFIG_INVALID` with every problem of the document. */
export function checkDocument(
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

export function isConfigMap(value: unknown): value is MigConfigMap {
  return (
    typeof value === 'object' &&
    value !== null &&
    Reflect.get(value, 'kind') === 'ConfigMap' &&
    !Object.hasOwn(value, 'mig-configs')
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
