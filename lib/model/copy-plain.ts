/** Deeper than any of the contracts; what lies below, or in a circle, is no part of them. */
const mostDepth = 8

/**
 * A copy of plain data in which each value was read once. What checks it and what computes with it then see
 * the same, whatever getters, proxies or methods of its own the original has, and whoever changes it later.
 * Objects of a kind of their own, such as an `AbortSignal`, and functions stay what they are.
 */
export function copyPlain<T>(value: T): T {
  return copyAt(value, 0) as T
}

/** The same, but for one part, which is passed on as it is. */
export function copyPlainBut<T extends object>(value: T, kept: keyof T): T {
  return copyObject(value, (part, name) => (name === kept ? part : copyPlain(part))) as T
}

function copyAt(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth === mostDepth) return value
  if (Array.isArray(value)) {
    const { length } = value
    const list: unknown[] = []
    for (let index = 0; index < length; index += 1) list.push(copyAt(value[index], depth + 1))
    return list
  }
  return isPlainKind(value) ? copyObject(value, (part) => copyAt(part, depth + 1)) : value
}

/** Also of a class: the values of its getters count. */
function isPlainKind(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Object]'
}

/** A plain object with what `copyOf` makes of each part. */
export function copyObject(
  value: object,
  copyOf: (part: unknown, name: string) => unknown,
): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const name in value) {
    const part = copyOf(value[name as keyof typeof value], name)
    // Not by assignment: of a name such as __proto__ that would be another thing.
    if (name in copy) define(copy, name, part)
    else copy[name] = part
  }
  return copy
}

function define(copy: object, name: string, value: unknown): void {
  const isData = { enumerable: true, configurable: true, writable: true }
  Object.defineProperty(copy, name, { ...isData, value })
}
