/** Deeper than any input of the contract. Deeper parts, and circular ones, are not copied. */
const mostDepth = 8

/**
 * A copy of plain data that reads each value once. Checks and computations then see the same values, even if the
 * original has getters, proxies or methods of its own, or changes later. Functions, and special objects such as an
 * `AbortSignal`, are passed on as they are.
 */
export function copyPlain<T>(value: T): T {
  return copyAt(value, 0) as T
}

/** The same, but one property is passed on as it is. */
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
  if (!isPlainKind(value)) return value
  if (!hasOwnNamesOnly(value)) return copyObject(value, (part) => copyAt(part, depth + 1))
  const copy: Record<string, unknown> = { ...value }
  for (const name in copy) {
    const part = copy[name]
    if (typeof part === 'object' && part !== null) copy[name] = copyAt(part, depth + 1)
  }
  return copy
}

/** Then a spread copies it, which takes a third of the time and of the memory that a property after the other takes. */
function hasOwnNamesOnly(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype
}

/** Class instances are plain, too: the values of their getters are copied. */
function isPlainKind(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Object]'
}

/** A plain object with the result of `copyOf` for each property. */
export function copyObject(
  value: object,
  copyOf: (part: unknown, name: string) => unknown,
): Record<string, unknown> {
  if (hasOwnNamesOnly(value)) {
    const copy: Record<string, unknown> = { ...value }
    for (const name in copy) {
      const before = copy[name]
      const part = copyOf(before, name)
      if (part !== before) copy[name] = part
    }
    return copy
  }
  const copy: Record<string, unknown> = {}
  for (const name in value) {
    const part = copyOf(value[name as keyof typeof value], name)
    // An assignment to a name such as __proto__ would do something else.
    if (name in copy) define(copy, name, part)
    else copy[name] = part
  }
  return copy
}

function define(copy: object, name: string, value: unknown): void {
  const isData = { enumerable: true, configurable: true, writable: true }
  Object.defineProperty(copy, name, { ...isData, value })
}
