/**
 * The same data, each part of which can be read once: whoever looks again to check what is computed with, or
 * to compute with what was checked, might see something else.
 */
export function readableOnce<T>(value: T, path = 'it'): T {
  if (typeof value !== 'object' || value === null) return value
  const seen = new Set<PropertyKey>()
  return new Proxy(value, {
    get: (target, name) => {
      const part: unknown = Reflect.get(target, name)
      // What belongs to all lists or objects, not to this one.
      if (!Object.hasOwn(target, name)) return part
      if (seen.has(name)) throw new Error(`${path}.${String(name)} was read twice`)
      seen.add(name)
      return readableOnce(part, `${path}.${String(name)}`)
    },
  })
}
