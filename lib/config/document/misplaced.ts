import { type DocumentPath, formatPath } from '../../model/document-path.js'

const deepest = 12
const mostValues = 10_000

/**
 * A hint for input that contains a document but is none: which part to pass instead. Null if nothing in it
 * looks like a document.
 */
export function describeMisplaced(value: unknown): string | null {
  if (Array.isArray(value)) {
    return value.some(isEntry)
      ? 'a list of entries is one configuration: give it a name under mig-configs, below a line "version: v1"'
      : describeInside(value)
  }
  const fields = Object.entries(Object(value))
  if (fields.some(([name]) => name === 'mig-configs')) return null
  if (isCheckpoint(value))
    return 'this is a checkpoint of a machine: mig-nvml restore, or restoreMig, brings it back'
  const inside = describeInside(value)
  if (inside !== null) return inside
  return fields.some(([, field]) => Array.isArray(field) && field.some(isEntry))
    ? 'configurations belong under mig-configs: put them there, indented, below a line "version: v1"'
    : null
}

function describeInside(value: unknown): string | null {
  const path = findDocument(value)
  if (path === null) return null
  return `the document is at ${formatPath(path)}: pass only that part`
}

function isEntry(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.hasOwn(value, 'devices') || Object.hasOwn(value, 'mig-enabled')
}

/** Ours, or that of NVIDIA's tool. */
function isCheckpoint(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return (
    Object.hasOwn(value, 'MigState') || Reflect.get(value, 'version') === 'mig-nvml/checkpoint/v1'
  )
}

/** The nearest part that is a document, as a mapping or as its text. */
function findDocument(root: unknown): DocumentPath | null {
  let level: readonly { readonly value: unknown; readonly path: DocumentPath }[] = [
    { value: root, path: [] },
  ]
  let seen = 0
  for (let depth = 0; depth < deepest && level.length > 0 && seen < mostValues; depth++) {
    const found = level.find(({ value, path }) => path.length > 0 && isDocument(value))
    if (found !== undefined) return found.path
    seen += level.length
    level = level.flatMap(({ value, path }) => listFields(value, path))
  }
  return null
}

function listFields(
  value: unknown,
  path: DocumentPath,
): readonly { readonly value: unknown; readonly path: DocumentPath }[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).map(([name, field]: [string, unknown]) => ({
    value: field,
    path: [...path, Array.isArray(value) ? Number(name) : name],
  }))
}

function isDocument(value: unknown): boolean {
  if (typeof value === 'string') return /^\s*["']?mig-configs["']?\s*:/m.test(value)
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'mig-configs')
}
