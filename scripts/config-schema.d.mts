/** A JSON Schema of draft 7. */
export function makeConfigSchema(schemas: {
  readonly documentV1: object
  readonly documentMigNvml: object
}): Record<string, unknown>
