import * as v from 'valibot'
import type { MigConfigDocument } from '../../../types/config/config.js'
import type { MigNvmlConfigDocument } from '../../../types/config/mig-nvml-config.js'
import { entryMigNvml } from './schema-mig-nvml.js'
import { mapping, otherThan } from './schema-parts.js'
import { entryV1 } from './schema-v1.js'

/** The grammar of a document. The JSON Schema of the package is generated from it. */

const versions = ['v1', 'mig-nvml/v1'] as const

function documentOf<Document>(
  version: (typeof versions)[number],
  entry: v.GenericSchema,
): v.GenericSchema<unknown, Document> {
  const entries = v.pipe(
    v.array(entry, (issue) => `must be a list of entries, ${otherThan(issue)}`),
    v.minLength(1, 'needs at least one entry'),
  )
  const configs = v.pipe(
    mapping,
    v.record(v.string(), entries),
    v.check((byName) => Object.keys(byName).length > 0, 'needs at least one configuration'),
    v.metadata({ minProperties: 1 }),
  )
  const document: v.GenericSchema = v.pipe(
    mapping,
    v.objectWithRest(
      { version: v.literal(version, unknownVersion), 'mig-configs': v.optional(configs) },
      v.never('is not a field of a MIG configuration document'),
      'is missing',
    ),
  )
  return document as v.GenericSchema<unknown, Document>
}

function unknownVersion(issue: { readonly received: string }): string {
  return `must be the text ${versions.map((version) => `"${version}"`).join(' or ')}, ${otherThan(issue)}`
}

export const documentV1: v.GenericSchema<unknown, MigConfigDocument> = documentOf('v1', entryV1)
export const documentMigNvml: v.GenericSchema<unknown, MigNvmlConfigDocument> = documentOf(
  'mig-nvml/v1',
  entryMigNvml,
)

/** Chosen by the document's version; an unknown version gets the grammar of version 1. */
export function schemaFor(
  value: unknown,
): v.GenericSchema<unknown, MigConfigDocument | MigNvmlConfigDocument> {
  const version: unknown = Reflect.get(Object(value), 'version')
  return version === 'mig-nvml/v1' ? documentMigNvml : documentV1
}
