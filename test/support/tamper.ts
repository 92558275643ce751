import fc from './property.js'

/** Paths of all parts of plain data. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([name, part]) => pathsOf(part, [...path, name]))]
}

/** A copy of plain data with another value at a path. */
function changeAt(
  value: unknown,
  path: readonly string[],
  to: (part: unknown) => unknown,
): unknown {
  const [name, ...rest] = path
  if (name === undefined) return to(value)
  if (typeof value !== 'object' || value === null) return value
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>
  copy[name] = changeAt(copy[name], rest, to)
  return copy
}

const number = (part: unknown): number => (typeof part === 'number' ? part : 1)
const anything = fc.constantFrom<unknown>(
  null,
  undefined,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -1,
  0,
  0.5,
  3n,
  '7',
  [],
  {},
  1e300,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  2 ** 44,
)

/** What somebody may do to one value. */
const tampering: fc.Arbitrary<(part: unknown) => unknown> = fc.oneof(
  anything.map((value) => () => value),
  fc.integer({ min: -3, max: 5 }).map((more) => (part: unknown) => number(part) + more),
  fc.integer({ min: 2, max: 9 }).map((times) => (part: unknown) => number(part) * times),
  fc.constant((part: unknown) => (Array.isArray(part) ? part.slice(1) : part)),
  fc.constant((part: unknown) => (Array.isArray(part) ? [...part, 1] : part)),
  fc.constant((part: unknown) => (Array.isArray(part) ? part.toReversed() : part)),
)

/** The value with one to three of its parts changed. */
export function tampered<T>(value: T): fc.Arbitrary<T> {
  const part = fc.constantFrom(...pathsOf(value))
  return fc
    .array(fc.tuple(part, tampering), { minLength: 1, maxLength: 3 })
    .map((changes) =>
      changes.reduce<unknown>((changed, [path, to]) => changeAt(changed, path, to), value),
    ) as fc.Arbitrary<T>
}
