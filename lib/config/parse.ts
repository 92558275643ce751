import * as v from 'valibot'
import type {
  ConfigIssue,
  MigConfigDocument,
  MigConfigEntry,
  MigConfigInput,
} from '../../types/config.js'
import { MigError } from '../errors.js'
import { deepFreeze } from '../model/freeze.js'
import { createIssue, type DocumentPath, describeIssues, type Locate } from './document-path.js'
import { documentSchema, type ValidDocument, type ValidEntry } from './schema.js'
import { readYamlText } from './yaml-text.js'

/** A valid document together with the places of its parts. */
export interface ConfigSource {
  /** Frozen, and independent of the object that it came from. */
  readonly document: MigConfigDocument
  readonly locate: Locate
}

const nowhere: Locate = () => null

/** Throws `MIG_CONFIG_INVALID` with every problem that the document has. */
export function parseConfig(input: MigConfigInput): ConfigSource {
  if (typeof input !== 'string') return validate(input, nowhere)
  const { value, locate } = readYamlText(input)
  // An empty file is a document without configurations; NVIDIA's tool sees it so, too.
  if (value === null) return { document: deepFreeze({ version: 'v1' }), locate }
  return validate(value, locate)
}

function validate(value: unknown, locate: Locate): ConfigSource {
  const result = v.safeParse(documentSchema, value)
  const issues = [
    ...(result.issues ?? []).map((issue) => toConfigIssue(issue, locate)),
    ...findReservedKeys(value).map((path) =>
      createIssue(locate, path, 'key', 'cannot be used as a name'),
    ),
  ].toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
  if (!result.success || issues.length > 0) {
    throw new MigError(
      'MIG_CONFIG_INVALID',
      describeIssues('The MIG configuration is not valid', issues),
      { issues },
    )
  }
  return { document: deepFreeze(toDocument(result.output)), locate }
}

function toDocument({ 'mig-configs': configs }: ValidDocument): MigConfigDocument {
  if (configs === undefined) return { version: 'v1' }
  const byName = Object.entries(configs).map(([name, entries]) => [name, entries.map(toEntry)])
  return { version: 'v1', 'mig-configs': Object.fromEntries(byName) }
}

// A field that is present but undefined is one that is absent.
function toEntry(entry: ValidEntry): MigConfigEntry {
  const { 'device-filter': filter, 'mig-devices': migDevices, ...rest } = entry
  return {
    ...(filter === undefined ? {} : { 'device-filter': filter }),
    ...rest,
    ...(migDevices === undefined ? {} : { 'mig-devices': migDevices }),
  }
}

function toConfigIssue(issue: v.BaseIssue<unknown>, locate: Locate): ConfigIssue {
  const steps = issue.path ?? []
  const path = steps.map(({ key }) => (typeof key === 'number' ? key : String(key)))
  const isAboutKey = steps.at(-1)?.origin === 'key' || issue.type === 'never'
  return createIssue(locate, path, isAboutKey ? 'key' : 'value', issue.message)
}

const reserved = new Set(['__proto__', 'constructor', 'prototype'])
const documentDepth = 5

// Valibot passes over these keys in silence; here that would lose a configuration or a profile.
function findReservedKeys(value: unknown, path: DocumentPath = []): readonly DocumentPath[] {
  if (typeof value !== 'object' || value === null || path.length >= documentDepth) return []
  return Object.keys(value).flatMap((key) => {
    const keyPath = [...path, Array.isArray(value) ? Number(key) : key]
    if (reserved.has(key)) return [keyPath]
    return findReservedKeys(Reflect.get(value, key), keyPath)
  })
}
