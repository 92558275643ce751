import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packFleet, verifyBound } from '../../../lib/fleet.js'
import type {
  FleetCertificate,
  FleetObjective,
  PackFleetProblem,
} from '../../../types/fleet/pack.js'
import { geometryOf } from '../../support/geometry.js'

const a100 = geometryOf('a100-40gb')
const instance = { profileId: 19, placement: { start: 6, size: 1 } }
const requests = [
  { need: { memoryMiB: 9000 }, count: 9 },
  { profile: '3g.20gb', count: 3 },
  { profile: '7g.40gb', count: 3, value: 2 },
]
const gpusOf = (count: number) => [
  { id: 'a', count, geometry: a100, cost: 7 },
  { id: 'b', geometry: a100, layout: [instance], cost: 1 },
  { id: 'c', count: 3, geometry: geometryOf('a30-24gb'), cost: 2 },
]
const problems: readonly PackFleetProblem[] = [
  { requests, gpus: gpusOf(4), objective: 'cost' },
  { requests, gpus: gpusOf(40), objective: 'cost' },
  { requests, gpus: gpusOf(40), objective: 'memory' },
  { requests: requests.slice(1), gpus: [{ id: 'a', count: 9, geometry: a100 }] },
]

/** A packing reaches these figures, so no true bound lies above them. */
function isTrue(bound: FleetObjective, reached: FleetObjective): boolean {
  for (const figure of ['unplacedValue', 'gpus', 'cost'] as const) {
    if (bound[figure] !== reached[figure]) return bound[figure] < reached[figure]
  }
  return true
}

/** Paths of all parts of a certificate. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([name, part]) => pathsOf(part, [...path, name]))]
}

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
const change = fc.oneof(
  anything.map((value) => () => value),
  fc.integer({ min: -3, max: 5 }).map((more) => (part: unknown) => number(part) + more),
  fc.integer({ min: 2, max: 9 }).map((times) => (part: unknown) => number(part) * times),
  fc.constant((part: unknown) => (Array.isArray(part) ? part.slice(1) : part)),
  fc.constant((part: unknown) => (Array.isArray(part) ? [...part, 1] : part)),
)

test.each(problems)(
  'a changed certificate of problem %# is refused, or proves a true bound',
  async (problem) => {
    const { certificate, objective } = await packFleet(problem)
    expect(isTrue(certificate.lowerBound, objective)).toBe(true)
    const paths = pathsOf(certificate)
    let refused = 0
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...paths), change), { minLength: 1, maxLength: 3 }),
        (changes) => {
          const changed = changes.reduce<unknown>(
            (value, [path, to]) => changeAt(value, path, to),
            certificate,
          ) as FleetCertificate
          const check = verifyBound(problem, changed)
          if (!check.valid) refused += 1
          else {
            expect(Object.values(check.lowerBound).every(Number.isSafeInteger)).toBe(true)
            expect(isTrue(check.lowerBound, objective)).toBe(true)
          }
        },
      ),
      { numRuns: 1500 },
    )
    expect(refused).toBeGreaterThan(100)
  },
)
