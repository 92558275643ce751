import type { JsonPatchOperation } from '../../types/kubernetes/cluster-client.js'

/** RFC 6902 as far as the agent uses it. Undefined: a test or a path does not hold, so that nothing is changed. */
export function patched<T>(document: T, operations: readonly JsonPatchOperation[]): T | undefined {
  const copy = structuredClone(document)
  for (const operation of operations) {
    const keys = operation.path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = keys.pop() ?? ''
    let parent: unknown = copy
    for (const key of keys) parent = Reflect.get(Object(parent), key)
    if (typeof parent !== 'object' || parent === null) return undefined
    if (!change(parent as Record<string, unknown> | unknown[], last, operation)) return undefined
  }
  return copy
}

function change(
  parent: Record<string, unknown> | unknown[],
  key: string,
  operation: JsonPatchOperation,
): boolean {
  const isThere = Object.hasOwn(parent, key)
  switch (operation.op) {
    case 'test':
      return JSON.stringify(Reflect.get(parent, key)) === JSON.stringify(operation.value)
    case 'remove':
      if (!isThere) return false
      if (Array.isArray(parent)) parent.splice(Number(key), 1)
      else delete parent[key]
      return true
    case 'replace':
      return isThere && Reflect.set(parent, key, operation.value)
    case 'add':
      if (!Array.isArray(parent)) parent[key] = operation.value
      else if (key === '-') parent.push(operation.value)
      else parent.splice(Number(key), 0, operation.value)
      return true
    default:
      return operation satisfies never
  }
}
