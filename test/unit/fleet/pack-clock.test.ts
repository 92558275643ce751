import { afterEach, describe, expect, test, vi } from 'vitest'
import { packFleet, verifyBound } from '../../../lib/fleet.js'
import type { FleetPacking, PackFleetProblem } from '../../../types/fleet/pack.js'
import { geometryOf } from '../../support/geometry.js'
import { findPackingFault } from '../../support/packing.js'
import { seeded } from '../../support/random.js'

// The clock of these tests goes on by a millisecond with each look at it. So a search that goes on after its limit looks too
// often, and one that works without a look looks too rarely, on every machine.

const geometry = geometryOf('a100-40gb')
const names = ['1g.5gb', '1g.10gb', '2g.10gb', '3g.20gb', '4g.20gb']
const draw = seeded(7)
const profileAt = (): string => names[draw(names.length)] as string

function gpusOf(count: number, perNode: number): PackFleetProblem['gpus'] {
  return Array.from({ length: count }, (_, number) => ({
    id: `g${number}`,
    node: `n${Math.floor(number / perNode)}`,
    geometry,
  }))
}

const few = ['a30-24gb', 'a100-40gb', 'b200-180gb'].map(geometryOf)
const problems: readonly (readonly [string, PackFleetProblem])[] = [
  [
    'few classes',
    {
      requests: [3, 8, 17, 35, 60].flatMap((gib) =>
        [1, 2, 3].map((computeSlices) => ({
          need: { memoryMiB: gib * 1000, computeSlices },
          count: 60 + gib,
        })),
      ),
      gpus: Array.from({ length: 180 }, (_, number) => ({
        id: `g${number}`,
        geometry: few[number % 3] as (typeof few)[number],
      })),
    },
  ],
  [
    'nodes of its own for each request',
    {
      requests: Array.from({ length: 400 }, () => ({
        profile: profileAt(),
        where: { nodes: [0, 1, 2].map(() => `n${draw(40)}`) },
      })),
      gpus: gpusOf(80, 2),
    },
  ],
  [
    'a value of its own for each request',
    {
      requests: Array.from({ length: 400 }, (_, number) => ({
        profile: profileAt(),
        value: 100 + number,
      })),
      gpus: gpusOf(60, 1),
    },
  ],
  [
    'spread requests',
    {
      requests: Array.from({ length: 400 }, (_, number) => ({
        profile: profileAt(),
        labels: [`l${number % 20}`],
        spread: [{ label: `l${number % 20}`, maxPerGpu: 1 }],
      })),
      gpus: gpusOf(60, 1),
    },
  ],
  [
    'sets of requests for one node',
    {
      requests: Array.from({ length: 400 }, (_, number) => ({
        profile: profileAt(),
        sameNode: `set${number >> 2}`,
      })),
      gpus: gpusOf(60, 4),
    },
  ],
]

let looks = 0

async function packAt(problem: PackFleetProblem, deadlineMs: number): Promise<FleetPacking> {
  looks = 0
  vi.spyOn(performance, 'now').mockImplementation(() => ++looks)
  const packing = await packFleet(problem, { deadlineMs, solver: 'own' })
  vi.restoreAllMocks()
  return packing
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(problems)('packFleet with %s', (_name, problem) => {
  test.each([0, 30, 100])('ends within 40 looks after a limit of %i', async (deadlineMs) => {
    const packing = await packAt(problem, deadlineMs)
    // A first answer may take 25 more.
    expect(looks).toBeLessThanOrEqual(deadlineMs + 25 + 40)
    expect(packing.stopped).toBe('deadline')
    expect(findPackingFault(problem, packing)).toBeNull()
  })

  test('has a bound of the GPUs that its certificate proves, whenever it stops', async () => {
    for (const deadlineMs of [0, 30, 100]) {
      const packing = await packAt(problem, deadlineMs)
      expect(verifyBound(problem, packing.certificate)).toEqual({
        valid: true,
        lowerBound: packing.lowerBound,
      })
      // Nothing is in use before, and the requests take nearly all of the GPUs.
      expect(packing.lowerBound.gpus).toBeGreaterThan(20)
    }
  })
})

test.each(problems.slice(3))(
  'packFleet looks at the clock for each of %s, however long it may take',
  async (_name, problem) => {
    const packing = await packAt(problem, 1e9)
    expect(packing.stopped).toBeNull()
    expect(looks).toBeGreaterThan(problem.requests.length / 4)
  },
)

test('Requests that are tied to their neighbours still get places when half of the time is over', async () => {
  const [, problem] = problems[3] as (typeof problems)[number]
  const full = await packAt(problem, 1e9)
  const hasty = await packAt(problem, looks / 2)
  expect(hasty.stopped).toBe('deadline')
  expect(findPackingFault(problem, hasty)).toBeNull()
  const placed = ({ placements }: FleetPacking): number => placements.length
  expect(placed(hasty)).toBeGreaterThan(0)
  expect(placed(hasty)).toBeLessThanOrEqual(placed(full))
})

describe('packFleet with rules about neighbours that leave requests out', () => {
  // Two of each label fit: one on each node.
  const labels = 100
  const problem: PackFleetProblem = {
    requests: Array.from({ length: 3 * labels }, (_, number) => ({
      profile: '1g.5gb',
      labels: [`l${number % labels}`],
      spread: [{ label: `l${number % labels}`, maxPerNode: 1 }],
    })),
    gpus: gpusOf(60, 30),
  }

  test('looks at the clock for the rules of each label, and proves what they leave out', async () => {
    const { lowerBound, objective, certificate } = await packAt(problem, 1e9)
    expect(looks).toBeGreaterThan(labels)
    expect(objective.unplacedValue).toBe(labels)
    expect(lowerBound.unplacedValue).toBe(labels)
    expect(verifyBound(problem, certificate)).toEqual({ valid: true, lowerBound })
  })

  test('has a bound that its certificate proves where the time was too short for all of them', async () => {
    const packing = await packAt(problem, 50)
    expect(packing.stopped).toBe('deadline')
    expect(packing.lowerBound.unplacedValue).toBeLessThan(labels)
    expect(verifyBound(problem, packing.certificate).valid).toBe(true)
    expect(findPackingFault(problem, packing)).toBeNull()
  })
})
