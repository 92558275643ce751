import { toJsonSchema } from '@valibot/to-json-schema'

/**
 * The JSON Schema of configuration files, from the valibot schemas that the package validates with: the
 * exports of lib/config/schema/schema.ts.
 */
export function makeConfigSchema({ documentMigNvml, documentV1 }) {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'MIG configuration',
    description:
      'How the GPUs of a machine shall be divided: version "v1" as of NVIDIA\'s MIG Partition Editor, or "mig-nvml/v1".',
    type: 'object',
    required: ['version'],
    properties: { version: { enum: ['v1', 'mig-nvml/v1'] } },
    if: { properties: { version: { const: 'mig-nvml/v1' } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: convert(documentMigNvml),
    else: convert(documentV1),
  }
}

function convert(document) {
  const {
    $schema: _,
    $defs = {},
    ...rest
  } = toJsonSchema(document, {
    // What a check says beyond this stands beside it as metadata.
    ignoreActions: ['check', 'raw_check'],
    // A schema after that of a mapping says which mapping.
    typeMode: 'output',
  })
  return inline(rest, $defs)
}

/** Definitions are numbered, and nothing is recursive: they read better where they are used. */
function inline(value, definitions) {
  if (Array.isArray(value)) return value.map((item) => inline(item, definitions))
  if (typeof value !== 'object' || value === null) return value
  if (typeof value.$ref === 'string')
    return inline(definitions[value.$ref.replace('#/$defs/', '')], definitions)
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, inline(field, definitions)]),
  )
}
