import { expect, test } from 'vitest'
import { packFleet, verifyBound } from '../../../lib/fleet.js'
import type {
  FleetClearedProof,
  FleetGpu,
  FleetPacking,
  FleetRequest,
} from '../../../types/fleet/pack.js'
import fc from '../../support/property.js'
import { seeded } from '../../support/random.js'
import { tampered } from '../../support/tamper.js'
import { geometry, layoutOf, profiles, tryAll } from './idle-pack-oracle.js'

interface Packed {
  readonly problem: {
    readonly gpus: readonly FleetGpu[]
    readonly requests: readonly FleetRequest[]
  }
  readonly packing: FleetPacking
  /** The fewest that any packing with these figures clears, by trying everything. */
  readonly fewest: number
}

const kinds = ['held', 'idle', 'idle', 'idle', 'pinned']

/** Null: nothing has to be cleared. */
async function pack(seed: number): Promise<Packed | null> {
  const random = seeded(seed)
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T
  const small = profiles.filter(({ sliceCount }) => sliceCount < 4)
  const gpus = Array.from(
    { length: 2 + random(2) },
    (_, index): FleetGpu => ({
      id: `gpu-${index}`,
      geometry,
      layout: layoutOf(
        Array.from({ length: 5 }, () => ({
          profile: pick(small),
          start: random(4),
          kind: pick(kinds),
        })),
      ),
    }),
  )
  const requests = Array.from({ length: 2 + random(3) }, (_, index): FleetRequest => {
    const { name, memoryMiB } = pick(profiles.slice(0, 3))
    const value = 1 + random(3)
    const id = `job-${index}`
    return random(4) === 0 ? { id, value, need: { memoryMiB } } : { id, value, profile: name }
  })
  const problem = { gpus, requests }
  const packing = await packFleet(problem, { clearIdle: true })
  if (packing.cleared === undefined) return null
  const best = tryAll(gpus, requests, true)
  expect([packing.objective.unplacedValue, packing.objective.gpus]).toEqual([
    best.unplacedValue,
    best.gpus,
  ])
  // As another process would read it, years later.
  const stored = JSON.parse(JSON.stringify({ problem, packing })) as Packed
  return { ...stored, fewest: best.cleared }
}

const packings = packAll()

async function packAll(): Promise<readonly Packed[]> {
  const all: Packed[] = []
  for (let seed = 1; seed <= 200; seed += 1) {
    const packed = await pack(seed)
    if (packed !== null) all.push(packed)
  }
  return all
}

test('packFleet clears as few idle instances as any packing with its figures, and verifyBound confirms the proof', async () => {
  const all = await packings
  let proven = 0
  for (const { problem, packing, fewest } of all) {
    const { cleared = [], clearing, certificate } = packing
    expect(cleared).toHaveLength(fewest)
    expect(clearing?.lowerBound).toBeLessThanOrEqual(fewest)
    const check = verifyBound(problem, certificate, { clearIdle: true })
    expect(check).toMatchObject({ valid: true, cleared: clearing?.lowerBound })
    proven += Number(clearing?.gap === 0)
    const more = { ...certificate.cleared, lowerBound: fewest + 1 } as FleetClearedProof
    const forged = { ...certificate, cleared: more }
    expect(verifyBound(problem, forged, { clearIdle: true }).valid).toBe(false)
    expect(verifyBound(problem, certificate).valid).toBe(false)
  }
  expect(all.length).toBeGreaterThan(25)
  expect(proven).toBeGreaterThan(0.9 * all.length)
})

test('a changed proof of how few idle instances are cleared, or that of another packing, is refused or still true', async () => {
  const all = await packings
  let refused = 0
  let passed = 0
  const check = ({ problem, packing, fewest }: Packed, cleared: FleetClearedProof): void => {
    const { objective, certificate } = packing
    const found = verifyBound(problem, { ...certificate, cleared }, { clearIdle: true })
    if (!found.valid) {
      refused += 1
      return
    }
    passed += 1
    const { atMost, lowerBound } = cleared
    const isMet = (['unplacedValue', 'gpus', 'cost'] as const).every(
      (figure) => objective[figure] <= atMost[figure],
    )
    if (isMet) expect(lowerBound).toBeLessThanOrEqual(fewest)
  }
  for (const [seed, one] of all.entries()) {
    const own = one.packing.certificate.cleared
    if (own === undefined) throw new Error('no proof')
    for (const other of all) {
      const prices = other.packing.certificate.cleared?.prices ?? null
      for (const more of [-1, 0, 1]) check(one, { ...own, prices, lowerBound: one.fewest + more })
    }
    fc.assert(
      fc.property(tampered(own), (changed) => {
        if (changed !== undefined) check(one, changed)
      }),
      { numRuns: 60, seed },
    )
  }
  expect(refused).toBeGreaterThan(1000)
  expect(passed).toBeGreaterThan(100)
})
