import { expect, test } from 'vitest'
import { packFleet, verifyBound } from '../../../lib/fleet.js'
import type {
  FleetCertificate,
  FleetObjective,
  PackFleetProblem,
} from '../../../types/fleet/pack.js'
import { geometryOf } from '../../support/geometry.js'
import fc from '../../support/property.js'
import { tampered } from '../../support/tamper.js'

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

test.each(problems)(
  'a changed certificate of problem %# is refused, or proves a true bound',
  async (problem) => {
    const { certificate, objective } = await packFleet(problem)
    expect(isTrue(certificate.lowerBound, objective)).toBe(true)
    let refused = 0
    fc.assert(
      fc.property(tampered<FleetCertificate>(certificate), (changed) => {
        const check = verifyBound(problem, changed)
        if (!check.valid) refused += 1
        else {
          expect(Object.values(check.lowerBound).every(Number.isSafeInteger)).toBe(true)
          expect(isTrue(check.lowerBound, objective)).toBe(true)
        }
      }),
      { numRuns: 1500 },
    )
    expect(refused).toBeGreaterThan(100)
  },
)
